"""Acting on all that matches: the count first, its progress, what was left out, and the way back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.database import ask

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Console
    from tests.support.portico import RunningPortico

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MANY = 1200
FAIL = """
INSERT INTO runs (
    job, lane, state, reason_code, message, trigger_type, max_attempts, created_at, started_at, finished_at
)
SELECT 'imports.pick_up', 'default', 'failed', 'remote_unavailable', 'The inbox does not answer.', 'schedule', 5,
       now() - n * interval '1 second', now(), now()
FROM generate_series(1, {count}) n
"""
STALE = """
INSERT INTO files (sha256, name, source, size_bytes, business_date, received_at, state, reason)
SELECT 'bulk' || n, 'old-' || n || '.txt', 'ftp', 12, current_date, now() - n * interval '1 second', 'stale',
       'other_day'
FROM generate_series(1, {count}) n
"""
SEEN = "SELECT count(*) FROM runs WHERE seen_note = 'known outage'"


def fail(portico: RunningPortico, count: int) -> None:
    ask(portico, FAIL.format(count=count))


def choose_all(page: Page) -> None:
    page.get_by_label("Select all rows shown").check()
    page.get_by_role("button", name="Select all that match, on every page").click()


def test_all_that_match_are_marked_as_seen_and_taken_back(admin: Console):
    fail(admin.portico, MANY)
    page = admin.open("/runs?state=failed&job=imports.pick_up")
    choose_all(page)
    bar = page.get_by_role("region", name="Selected runs")
    expect(bar).to_contain_text("All 1,200 runs that match")
    bar.get_by_role("button", name="Mark all as seen").click()
    dialog = page.get_by_role("dialog", name="Mark 1,200 runs as seen?")
    dialog.get_by_label("Note").fill("known outage")

    fail(admin.portico, 1)  # what matches has changed since it was counted: told, and asked anew
    dialog.get_by_role("button", name="Mark 1,200 runs as seen").click()
    expect(page.get_by_role("dialog")).to_contain_text("1,201 match now, not 1,200 any more.")
    assert ask(admin.portico, SEEN) == "0"
    page.get_by_role("dialog").get_by_role("button", name="Mark 1,201 runs as seen").click()

    expect(page).to_have_url(re.compile(r"bulk=invoices/[0-9a-f-]{36}"))
    run = page.get_by_role("region", name="Mark many runs as seen")
    expect(run.get_by_role("progressbar")).to_be_visible()
    page.reload()  # it goes on, and the address knows of it
    expect(run).to_contain_text("1201 of 1201 runs done.", timeout=60_000)
    assert ask(admin.portico, SEEN) == "1201"

    run.get_by_role("button", name="Undo").click()
    undone = page.get_by_role("region", name="Show many runs again")
    expect(undone).to_contain_text("1201 of 1201 runs done.", timeout=60_000)
    assert ask(admin.portico, SEEN) == "0"
    undone.get_by_role("button", name="Close").click()
    expect(page).not_to_have_url(re.compile("bulk="))


def test_what_is_chosen_on_a_page_is_answered_at_once(admin: Console):
    fail(admin.portico, 3)
    page = admin.open("/runs?state=failed")
    boxes = page.get_by_label("Select this row")
    boxes.nth(0).check()
    boxes.nth(2).click(modifiers=["Shift"])
    bar = page.get_by_role("region", name="Selected runs")
    expect(bar).to_contain_text("3 runs selected")
    bar.get_by_role("button", name="Mark 3 runs as seen").click()
    page.get_by_role("dialog").get_by_role("button", name="Mark 3 runs as seen").click()
    expect(bar.get_by_role("status")).to_contain_text("3 runs: done.")


def test_stale_files_are_discarded_together_with_a_reason_and_the_list_is_saved_as_seen(admin: Console):
    ask(admin.portico, STALE.format(count=70))
    page = admin.open("/invoices/files?q=old-")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="Size").click()
    page.keyboard.press("Escape")
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    head, *body = saved.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert head == "State,File,Came by,Received,Records"
    assert len(body) == 70

    choose_all(page)
    page.get_by_role("button", name="Discard all").click()
    dialog = page.get_by_role("dialog", name="Discard 70 files?")
    go = dialog.get_by_role("button", name="Discard 70 files")
    expect(go).to_be_disabled()
    dialog.get_by_label("Reason").fill("sent twice")
    go.click()
    expect(page.get_by_role("region", name="Discard many files")).to_contain_text(
        "70 of 70 files done.", timeout=60_000
    )
    expect(page.get_by_role("region", name="Files").locator('[data-state="cancelled"]').first).to_be_visible()
    assert ask(admin.portico, "SELECT count(*) FROM files WHERE state = 'discarded'") == "70"
