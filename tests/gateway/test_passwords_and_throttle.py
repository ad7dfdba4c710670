"""ASVS 6.1-6.4: password rules, own change, administrators' passwords, and guessing that gets slower and slower."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from gateway.auth.passwords import Passwords
from gateway.auth.rules import FREE_FAILURES, LONGEST_DELAY, login_delay
from tests.gateway.running import PASSWORD

if TYPE_CHECKING:
    from tests.gateway.conftest import Running, Start

NEW = "a whole new sentence"


async def test_wrong_name_and_wrong_password_get_one_answer_in_the_same_time(start: Start) -> None:
    running = await start(passwords=Passwords())
    await running.user("ada")
    browser = running.browser()
    await browser.login("ada")
    took = {}
    for username in ("ada", "nobody"):
        began = monotonic()
        response = await running.browser().login(username, "not the password at all")
        took[username] = monotonic() - began
        assert (response.status_code, response.json()["code"]) == (401, "login_failed")
    assert took["nobody"] > 0.5 * took["ada"]


async def test_guessing_gets_slower_and_slower_for_the_account(running: Running) -> None:
    await running.user("ada")
    browser = running.browser()
    for _ in range(FREE_FAILURES["account"] + 1):
        assert (await browser.login("ada", "wrong password here")).status_code == 401
    blocked = await browser.login("ada", PASSWORD)
    assert blocked.status_code == 429
    assert blocked.headers["retry-after"] == str(blocked.json()["params"]["seconds"])
    running.clock.shift += timedelta(seconds=2)
    assert (await browser.login("ada", PASSWORD)).status_code == 200


async def test_unknown_accounts_are_throttled_like_known_ones(running: Running) -> None:
    browser = running.browser()
    answers = [(await browser.login("nobody", "wrong password here")).status_code for _ in range(5)]
    assert answers == [401, 401, 401, 401, 429]


async def test_guesses_at_the_same_time_are_all_counted(running: Running) -> None:
    await running.user("ada")
    browser = running.browser()
    answers = await asyncio.gather(*(browser.login("ada", f"wrong password {n}") for n in range(12)))
    assert sum(answer.status_code == 401 for answer in answers) == FREE_FAILURES["account"] + 1


async def test_one_address_can_not_try_many_names(running: Running) -> None:
    browser = running.browser()
    answers = [(await browser.login(f"name{n}", "wrong password here")).status_code for n in range(22)]
    assert answers[-1] == 429
    assert answers.count(401) == FREE_FAILURES["address"] + 1


async def test_a_right_password_makes_the_account_fresh_again(running: Running) -> None:
    await running.user("ada")
    for _ in range(3):
        browser = running.browser()
        for _ in range(FREE_FAILURES["account"] - 1):
            await browser.login("ada", "wrong password here")
        assert (await browser.login("ada")).status_code == 200


@pytest.mark.parametrize(("failures", "seconds"), [(3, 0), (4, 1), (5, 2), (6, 4), (9, 32), (10, 60), (400, 60)])
def test_the_delay_doubles_up_to_a_minute_and_never_locks_for_good(failures: int, seconds: int) -> None:
    assert login_delay("account", failures) == timedelta(seconds=seconds) <= LONGEST_DELAY


async def test_the_own_password_needs_the_current_one_and_ends_all_other_sessions(running: Running) -> None:
    here = await running.signed_in("ada")
    there = running.browser()
    await there.login("ada")
    wrong = await here.post("/api/auth/password", json={"current": "not the current", "new": NEW})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/current")
    assert (await here.post("/api/auth/password", json={"current": PASSWORD, "new": NEW})).status_code == 204
    assert (await here.get("/api/auth/me")).status_code == 200
    assert (await there.get("/api/auth/me")).status_code == 401
    assert (await running.browser().login("ada", PASSWORD)).status_code == 401
    assert (await running.browser().login("ada", NEW)).status_code == 200


@pytest.mark.parametrize(
    ("new", "code"),
    [("short", "password_too_short"), ("x" * 14, "password_too_short"), (PASSWORD, "password_unchanged")],
)
async def test_a_new_password_is_long_and_new(running: Running, new: str, code: str) -> None:
    browser = await running.signed_in("ada")
    response = await browser.post("/api/auth/password", json={"current": PASSWORD, "new": new})
    assert (response.status_code, response.json()["code"]) == (422, code)


@pytest.mark.parametrize("password", ["x" * 15, "ą ę ó 漢字 emoji 🙂 and so on", "x" * 200])
async def test_long_odd_and_spaced_passwords_work(running: Running, password: str) -> None:
    browser = await running.signed_in("ada")
    assert (await browser.post("/api/auth/password", json={"current": PASSWORD, "new": password})).status_code == 204
    assert (await running.browser().login("ada", password)).status_code == 200


async def test_a_password_that_an_administrator_set_is_good_for_one_login(running: Running) -> None:
    admin = await running.signed_in("root", roles={"portico": "admin"})
    ada = await running.user("ada", roles={"invoices": "viewer"})
    assert (await admin.post(f"/api/users/{ada.id}/password", json={"password": NEW})).status_code == 204
    browser = running.browser()
    response = await browser.login("ada", NEW)
    assert response.json()["user"]["must_change_password"] is True
    for path in ("/api/invoices/v1/echo", "/api/runs", "/api/auth/sessions"):
        refused = await browser.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")
    assert (await browser.get("/api/auth/me")).status_code == 200
    changed = await browser.post("/api/auth/password", json={"current": NEW, "new": "my very own choice"})
    assert changed.status_code == 204
    assert (await browser.get("/api/invoices/v1/echo")).status_code == 200
