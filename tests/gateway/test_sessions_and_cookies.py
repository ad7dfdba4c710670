"""ASVS 3.3, 3.5, 7.2, 7.4: cookies and their flags, cross-site requests, session lifetimes and their end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest
from pydantic import ValidationError

from gateway.settings import GatewaySettings
from tests.gateway.running import PASSWORD

if TYPE_CHECKING:
    from tests.gateway.conftest import Running, Start

ECHO = "/api/invoices/v1/echo"
VIEWER = {"invoices": "viewer"}


async def test_the_cookie_is_host_bound_secure_and_out_of_reach_of_scripts(running: Running) -> None:
    await running.user("ada")
    response = await running.browser().login("ada")
    name, _, flags = response.headers["set-cookie"].partition("=")
    assert name == "__Host-sid"
    assert {flag.strip() for flag in flags.split(";")[1:]} == {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"}


def test_a_cookie_that_browsers_would_drop_is_refused_at_the_start() -> None:
    needed = {"database_url": "postgresql://u:p@localhost/x", "signing_key": "{}"}
    for url, plain in (("https://a.example", False), ("http://localhost:1", False), ("http://wall.lan", True)):
        assert GatewaySettings.model_validate({**needed, "public_url": url, "plain_http": plain})
    assert GatewaySettings.model_validate(
        {**needed, "public_url": "https://a.example", "plain_http": True}
    ).secure_cookie
    with pytest.raises(ValidationError, match="GATEWAY_PLAIN_HTTP"):
        GatewaySettings.model_validate({**needed, "public_url": "http://wall.lan"})


async def test_plain_http_mode_uses_a_cookie_that_a_local_network_keeps(start: Start) -> None:
    running = await start(plain_http=True)
    await running.user("ada")
    response = await running.browser().login("ada")
    assert response.headers["set-cookie"].startswith("sid=")
    assert "Secure" not in response.headers["set-cookie"]


async def test_only_a_digest_of_the_token_is_stored(running: Running) -> None:
    browser = await running.signed_in("ada")
    token = browser.cookies["__Host-sid"]
    assert len(token) >= 43
    conn = await asyncpg.connect(running.database_url.admin)
    try:
        stored = str(await conn.fetch("SELECT * FROM sessions"))
    finally:
        await conn.close()
    assert token not in stored
    assert browser.csrf not in stored


async def test_login_gives_a_new_session_and_ends_the_one_that_was_sent_along(running: Running) -> None:
    browser = await running.signed_in("ada", roles=VIEWER)
    fixed = dict(browser.cookies)
    await browser.login("ada")
    assert browser.cookies != fixed
    planted = running.browser()
    planted.cookies = fixed
    assert (await planted.get("/api/auth/me")).status_code == 401


async def test_a_cookie_value_that_a_stranger_chose_never_becomes_a_session(running: Running) -> None:
    await running.user("ada")
    browser = running.browser()
    browser.cookies = {"__Host-sid": "chosen-by-somebody-else"}
    await browser.login("ada")
    assert browser.cookies["__Host-sid"] != "chosen-by-somebody-else"


async def test_logout_ends_the_session_at_once_for_the_proxy_too(running: Running) -> None:
    browser = await running.signed_in("ada", roles=VIEWER)
    kept = dict(browser.cookies)
    assert (await browser.get(ECHO)).status_code == 200
    response = await browser.post("/api/auth/logout")
    assert response.status_code == 204
    assert "cache" in response.headers["clear-site-data"]
    assert "Max-Age=0" in response.headers["set-cookie"]
    browser.cookies = kept
    assert (await browser.get(ECHO)).status_code == 401


async def test_sessions_can_be_listed_and_ended_one_by_one(running: Running) -> None:
    here = await running.signed_in("ada", roles=VIEWER)
    there = running.browser()
    await there.login("ada")
    listed = (await here.get("/api/auth/sessions")).json()["items"]
    assert sorted(session["current"] for session in listed) == [False, True]
    other = next(session for session in listed if not session["current"])
    assert (await here.request("DELETE", f"/api/auth/sessions/{other['id']}")).status_code == 204
    assert (await there.get(ECHO)).status_code == 401
    assert (await here.get(ECHO)).status_code == 200


async def test_nobody_ends_the_session_of_somebody_else(running: Running) -> None:
    ada, eve = await running.signed_in("ada"), await running.signed_in("eve")
    session = (await ada.get("/api/auth/sessions")).json()["items"][0]
    assert (await eve.request("DELETE", f"/api/auth/sessions/{session['id']}")).status_code == 404
    assert (await ada.get("/api/auth/me")).status_code == 200


async def test_an_idle_session_ends_after_half_an_hour(running: Running) -> None:
    browser = await running.signed_in("ada")
    running.clock.shift = timedelta(minutes=29)
    running.resources.doorman.forget()
    assert (await browser.get("/api/auth/me")).status_code == 200
    running.clock.shift = timedelta(minutes=60)
    running.resources.doorman.forget()
    assert (await browser.get("/api/auth/me")).status_code == 401


async def test_polling_and_streams_do_not_keep_a_session_alive(running: Running) -> None:
    browser = await running.signed_in("ada", roles=VIEWER)
    running.clock.shift = timedelta(minutes=20)
    running.resources.doorman.forget()
    assert (await browser.get(ECHO, headers={"X-Portico-Background": "1"})).status_code == 200
    assert (await browser.get(ECHO, headers={"Accept": "text/event-stream"})).status_code == 200
    assert (await browser.get("/api/attention")).status_code == 200
    running.clock.shift = timedelta(minutes=31)
    running.resources.doorman.forget()
    assert (await browser.get("/api/auth/me")).status_code == 401


async def test_no_session_outlives_twelve_hours(running: Running) -> None:
    browser = await running.signed_in("ada")
    for minutes in range(20, 12 * 60, 20):
        running.clock.shift = timedelta(minutes=minutes)
        running.resources.doorman.forget()
        assert (await browser.get("/api/auth/me")).status_code == 200
    running.clock.shift = timedelta(hours=12, seconds=1)
    running.resources.doorman.forget()
    assert (await browser.get("/api/auth/me")).status_code == 401


async def test_a_kiosk_stays_signed_in_all_day_without_a_touch(running: Running) -> None:
    browser = await running.signed_in("wall", kiosk=True)
    running.clock.shift = timedelta(hours=11, minutes=59)
    running.resources.doorman.forget()
    assert (await browser.get("/api/auth/me")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "A" * 43},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_change_that_another_site_asked_for_is_refused(running: Running, headers: dict[str, str]) -> None:
    browser = await running.signed_in("ada", roles={"invoices": "operator"})
    for path in (ECHO, "/api/auth/logout"):
        response = await browser.post(path, headers=headers)
        assert response.status_code == 403
        assert response.json()["code"] in {"cross_site", "csrf_token_wrong"}
    assert running.backend.seen == []


async def test_the_token_of_another_session_is_refused(running: Running) -> None:
    ada, eve = await running.signed_in("ada", roles=VIEWER), await running.signed_in("eve", roles=VIEWER)
    assert (await ada.post(ECHO, headers={"X-CSRF-Token": eve.csrf})).status_code == 403


async def test_our_own_pages_may_change_things_under_every_name_of_the_host(running: Running) -> None:
    browser = await running.signed_in("ada", roles=VIEWER)
    host = running.url.removeprefix("http://")
    headers = {"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert (await browser.post(ECHO, headers=headers)).status_code == 200


async def test_another_site_can_not_sign_somebody_in(running: Running) -> None:
    await running.user("ada")
    response = await running.browser().post(
        "/api/auth/login",
        json={"username": "ada", "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert response.status_code == 403


async def test_a_get_never_needs_the_token_and_a_form_post_is_no_login(running: Running) -> None:
    await running.user("ada")
    browser = running.browser()
    response = await browser.post("/api/auth/login", data={"username": "ada", "password": PASSWORD})
    assert response.status_code == 422
    assert browser.cookies == {}
