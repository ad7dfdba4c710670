"""ASVS 6.3, 7.4, 8.2, 11.5: users, roles and keys; nobody locks the house from inside."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest

from gateway.openapi import own_document
from tests.gateway.running import PASSWORD

if TYPE_CHECKING:
    from tests.gateway.conftest import Running
    from tests.gateway.running import Browser

ADMIN = {"portico": "admin"}
ECHO = "/api/invoices/v1/echo"
ANY = {"If-Match": "*"}


async def rows(running: Running, statement: str) -> list[dict[str, Any]]:
    conn = await asyncpg.connect(running.database_url.admin)
    try:
        return [dict(row) for row in await conn.fetch(statement)]
    finally:
        await conn.close()


async def create(admin: Browser, username: str, **more: Any) -> dict[str, Any]:
    body = {"username": username, "name": username, "password": PASSWORD} | more
    response = await admin.post("/api/users", json=body)
    assert response.status_code == 201, response.text
    user: dict[str, Any] = response.json()
    return user


async def test_an_administrator_adds_a_user_who_must_choose_a_password(running: Running) -> None:
    admin = await running.signed_in("root", roles=ADMIN)
    user = await create(admin, "Ada", roles={"invoices": "viewer"}, kiosk=True, locale="it")
    assert (user["username"], user["must_change_password"], user["kiosk"]) == ("ada", True, True)
    again = await admin.post("/api/users", json={"username": "ADA", "name": "x", "password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (409, "username_taken")
    listed = (await admin.get("/api/users?q=ad")).json()["items"]
    assert [entry["username"] for entry in listed] == ["ada"]
    assert "password" not in str(listed).replace("must_change_password", "")


async def test_a_change_on_an_old_version_is_refused(running: Running) -> None:
    admin = await running.signed_in("root", roles=ADMIN)
    user = await create(admin, "ada")
    path = f"/api/users/{user['id']}"
    tag = (await admin.get(path)).headers["etag"]
    assert (await admin.request("PATCH", path, json={"name": "A"})).status_code == 428
    assert (await admin.request("PATCH", path, json={"name": "A"}, headers={"If-Match": tag})).status_code == 200
    assert (await admin.request("PATCH", path, json={"name": "B"}, headers={"If-Match": tag})).status_code == 412


async def test_disabling_a_user_ends_all_sessions_at_once(running: Running) -> None:
    admin = await running.signed_in("root", roles=ADMIN)
    ada = await running.signed_in("ada", roles={"invoices": "viewer"})
    assert (await ada.get(ECHO)).status_code == 200
    user = (await ada.get("/api/auth/me")).json()["user"]
    await admin.request("PATCH", f"/api/users/{user['id']}", json={"disabled": True}, headers=ANY)
    assert (await ada.get(ECHO)).status_code == 401
    assert (await running.browser().login("ada")).status_code == 401
    await admin.request("PATCH", f"/api/users/{user['id']}", json={"disabled": False}, headers=ANY)
    assert (await ada.get(ECHO)).status_code == 401
    assert (await running.browser().login("ada")).status_code == 200


@pytest.mark.parametrize("patch", [{"disabled": True}, {"roles": {}}, {"roles": {"portico": "operator"}}, None])
async def test_the_last_administrator_can_not_be_removed(running: Running, patch: dict[str, Any] | None) -> None:
    admin = await running.signed_in("root", roles=ADMIN)
    me = (await admin.get("/api/auth/me")).json()["user"]
    path = f"/api/users/{me['id']}"
    removing = admin.request("DELETE", path) if patch is None else admin.request("PATCH", path, json=patch, headers=ANY)
    response = await removing
    assert (response.status_code, response.json()["code"]) == (409, "last_admin")
    assert (await admin.get("/api/users")).status_code == 200


async def test_two_administrators_can_not_remove_each_other_at_the_same_moment(running: Running) -> None:
    one, two = [await running.signed_in(name, roles=ADMIN) for name in ("one", "two")]
    ids = [(await browser.get("/api/auth/me")).json()["user"]["id"] for browser in (one, two)]
    answers = await asyncio.gather(
        one.request("DELETE", f"/api/users/{ids[1]}"), two.request("DELETE", f"/api/users/{ids[0]}")
    )
    assert min(answer.status_code for answer in answers) == 204
    assert len(await rows(running, "SELECT FROM users")) == 1


async def test_unknown_fields_and_roles_are_refused(running: Running) -> None:
    admin = await running.signed_in("root", roles=ADMIN)
    for more in ({"is_admin": True}, {"roles": {"invoices": "god"}}, {"roles": {"../x": "admin"}}, {"username": "a b"}):
        response = await admin.post("/api/users", json={"username": "ada", "name": "Ada", "password": PASSWORD} | more)
        assert response.status_code == 422, more
    ada = await running.signed_in("ada")
    assert (await ada.request("PATCH", "/api/auth/me", json={"roles": ADMIN})).status_code == 422
    assert (await ada.request("PATCH", "/api/auth/me", json={"name": "Ada L.", "locale": "it"})).status_code == 200
    assert (await ada.get("/api/auth/me")).json()["user"]["name"] == "Ada L."


async def test_a_key_is_shown_once_and_stored_as_a_digest(running: Running) -> None:
    admin = await running.signed_in("root", roles=ADMIN)
    sent = {"name": "nightly", "roles": {"invoices": "operator"}}
    made = await admin.post("/api/keys", json=sent, headers={"Idempotency-Key": "once"})
    secret = made.json()["secret"]
    assert secret.startswith(f"pk_{made.json()['key']['public_id']}_")
    again = await admin.post("/api/keys", json=sent, headers={"Idempotency-Key": "once"})
    assert (again.status_code, secret in again.text) == (409, False)
    assert secret.rpartition("_")[2] not in (await admin.get("/api/keys")).text
    for everything in ("SELECT * FROM api_keys", "SELECT * FROM audit_entries", "SELECT * FROM idempotency_keys"):
        assert secret.split("_", 2)[2] not in str(await rows(running, everything))
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await running.browser().get(ECHO, headers=headers)).status_code == 200
    assert (await running.browser().get("/api/auth/me", headers=headers)).json() == {
        "user": {
            "id": made.json()["key"]["id"], "kind": "key", "username": "nightly", "name": "nightly",
            "roles": {"invoices": "operator"}, "must_change_password": False, "kiosk": False, "locale": None,
        },
        "csrf_token": None,
    }  # fmt: skip
    listed = (await admin.get("/api/keys")).json()["items"][0]
    assert listed["last_used_at"] is not None


async def test_a_deleted_or_expired_key_opens_nothing(running: Running) -> None:
    admin = await running.signed_in("root", roles=ADMIN)
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    made = await admin.post("/api/keys", json={"name": "k", "roles": {"invoices": "viewer"}, "expires_at": until})
    headers = {"Authorization": f"Bearer {made.json()['secret']}"}
    stranger = running.browser()
    assert (await stranger.get(ECHO, headers=headers)).status_code == 200
    running.clock.shift = timedelta(hours=2)
    running.resources.doorman.forget()
    assert (await stranger.get(ECHO, headers=headers)).status_code == 401
    running.clock.shift = timedelta()
    assert (await stranger.get(ECHO, headers=headers)).status_code == 200
    await admin.request("DELETE", f"/api/keys/{made.json()['key']['id']}")
    assert (await stranger.get(ECHO, headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer x",
        "Basic cm9vdDpyb290",
        "Bearer pk_",
        "Bearer pk__",
        "Bearer pk_abc_",
        "pk_a_b",
    ],
)
async def test_what_only_looks_like_a_key_opens_nothing(running: Running, value: str) -> None:
    response = await running.browser().get(ECHO, headers={"Authorization": value})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")


async def test_changes_are_audited_in_their_own_transaction_without_secrets(running: Running) -> None:
    admin = await running.signed_in("root", roles=ADMIN)
    user = await create(admin, "ada", roles={"invoices": "viewer"})
    await admin.request("PATCH", f"/api/users/{user['id']}", json={"roles": {"invoices": "operator"}}, headers=ANY)
    await running.browser().login("ada", "a wrong password here")
    await running.browser().login("secret typed as a name", "a wrong password here")
    entries = await rows(running, "SELECT * FROM audit_entries ORDER BY id")
    told = [(entry["actor"], entry["action"], entry["target"], entry["outcome"]) for entry in entries]
    assert told[1:] == [
        ("root", "session.opened", "user/root", "done"),
        ("root", "user.created", "user/ada", "done"),
        ("root", "user.changed", "user/ada", "done"),
        ("ada", "session.opened", "user/ada", "refused"),
        ("unknown", "session.opened", "user/unknown", "refused"),
    ]
    assert "operator" in entries[3]["after"]
    assert all(entry["ip"] == "127.0.0.1" and entry["request_id"] for entry in entries[1:])
    assert PASSWORD not in str(entries)
    assert "secret typed" not in str(entries)


async def test_the_running_gateway_can_not_rewrite_its_audit(running: Running) -> None:
    conn = await asyncpg.connect(running.database_url)
    try:
        for statement in ("DELETE FROM audit_entries", "UPDATE audit_entries SET actor = 'x'", "DROP TABLE users"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)
    finally:
        await conn.close()


NEEDS = {"viewer": 1, "operator": 2, "admin": 3}


@pytest.mark.parametrize("role", [None, "none", "viewer", "operator", "admin"])
async def test_role_matrix_of_every_operation_of_the_gateway(running: Running, role: str | None) -> None:
    """401 without a login, 403 with too little of a role, neither with enough: for each operation of the document."""
    roles = dict.fromkeys(("portico", "invoices"), role) if role in NEEDS else {}
    browser = await running.signed_in("somebody", roles=roles) if role else running.browser()
    page = {"items": [], "next": None, "prev": None}
    answers = {f"/v1/{name}": page for name in ("runs", "attention", "search", "audit")}
    running.backend.answers = answers | {"/v1/pause": {"pause": None}, "/readyz": {"status": "ready", "checks": {}}}
    paths = own_document(running.gateway.app)["paths"]
    for path, item in paths.items():
        for method, operation in item.items():
            if path in {"/api/auth/logout", "/api/auth/password", "/api/auth/login"}:
                continue
            concrete = path.replace("{user_id}", UNKNOWN).replace("{key_id}", UNKNOWN).replace("{session_id}", UNKNOWN)
            query = "?q=x" if path == "/api/search" else ""
            response = await browser.request(method.upper(), concrete + query, headers=ANY)
            expected = expected_status(operation["x-role"], role)
            if expected:
                assert response.status_code == expected, (method, path, role)
            else:
                assert response.status_code not in {401, 403}, (method, path, role)


UNKNOWN = "0198c5a0-0000-7000-8000-000000000001"


def expected_status(needed: str, role: str | None) -> int | None:
    if needed == "public":
        return None
    if role is None:
        return httpx.codes.UNAUTHORIZED
    if needed == "signed_in":
        return None
    return None if NEEDS.get(role, 0) >= NEEDS[needed] else httpx.codes.FORBIDDEN
