"""Users, keys, own password and sessions; a login that expires over an open form."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OWN_PASSWORD = "four quiet words here"


def test_a_wrong_password_is_told_and_can_be_pasted_again(window: Callable[..., Console]):
    made = window()
    page = made.open("/login")
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Password", exact=True).fill("not the password at all")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("User name or password is wrong")
    expect(page.get_by_label("User name")).to_have_value("nobody")


@pytest.mark.parametrize(
    ("to", "lands"),
    [
        ("/runs%3Fstate%3Dfailed", "/runs?state=failed"),
        ("/api/docs", "/api/docs"),
        ("//evil.example/x", "/"),
        ("/%5Cevil.example", "/"),
        ("/.//evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_login_leads_to_the_address_that_was_asked_for_and_to_no_other_site(
    window: Callable[..., Console], to: str, lands: str
):
    made = window()
    page = made.log_in(f"/login?to={to}")
    expect(page).to_have_url(made.portico.url + lands)


def test_a_new_user_chooses_a_password_and_sees_only_what_the_role_allows(
    admin: Console, window: Callable[..., Console]
):
    page = admin.open("/settings/users")
    page.get_by_role("button", name="Add a user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("User name").fill("looker")
    dialog.get_by_label("Name", exact=True).fill("Lou Looker")
    dialog.get_by_label("Invoices").select_option("viewer")
    first = dialog.locator(".note .mono").inner_text()
    dialog.get_by_role("button", name="Add a user").click()
    expect(page.get_by_role("region", name="Users")).to_contain_text("Lou Looker")

    other = window()
    theirs = other.log_in("/invoices", "looker", first)
    expect(theirs.get_by_role("heading", name="Choose your own password")).to_be_visible()
    theirs.get_by_label("Current password").fill(first)
    theirs.get_by_label("New password").fill(OWN_PASSWORD)
    theirs.get_by_role("button", name="Change password").click()
    expect(theirs.locator("#why-start")).to_have_text("Your role may only look.")
    expect(theirs.locator('[data-button="upload"]')).to_be_disabled()
    other.open("/settings/account")
    expect(theirs.get_by_role("link", name="Users")).to_have_count(0)


@pytest.mark.parametrize(("path", "name"), [("/settings/users", "Add a user"), ("/invoices", "Manual upload")])
def test_a_dialog_gives_the_keyboard_back_to_the_button_that_opened_it(admin: Console, path: str, name: str):
    page = admin.open(path)
    button = page.get_by_role("button", name=name)
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


def test_a_shared_screen_shows_the_warehouse_alone(admin: Console, window: Callable[..., Console]):
    first = "a first password to hand over"
    user = {"username": "gate", "name": "Gate", "password": first, "roles": {"invoices": "operator"}, "kiosk": True}
    admin.portico.api.post("/api/users", json=user).raise_for_status()
    page = window(viewport={"width": 1024, "height": 768}).log_in("/", "gate", first)
    page.get_by_label("Current password").fill(first)
    page.get_by_label("New password").fill(OWN_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page).to_have_url(re.compile("/kiosk$"))
    expect(page.locator('[data-button="start"]')).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)


def test_a_key_is_shown_once_works_and_is_revoked(admin: Console):
    page = admin.open("/settings/keys")
    page.get_by_role("button", name="Make a key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("planning system")
    dialog.get_by_label("Invoices").select_option("viewer")
    dialog.get_by_role("button", name="Make a key").click()
    secret = page.locator("[data-secret] .mono").inner_text()
    assert secret.startswith("pk_")

    def asked() -> int:
        headers = {"Authorization": f"Bearer {secret}"}
        return httpx.get(f"{admin.portico.url}/api/invoices/v1/session", headers=headers).status_code

    assert asked() == 200
    page.get_by_role("button", name="I have kept it").click()
    page.reload()
    expect(page.get_by_text(secret)).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="planning system")
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)
    assert asked() == 401


def test_own_sessions_are_listed_and_ended(admin: Console, window: Callable[..., Console]):
    window().log_in()
    page = admin.open("/settings/account")
    expect(page.get_by_text("this one")).to_have_count(1)
    ends = page.get_by_role("button", name="Sign out there")
    before = ends.count()
    assert before >= 1
    ends.first.click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out there").click()
    expect(ends).to_have_count(before - 1)


def test_what_was_typed_survives_an_expired_login(admin: Console):
    page = admin.open("/schedules")
    page.locator('[data-schedule="imports.pick_up"]').get_by_role("button", name="Pause").click()
    dialog = page.get_by_role("dialog", name=re.compile("Pause"))
    dialog.get_by_label("Why").fill("A long story that nobody wants to type twice")
    admin.context.clear_cookies()
    dialog.get_by_role("button", name="Pause").click()
    again = page.get_by_role("dialog", name="Please log in again")
    again.get_by_label("Password", exact=True).fill(admin.portico.password)
    again.get_by_role("button", name="Log in").click()
    card = page.locator('[data-schedule="imports.pick_up"]')
    expect(card).to_contain_text("A long story that nobody wants to type twice")


def test_the_audit_tells_who_did_it(admin: Console):
    page = admin.open("/audit")
    region = page.get_by_role("region", name="Audit")
    expect(region).to_contain_text(admin.portico.username)
    expect(region).to_contain_text(re.compile("schedule|user|login"))


def test_settings_are_saved_by_their_form(admin: Console):
    page = admin.open("/settings/options/invoices")
    form = page.locator('[data-options="mail"]')
    form.get_by_label("Language of the mails").select_option("it")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: Mails")).to_be_visible()
    options = admin.portico.api.get("/api/invoices/v1/options/mail").json()
    assert options["value"]["locale"] == "it"


def test_times_are_those_of_the_site_for_somebody_far_away(admin: Console, window: Callable[..., Console]):
    api = admin.portico.api
    topic = api.get("/api/invoices/v1/options/site")
    before, any_version = topic.json()["value"], {"If-Match": "*"}
    api.put(
        "/api/invoices/v1/options/site", json=before | {"zone": "Asia/Tehran"}, headers=any_version
    ).raise_for_status()
    try:
        time.sleep(10)  # so long the gateway believes what it was told before
        page = window(timezone_id="America/New_York").log_in("/")
        page.get_by_role("button", name="Time zone of all times shown").click()
        site = page.get_by_role("menuitemradio", name="Asia/Tehran")
        expect(site).to_have_attribute("aria-checked", "true")
        expect(page.get_by_role("menuitemradio", name="America/New_York")).to_be_visible()
    finally:
        api.put("/api/invoices/v1/options/site", json=before, headers=any_version).raise_for_status()


def test_a_connection_is_tested_step_by_step(admin: Console):
    page = admin.open("/connections")
    card = page.locator('[data-connection="inbox"]')
    card.get_by_role("button", name="Test").click()
    expect(card.locator("[data-step]").first).to_have_attribute("data-ok", "true", timeout=30_000)
    expect(card).to_contain_text("Everything answered.")
