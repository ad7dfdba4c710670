"""FOUNDATION decision 18: a kiosk asks who it is, for one request, and stays signed in as itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from gateway.auth.passwords import Passwords
from gateway.auth.rules import FREE_FAILURES
from tests.gateway.running import PASSWORD

if TYPE_CHECKING:
    import httpx

    from tests.gateway.conftest import Running, Start
    from tests.gateway.running import Browser

START = "/api/invoices/v1/session/start"
CLOSE = "/api/invoices/v1/session/close"
OPERATOR = {"invoices": "operator"}


async def wall(running: Running, username: str = "wall", **more: Any) -> Browser:
    """A shared screen that may look and nothing else."""
    return await running.signed_in(username, kiosk=True, roles={"invoices": "viewer"}, **more)


async def ask(screen: Browser, username: str = "ada", password: str = PASSWORD, path: str = START) -> httpx.Response:
    return await screen.post("/api/auth/act-as", json={"username": username, "password": password, "path": path})


async def proof_of(screen: Browser, username: str = "ada", path: str = START) -> dict[str, str]:
    response = await ask(screen, username, path=path)
    assert response.status_code == 200, response.text
    return {"X-Portico-Act-As": response.json()["proof"]}


def served_as(running: Running) -> list[str]:
    """Whom the service was told, request by request."""
    tokens = [dict(request["headers"])["x-portico-identity"] for request in running.backend.seen]
    return [running.verifier.verify(token).name for token in tokens]


async def audit(running: Running, *actions: str) -> list[tuple[Any, ...]]:
    conn = await asyncpg.connect(running.database_url.admin)
    try:
        rows = await conn.fetch(
            "SELECT actor, action, target, outcome, after ->> 'path' AS path, ip, request_id FROM audit_entries"
            " WHERE action = ANY($1::text[]) ORDER BY at, id",
            list(actions),
        )
    finally:
        await conn.close()
    return [tuple(row) for row in rows]


async def test_the_request_is_the_persons_and_the_session_stays_the_screens(running: Running) -> None:
    await running.user("ada", roles=OPERATOR)
    screen = await wall(running)
    before = dict(screen.cookies)
    response = await screen.post(START, headers=await proof_of(screen))
    assert response.status_code == 200
    identity = running.verifier.verify(dict(running.backend.seen[-1]["headers"])["x-portico-identity"])
    assert (identity.name, identity.kind, identity.role) == ("ada", "user", "operator")
    assert "x-portico-act-as" not in dict(running.backend.seen[-1]["headers"])
    assert screen.cookies == before
    assert (await screen.get("/api/auth/me")).json()["user"]["username"] == "wall"
    await screen.post(START)
    assert served_as(running) == ["ada", "wall"]


async def test_the_audit_names_the_screen_and_the_person(running: Running) -> None:
    await running.user("ada", roles=OPERATOR)
    screen = await wall(running)
    answer = await screen.post(START, headers=await proof_of(screen))
    confirmed, acted = await audit(running, "person.confirmed", "person.acted")
    assert confirmed[:5] == ("wall", "person.confirmed", "user/ada", "done", START)
    assert acted[:5] == ("ada", "person.acted", "kiosk/wall", "done", START)
    assert acted[5:] == ("127.0.0.1", answer.headers["x-request-id"])


async def test_of_many_requests_with_one_proof_one_alone_is_served(running: Running) -> None:
    await running.user("ada", roles=OPERATOR)
    screen = await wall(running)
    proof = await proof_of(screen)
    answers = await asyncio.gather(*(screen.post(START, headers=proof) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 403: 19}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 403} == {"proof_not_valid"}
    assert served_as(running) == ["ada"]


async def test_a_proof_ends_after_a_minute(running: Running) -> None:
    await running.user("ada", roles=OPERATOR)
    screen = await wall(running)
    in_time, late = await proof_of(screen), await proof_of(screen)
    running.clock.shift += timedelta(seconds=58)
    assert (await screen.post(START, headers=in_time)).status_code == 200
    running.clock.shift += timedelta(seconds=3)
    assert (await screen.post(START, headers=late)).json()["code"] == "proof_not_valid"


async def test_a_proof_is_for_one_method_and_path(running: Running) -> None:
    await running.user("ada", roles=OPERATOR)
    screen = await wall(running)
    proof = await proof_of(screen)
    for method, path in [("POST", CLOSE), ("PUT", START), ("POST", f"{START}?force=1"), ("POST", f"{START}/now")]:
        refused = await screen.request(method, path, headers=proof)
        assert (refused.status_code, refused.json()["code"]) == (403, "proof_not_valid")
    assert running.backend.seen == []
    # What it was not given for did not use it up.
    assert (await screen.post(START, headers=proof)).status_code == 200


async def test_a_proof_is_of_no_use_in_another_session(running: Running) -> None:
    await running.user("ada", roles=OPERATOR)
    here, there = await wall(running), await wall(running, "other-wall")
    again = running.browser()
    await again.login("wall")
    proof = await proof_of(here)
    for stranger in (there, again):
        assert (await stranger.post(START, headers=proof)).json()["code"] == "proof_not_valid"
    person = await running.signed_in("eve", roles=OPERATOR)
    assert (await person.post(START, headers=proof)).json()["code"] == "not_a_kiosk"
    key = await running.key("planning", invoices="operator")
    refused = await running.browser().post(START, headers=proof | key)
    assert refused.json()["code"] == "not_a_kiosk"
    assert running.backend.seen == []


async def test_a_proof_ends_with_the_screens_session(running: Running) -> None:
    await running.user("ada", roles=OPERATOR)
    screen = await wall(running)
    proof = await proof_of(screen)
    await screen.post("/api/auth/logout")
    await screen.login("wall")
    assert (await screen.post(START, headers=proof)).json()["code"] == "proof_not_valid"


async def test_only_a_shared_screen_asks(running: Running) -> None:
    await running.user("ada", roles=OPERATOR)
    person = await running.signed_in("eve", roles=OPERATOR)
    assert (await ask(person)).json()["code"] == "not_a_kiosk"
    key = await running.key("planning", invoices="operator")
    body = {"username": "ada", "password": PASSWORD, "path": START}
    assert (await running.browser().post("/api/auth/act-as", json=body, headers=key)).json()["code"] == "not_a_kiosk"
    assert (await running.browser().post("/api/auth/act-as", json=body)).status_code == 401


async def test_another_site_can_not_ask(running: Running) -> None:
    await running.user("ada", roles=OPERATOR)
    screen = await wall(running)
    body = {"username": "ada", "password": PASSWORD, "path": START}
    for headers in ({"X-CSRF-Token": ""}, {"Origin": "https://evil.example"}):
        assert (await screen.post("/api/auth/act-as", json=body, headers=headers)).status_code == 403
    assert await audit(running, "person.confirmed") == []


async def test_wrong_unknown_and_disabled_get_one_answer_and_are_audited(running: Running) -> None:
    await running.user("ada", roles=OPERATOR)
    gone = await running.user("gone", roles=OPERATOR)
    admin = await running.signed_in("root", roles={"portico": "admin"})
    disabled = await admin.request("PATCH", f"/api/users/{gone.id}", json={"disabled": True}, headers={"If-Match": "*"})
    assert disabled.status_code == 200
    screen = await wall(running)
    for username, password in [("ada", "not the password"), ("nobody", PASSWORD), ("gone", PASSWORD)]:
        refused = await ask(screen, username, password)
        assert (refused.status_code, refused.json()["code"]) == (403, "person_not_confirmed")
    refusals = [(row[0], row[2], row[3]) for row in await audit(running, "person.confirmed")]
    assert refusals == [("wall", f"user/{name}", "refused") for name in ("ada", "unknown", "gone")]
    # The screen itself is as signed in as before.
    assert (await screen.get("/api/auth/me")).status_code == 200


async def test_wrong_name_and_wrong_password_take_the_same_time(start: Start) -> None:
    running = await start(passwords=Passwords())
    await running.user("ada", roles=OPERATOR)
    screen = await wall(running)
    took = {}
    for username in ("ada", "nobody"):
        began = monotonic()
        await ask(screen, username, "not the password")
        took[username] = monotonic() - began
    assert took["nobody"] > 0.5 * took["ada"]


async def test_guesses_count_together_with_those_of_the_login(running: Running) -> None:
    await running.user("ada", roles=OPERATOR)
    screen = await wall(running)
    answers = await asyncio.gather(*(ask(screen, "ada", f"wrong password {n}") for n in range(12)))
    assert Counter(answer.status_code for answer in answers)[403] == FREE_FAILURES["account"] + 1
    throttled = await ask(screen)
    assert (throttled.status_code, throttled.json()["code"]) == (429, "login_throttled")
    assert (await running.browser().login("ada")).status_code == 429
    running.clock.shift += timedelta(minutes=1)
    assert (await ask(screen)).status_code == 200


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"must_change_password": True, "roles": OPERATOR}, "person_must_change_password"),
        ({"kiosk": True, "roles": OPERATOR}, "person_is_a_screen"),
        ({"roles": {"portico": "admin"}}, "person_without_role"),
    ],
)
async def test_who_can_not_act_here_is_told_why(running: Running, more: dict[str, Any], code: str) -> None:
    await running.user("ada", **more)
    screen = await wall(running)
    refused = await ask(screen)
    assert (refused.status_code, refused.json()["code"]) == (403, code)
    assert (await audit(running, "person.confirmed"))[0][3] == "refused"


@pytest.mark.parametrize("change", [{"disabled": True}, {"roles": {"invoices": "viewer"}}, None])
async def test_whatever_is_changed_of_the_person_meanwhile_voids_the_proof(running: Running, change: Any) -> None:
    ada = await running.user("ada", roles=OPERATOR)
    admin = await running.signed_in("root", roles={"portico": "admin"})
    screen = await wall(running)
    proof = await proof_of(screen)
    if change:
        done = await admin.request("PATCH", f"/api/users/{ada.id}", json=change, headers={"If-Match": "*"})
    else:
        done = await admin.post(f"/api/users/{ada.id}/password", json={"password": "a whole new sentence"})
    assert done.is_success, done.text
    assert (await screen.post(START, headers=proof)).json()["code"] == "proof_not_valid"
    assert running.backend.seen == []


async def test_the_persons_role_decides_and_not_the_screens(running: Running) -> None:
    await running.user("looker", roles={"invoices": "viewer"})
    screen = await running.signed_in("gate", kiosk=True, roles={"invoices": "admin"})
    await screen.post(START, headers=await proof_of(screen, "looker"))
    identity = running.verifier.verify(dict(running.backend.seen[-1]["headers"])["x-portico-identity"])
    assert (identity.name, identity.role) == ("looker", "viewer")


@pytest.mark.parametrize(
    "path",
    ["/api/users", "/api/invoices/v1/../v1/x", "/api/invoices/v1/a?b=c", "//evil", "/api/invoices/v2/x", "/v1/x"],
)
async def test_what_is_no_action_of_a_service_is_refused(running: Running, path: str) -> None:
    await running.user("ada", roles=OPERATOR)
    screen = await wall(running)
    assert (await ask(screen, path=path)).status_code == 422


async def test_only_a_digest_of_the_proof_is_stored(running: Running) -> None:
    await running.user("ada", roles=OPERATOR)
    screen = await wall(running)
    proof = (await proof_of(screen))["X-Portico-Act-As"]
    conn = await asyncpg.connect(running.database_url.admin)
    try:
        stored = str(await conn.fetch("SELECT * FROM proofs")) + str(await conn.fetch("SELECT * FROM audit_entries"))
        kept = str(await conn.fetch("SELECT * FROM idempotency_keys"))
    finally:
        await conn.close()
    assert "token_sha256" in stored
    assert proof not in stored + kept
    assert PASSWORD not in stored + kept
