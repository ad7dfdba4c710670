"""Mails, settings, decisions about files and shadow mode, in the browser, each with what goes wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.past_days import with_past_days
from tests.support.portico import running_portico, wait_for
from tools.stack import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.conftest import Console
    from tests.support.portico import RunningPortico

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def portico(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortico]:
    """A customer with two mail texts of their own, one of them broken; a past with mails that went wrong."""
    console.build_if_changed(print)
    folder = tmp_path_factory.mktemp("portico")
    own = folder / "mails" / "en"
    own.mkdir(parents=True)
    (own / "no_file.subject.j2").write_text("Where is the file of {{ business_date }}?")
    (own / "late.txt.j2").write_text("{{ nobody_knows_this }}")
    with running_portico(folder, INVOICES_MAIL_TEMPLATES=str(own.parent)) as running:
        with_past_days(running, weeks=1)
        yield running


def options(portico: RunningPortico, name: str) -> dict[str, Any]:
    found: dict[str, Any] = portico.api.get(f"/api/invoices/v1/options/{name}").json()["value"]
    return found


def topic(page: Page, name: str) -> Any:
    return page.locator(f'[data-options="{name}"]')


def save(page: Page, name: str) -> None:
    topic(page, name).get_by_role("button", name="Save").click()


def test_every_mail_is_shown_as_it_looks_in_both_languages(admin: Console):
    page = admin.open("/mail")
    page.get_by_role("link", name="How mails look").click()
    kinds = page.get_by_role("navigation", name="Kinds of mails").get_by_role("button")
    expect(kinds).to_have_count(10)
    for index in range(10):
        kinds.nth(index).click()
        expect(kinds.nth(index)).to_have_attribute("aria-current", "true")
        frame = page.frame_locator("iframe.mail-frame")
        expect(frame.locator("h1")).to_be_visible()
    assert page.locator("iframe.mail-frame").get_attribute("sandbox") == ""
    page.get_by_text("Italian", exact=True).click()
    expect(page).to_have_url(re.compile("locale=it"))
    expect(page.frame_locator("iframe.mail-frame").locator("h1")).to_contain_text("sessione")
    page.get_by_text("Plain text", exact=True).click()
    expect(page.locator(".mail-text")).to_be_visible()
    page.reload()
    expect(page.locator(".mail-text")).to_be_visible()


def test_an_own_text_is_shown_and_a_broken_one_tells_what_is_sent_instead(admin: Console):
    page = admin.open("/mail/templates?kind=no_file")
    expect(page.locator("[data-subject]")).to_have_text("Where is the file of 2026-11-20?")
    page.get_by_text("Change these texts").click()
    expect(page.get_by_role("button", name="Copy en/no_file.subject.j2")).to_be_visible()
    admin.open("/mail/templates?kind=late&view=text")
    told = page.get_by_role("status").filter(has_text="Your own text of this mail cannot be used")
    expect(told).to_contain_text("nobody_knows_this")
    expect(told).to_contain_text("No alert is lost")
    expect(page.locator(".mail-text")).not_to_contain_text("nobody_knows_this")


def test_who_did_not_get_a_mail_is_told_with_what_to_do(admin: Console):
    page = admin.open("/mail?q=failed")
    row = page.get_by_role("region", name="Mail").locator("tbody tr")
    expect(row).to_contain_text("1 recipient refused")
    row.locator(".text-button").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("gone@example.org: 550 No such mailbox")
    drawer.get_by_role("button", name="Leave it").click()
    expect(drawer.get_by_role("button", name="Leave it")).to_have_count(0)
    admin.open("/mail?state=dead")
    row.locator(".text-button").first.click()
    expect(drawer).to_contain_text("The mail server refused the sender.")
    drawer.get_by_role("button", name="Send again").click()
    expect(drawer.get_by_text("Could not be sent")).to_have_count(0)


def test_hours_holidays_and_days_are_edited_and_a_wrong_one_is_told_at_its_field(admin: Console):
    page = admin.open("/settings/options/invoices")
    site = topic(page, "site")
    site.get_by_label("Day to add").fill("2026-12-25")
    site.get_by_role("button", name="Add the day").click()
    expect(site.get_by_role("group", name="Holidays")).to_contain_text("25 Dec 2026")
    site.get_by_label("Last look of the day").fill("18:00")
    site.get_by_label("Alert when no file has come by").fill("19:00")
    save(page, "site")
    expect(site.locator(".mantine-InputWrapper-error")).to_contain_text("must not be later than the last look")
    site.get_by_label("Last look of the day").fill("20:00")
    site.get_by_label("Time zone of the warehouse").fill("Europe/Nowhere")
    save(page, "site")
    expect(site.locator(".mantine-InputWrapper-error")).to_contain_text("There is no such time zone")
    site.get_by_label("Time zone of the warehouse").fill("Europe/Rome")
    save(page, "site")
    expect(page.get_by_text("Saved: Site and working hours")).to_be_visible()
    kept = options(admin.portico, "site")
    assert (kept["holidays"], kept["alert_time"], kept["window_end"]) == (["2026-12-25"], "19:00:00", "20:00:00")


def test_recipients_are_edited_by_kind_of_mail(admin: Console):
    page = admin.open("/settings/options/invoices")
    mail = topic(page, "mail")
    mail.get_by_role("switch", name="File imported").check(force=True)
    field = (
        mail.locator(".lists-row")
        .filter(has_text="File imported")
        .locator("input[type=text], .mantine-TagsInput-inputField")
    )
    field.first.fill("no address")
    field.first.press("Enter")
    save(page, "mail")
    expect(mail.locator(".mantine-InputWrapper-error")).to_contain_text("an address has one @")
    field.first.press("Backspace")
    field.first.fill("stock@example.org")
    field.first.press("Enter")
    save(page, "mail")
    expect(page.get_by_text("Saved: Mails")).to_be_visible()
    assert options(admin.portico, "mail")["recipients_by_kind"] == {"import": ["stock@example.org"]}


def test_a_pattern_without_its_groups_is_told_at_the_pattern(admin: Console):
    page = admin.open("/settings/options/invoices")
    sending = topic(page, "dispatch")
    sending.get_by_label("Pattern of the line that confirms").fill("read (")
    save(page, "dispatch")
    error = sending.locator(".mantine-InputWrapper-root").filter(has_text="Pattern of the line that confirms")
    expect(error).to_contain_text("This pattern cannot be used")


def test_a_held_file_tells_what_each_decision_brings(admin: Console):
    admin.portico.outside.post("/_sandbox/drop", json={"kind": "short", "rows": 60}).raise_for_status()
    admin.portico.api.post("/api/invoices/v1/jobs/imports.pick_up/runs", json={"params": {}}).raise_for_status()
    held = wait_for(
        lambda: admin.portico.api.get("/api/invoices/v1/files?state=held").json()["items"],
        seconds=60,
        what="a held file",
    )
    page = admin.open(f"/invoices/files/{held[0]['id']}")
    page.get_by_role("button", name="Discard").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile(r"None of its \d+ records is imported"))
    expect(dialog).to_contain_text("This cannot be undone.")
    expect(dialog.get_by_role("button", name="Discard")).to_be_disabled()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Import with this count").click()
    expect(dialog).to_contain_text(re.compile(r"Its name says \d+ records, it holds \d+"))
    expect(dialog).to_contain_text("The inbox's copy is deleted afterwards.")
    # Somebody else decides while the dialog is open.
    path = f"/api/invoices/v1/files/{held[0]['id']}/discard"
    admin.portico.api.post(path, json={"reason": "A better one comes."}).raise_for_status()
    dialog.get_by_role("button", name="Import with this count").click()
    refusal = dialog.get_by_role("alert")
    expect(refusal).to_have_attribute("data-code", "not_acceptable")
    expect(refusal).to_contain_text("does not wait for its count to be accepted")


def test_shadow_mode_is_explained_where_a_day_is_worked(admin: Console):
    path = "/api/invoices/v1/options/shadow"
    found = admin.portico.api.get(path)
    on = {**found.json()["value"], "enabled": True}
    admin.portico.api.put(path, json=on, headers={"If-Match": found.headers["etag"]}).raise_for_status()
    page = admin.open("/")
    expect(page.locator("[data-shadow]")).to_have_text("Shadow mode is on")
    admin.open("/invoices")
    banner = page.locator("[data-shadow]")
    expect(banner).to_contain_text("Nothing is deleted in the inbox, nothing is sent")
    expect(banner).to_contain_text("replace-the-old-invoices-app.md")
    banner.get_by_role("link", name="Open the setting").click()
    switch = topic(page, "shadow").get_by_role("switch", name="Shadow mode is on")
    expect(switch).to_be_checked()
    switch.uncheck(force=True)
    save(page, "shadow")
    expect(page.get_by_text("Saved: Shadow mode")).to_be_visible()
    admin.open("/invoices")
    expect(page.locator(".warehouse")).to_be_visible()
    expect(page.locator("[data-shadow]")).to_have_count(0)
