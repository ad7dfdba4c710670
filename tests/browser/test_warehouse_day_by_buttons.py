"""A warehouse day in the browser: the file arrives, Start by a double click, the counter rises, the day closes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.support.portico import RunningPortico, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ARRIVAL_MILLISECONDS = 90_000
DAY_MILLISECONDS = 180_000


def state(page: Page, name: str, milliseconds: float = 15_000) -> None:
    expect(page.locator(f'.warehouse[data-state="{name}"]')).to_be_visible(timeout=milliseconds)


def button(page: Page, name: str):
    return page.locator(f'[data-button="{name}"]')


def test_four_buttons_fit_a_small_screen_and_say_why_they_are_off(window: Callable[..., Console]):
    page = window(viewport={"width": 1024, "height": 768}).log_in("/invoices")
    state(page, "none")
    for name in ("start", "check", "close", "upload"):
        box = button(page, name).bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["width"] >= 44
        assert box["y"] + box["height"] <= 768
    expect(button(page, "start")).to_be_disabled()
    expect(page.locator("#why-start")).to_have_text("There is no file for today yet.")


def test_a_wrong_file_is_refused_with_its_lines_and_nothing_is_kept(admin: Console):
    page = admin.open("/invoices")
    button(page, "upload").click()
    lines = b"712345678|x|Cables|abc\n612345678|one|Cables|1.50\n612345679|2|Cables\n"
    page.locator('input[type="file"]').set_input_files(
        {"name": "Letture20200101080000000_3.txt", "mimeType": "text/plain", "buffer": lines}
    )
    alert = page.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_be_visible()
    expect(alert.get_by_role("row")).not_to_have_count(0)
    expect(page.get_by_role("button", name="Import")).to_be_disabled()
    page.get_by_role("button", name="Cancel").click()
    assert admin.portico.session()["state"] == "none"


def test_the_day_from_the_file_to_the_close(portico: RunningPortico, window: Callable[..., Console]):
    first, second = window(), window()
    page, other = first.log_in("/invoices"), second.log_in("/invoices")

    dropped = portico.outside.post("/_sandbox/drop", json={"kind": "day"})
    dropped.raise_for_status()
    page.get_by_role("button", name="Check inbox now").click()
    state(page, "ready", ARRIVAL_MILLISECONDS)
    state(other, "ready")
    # The second window stands still from here: its Start is pressed on sight of a state that is over.
    other.get_by_role("button", name="Pause refreshing").click()

    with first.page.expect_request(lambda sent: sent.url.endswith("/session/start")):
        button(page, "start").dblclick()
    expect(button(page, "start")).to_be_disabled()
    state(page, "open", ARRIVAL_MILLISECONDS)
    why = rf"Already started by {portico.username} at \d\d:\d\d (CET|CEST|GMT\S*)\. Now: Open\."
    expect(page.locator("#why-start")).to_have_text(re.compile(why))
    sentence = page.locator(".sentence")
    expect(sentence).to_have_text(
        re.compile(r"Session opened for \d{4}-\d\d-\d\d . [\d,]+ shipments processed out of [\d,]+ total")
    )

    button(other, "start").click()
    refusal = other.get_by_role("alert").filter(has_text="started today's session")
    expect(refusal).to_contain_text(portico.username)
    expect(refusal).to_contain_text(re.compile(r"\d\d:\d\d"))

    risen = {sentence.inner_text()}
    wait_for(lambda: risen.add(sentence.inner_text()) or len(risen) > 2, seconds=60, what="a rising counter")
    state(page, "closed", DAY_MILLISECONDS)
    expect(page.locator('[data-step="closed"]')).to_have_attribute("data-mark", "done")

    session = portico.session()
    assert session["state"] == "closed"
    assert session["reason"] == "completed"
    assert session["attempt"] == 1
    assert session["generated"] == session["total"] == session["processed"]
    subjects = [mail["subject"] for mail in portico.mails()]
    assert subjects, "the import is told by mail"


def test_the_day_can_be_looked_up_afterwards(admin: Console):
    page = admin.open("/invoices/sessions")
    with page.expect_download() as listed:
        page.get_by_role("button", name="CSV").click()
    assert listed.value.suggested_filename == "sessions.csv"
    page.get_by_role("region", name="Past days").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="How the day went")).to_be_visible()
    story = page.locator(".story > li")
    expect(story.first).to_be_visible()
    told = story.evaluate_all("items => items.map(item => `${item.dataset.entry} ${item.innerText}`)")
    opened = next(index for index, entry in enumerate(told) if entry.startswith("session.opened"))
    counting = next(index for index, entry in enumerate(told) if "Count shipments" in entry)
    assert opened < counting, told
    expect(page.get_by_role("link", name="The day before")).to_be_visible()
    expect(page.get_by_role("link", name="The day after"), "today has no day after it").to_have_count(0)
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV that was sent").click()
    assert saved.value.suggested_filename.endswith(".csv")
    page.get_by_role("link", name=re.compile("Letture")).first.click()
    expect(page.get_by_role("region", name="Lines")).to_be_visible()
    with page.expect_download() as original:
        page.get_by_role("button", name="Original").click()
    assert original.value.suggested_filename.startswith("Letture")


def test_a_record_that_was_left_out_says_why(admin: Console):
    sent = admin.portico.api.get("/api/invoices/v1/runs", params={"job": "dispatch.send"}).json()["items"][0]
    page = admin.open(f"/runs/invoices/{sent['id']}?tab=records")
    left_out = page.get_by_role("region", name="Records").get_by_role("row", name=re.compile("Left out"))
    expect(left_out.filter(has_text=re.compile("Not found|In the past"))).not_to_have_count(0)
    expect(left_out.filter(has_not_text=re.compile("Not found|In the past|Already sent"))).to_have_count(0)


def test_the_mails_of_the_day_are_listed(admin: Console):
    page = admin.open("/mail")
    expect(page.get_by_role("region", name="Mail").get_by_role("row")).not_to_have_count(1)
    page.get_by_role("region", name="Mail").locator("tbody .text-button").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Tries")
