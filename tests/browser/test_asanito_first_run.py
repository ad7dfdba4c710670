"""The bridge's first run in the browser: what to do first, the question, tiles that add up, the list behind them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_asanito_records import RUN_SECONDS, kinds
from tests.support.portico import RunningPortico, running_portico
from tools.stack import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

STATES = ("pending", "synced", "skipped", "failed", "uncertain", "ignored", "duplicate")


@pytest.fixture(scope="module")
def portico(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortico]:
    """The bridge alone, with its Asanito and its legacy database; nothing was sent yet."""
    console.build_if_changed(print)
    with running_portico(tmp_path_factory.mktemp("portico"), services="asanito") as running:
        yield running


def number(place: Locator) -> int:
    return int(re.sub(r"\D", "", place.inner_text()))


def tile(page: Page, kind: str) -> Locator:
    return page.locator(f"article[data-kind='{kind}']")


def test_the_first_run_asks_goes_on_and_its_tiles_add_up(admin: Console):
    page = admin.open("/asanito")
    steps = page.locator("[data-first-steps]")
    expect(steps).to_contain_text("Nothing is in Asanito yet")
    steps.get_by_role("button", name="Trial run").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("switch", name="Trial run")).to_be_checked()
    dialog.get_by_role("button", name="Cancel").click()

    page.locator("[data-job='contacts']").get_by_role("button", name="Run now").click()
    page.get_by_role("dialog").get_by_role("button", name="Run now").click()
    expect(page).to_have_url(re.compile(r"/runs/asanito/[0-9a-f-]{36}"))
    asked = page.locator("[data-question='brake']")
    expect(asked).to_contain_text("new ones in Asanito: go on?")
    expect(asked.get_by_role("button", name="Stop")).to_be_visible()

    page = admin.open("/")
    row = page.locator("[data-attention='brake']")
    expect(row).to_contain_text("Contacts: the run would create")
    expect(row.get_by_role("button", name="Go on")).to_be_visible()

    page = admin.open("/asanito")
    expect(page.locator("[data-cycle-waits]")).to_have_count(0)  # no cycle is under way
    asked = page.locator("[data-question='brake']")
    asked.get_by_text("examples").click()
    expect(asked.locator("li bdi").first).to_contain_text("…")  # first letters only
    asked.get_by_role("button", name="Go on").click()
    dialog = page.get_by_role("dialog", name="Go on")
    expect(dialog).to_contain_text("cannot be taken back")
    dialog.get_by_label("Note").fill("the start point is right")
    dialog.get_by_role("button", name="Go on").click()
    expect(asked).to_have_count(0)
    expect(page.locator("[data-job='contacts'] [data-last-run='partial']")).to_be_visible(timeout=RUN_SECONDS * 1000)

    contacts = tile(page, "person")
    expect(contacts.locator("[data-count='pending']")).to_have_text("0")
    counts = {state: number(contacts.locator(f"[data-count='{state}']")) for state in STATES}
    assert sum(counts.values()) == number(contacts.locator("[data-total]"))
    assert counts == {state: kinds(admin.portico)["person"][state] for state in STATES}
    expect(steps).to_have_count(0)  # something is there now

    contacts.get_by_role("link", name=re.compile("^Not sent")).click()
    expect(page).to_have_url(re.compile(r"/asanito/records\?kind=person&state=failed$"))
    expect(page.locator("tbody tr")).to_have_count(counts["failed"])
    expect(page.locator("tbody tr [data-record-state='failed']")).to_have_count(counts["failed"])


def test_a_cycle_that_waits_says_so_with_the_way_to_its_question(admin: Console):
    page = admin.open("/asanito")
    page.locator("[data-job='cycle']").get_by_role("button", name="Run now").click()
    page.get_by_role("dialog").get_by_role("button", name="Run now").click()
    page = admin.open("/asanito")
    waits = page.locator("[data-job='cycle'] [data-cycle-waits='products']")
    expect(waits).to_contain_text("“Products” asks a question", timeout=RUN_SECONDS * 1000)
    waits.get_by_role("link", name="See the question").click()
    expect(page).to_have_url(re.compile(r"/runs/asanito/[0-9a-f-]{36}"))
    page.locator("[data-question='brake']").get_by_role("button", name="Stop").click()
    page.get_by_role("dialog", name="Stop").get_by_role("button", name="Stop").click()
    expect(page.locator("[data-question='brake']")).to_have_count(0)
