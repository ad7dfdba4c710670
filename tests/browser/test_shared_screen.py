"""A kiosk asks who starts the day: the day carries that person's name, and the kiosk stays signed in as itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.portico import RunningPortico, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OWN_PASSWORD = "four quiet words here"
READY_SECONDS = 60


def person(
    portico: RunningPortico, username: str, *, role: str, service: str = "invoices", kiosk: bool = False
) -> None:
    """Somebody who has chosen a password of their own."""
    first = "a first password to hand over"
    user = {"username": username, "name": username.title(), "password": first, "roles": {service: role}}
    portico.api.post("/api/users", json={**user, "kiosk": kiosk}).raise_for_status()
    with httpx.Client(base_url=portico.url, timeout=30) as own:
        entered = own.post("/api/auth/login", json={"username": username, "password": first})
        headers = {
            "X-CSRF-Token": entered.json()["csrf_token"],
            "Cookie": entered.headers["set-cookie"].partition(";")[0],
        }
        change = {"current": first, "new": OWN_PASSWORD}
        own.post("/api/auth/password", json=change, headers=headers).raise_for_status()


def who(page: Page, username: str, password: str, action: str) -> Any:
    dialog = page.get_by_role("dialog", name="Who are you?")
    dialog.get_by_label("User name").fill(username)
    dialog.get_by_label("Password", exact=True).fill(password)
    dialog.get_by_role("button", name=action, exact=True).click()
    return dialog


def signed_in_as(page: Page) -> str:
    name: str = page.evaluate("fetch('/api/auth/me').then((answer) => answer.json()).then((me) => me.user.username)")
    return name


def test_a_day_is_started_and_closed_by_a_named_person(portico: RunningPortico, window: Callable[..., Console]):
    person(portico, "olga", role="operator")
    person(portico, "gate", role="viewer", kiosk=True)
    portico.outside.post("/_sandbox/drop", json={"kind": "day"}).raise_for_status()
    portico.api.post("/api/invoices/v1/jobs/imports.pick_up/runs", json={"params": {}}).raise_for_status()
    wait_for(lambda: portico.session()["state"] == "ready", seconds=READY_SECONDS, what="an imported file")

    screen = window(viewport={"width": 1024, "height": 768})
    page = screen.log_in("/", "gate", OWN_PASSWORD)
    expect(page).to_have_url(re.compile("/kiosk$"))
    cookies = screen.context.cookies()
    page.locator('[data-button="start"]').click()
    dialog = who(page, "olga", "not her password", "Start session")
    expect(dialog.get_by_role("alert")).to_contain_text("this screen stays logged in")
    assert portico.session()["state"] == "ready"
    who(page, "olga", OWN_PASSWORD, "Start session")
    expect(dialog).to_have_count(0)
    expect(page.locator("#why-start")).to_contain_text("olga")
    wait_for(lambda: portico.session()["state"] == "open", seconds=READY_SECONDS, what="an open session")

    assert portico.session()["started_by"] == "olga"
    assert signed_in_as(page) == "gate"
    assert screen.context.cookies() == cookies

    page.locator('[data-button="close"]').click()
    sure = page.get_by_role("dialog", name=re.compile("Close .* although"))
    sure.get_by_role("checkbox").check()
    sure.get_by_role("button", name="Close the session now").click()
    who(page, "olga", OWN_PASSWORD, "Close the session now")
    expect(page.locator('.warehouse[data-state="closed"]')).to_be_visible()
    page.reload()
    expect(page).to_have_url(re.compile("/kiosk$"))
    assert signed_in_as(page) == "gate"

    desk = window()
    history = desk.log_in(f"/invoices/sessions/{portico.session()['business_date']}")
    expect(history.locator("#main")).to_contain_text("olga")
    audit = portico.api.get("/api/audit", params={"action": "person.confirmed,person.acted", "limit": 20}).json()
    told = {(entry["actor"], entry["target"], entry["outcome"]) for entry in audit["items"]}
    assert {("gate", "user/olga", "refused"), ("gate", "user/olga", "done"), ("olga", "kiosk/gate", "done")} <= told
