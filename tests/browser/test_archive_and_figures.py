"""What lies behind the four buttons, in the browser: the archive, a day's story, the figures, each as an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.support.past_days import with_past_days

if TYPE_CHECKING:
    from datetime import date

    from tests.browser.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

EVERY_DAY = 600000077
"""This invoice is in the file of every day."""


@pytest.fixture(scope="module")
def past(portico: Any) -> list[date]:
    """Six weeks of work."""
    return with_past_days(portico)


def rows(page: Any, name: str = "Archive") -> Any:
    return page.get_by_role("region", name=name, exact=True).locator("tbody tr")


def test_an_invoice_is_found_on_all_its_days_by_its_number(admin: Console, past: list[date]):
    page = admin.open("/")
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Invoices").click()
    page.get_by_role("link", name="Archive").click()
    page.get_by_role("searchbox", name="Invoice number").fill(str(EVERY_DAY))
    expect(page).to_have_url(re.compile(rf"number={EVERY_DAY}"))
    expect(rows(page)).to_have_count(len(past))
    expect(rows(page).first).to_contain_text(str(EVERY_DAY))
    page.get_by_role("combobox", name="Which days").select_option("7d")
    expect(page).to_have_url(re.compile(r"date=7d"))
    expect(rows(page)).not_to_have_count(len(past))
    page.reload()
    expect(page.get_by_role("searchbox", name="Invoice number")).to_have_value(str(EVERY_DAY))
    rows(page).first.get_by_role("link", name=re.compile("Letture")).click()
    expect(page).to_have_url(re.compile(rf"/invoices/files/.*q={EVERY_DAY}"))
    page.get_by_role("link", name="On other days").first.click()
    expect(rows(page)).to_have_count(len(past))


def test_the_search_box_leads_to_an_invoice_and_to_a_category(admin: Console, past: list[date]):
    page = admin.open("/")
    for asked, option in ((str(EVERY_DAY), f"Invoice {EVERY_DAY} on all its days"), ("garden", "Garden chair")):
        page.get_by_role("button", name="Search everything").click()
        page.get_by_role("textbox", name="Search everything").fill(asked)
        page.get_by_role("option", name=re.compile(option)).first.click()
        expect(page.get_by_role("heading", name="Archive", level=1)).to_be_visible()
    expect(page.locator(".chip")).to_contain_text("Garden chair")


def test_all_invoices_of_a_category_page_by_page_and_as_csv(admin: Console, past: list[date]):
    page = admin.open("/invoices/categories")
    page.get_by_role("searchbox", name="Search categories by name").fill("pet")
    expect(rows(page, "Categories")).to_have_count(1)
    page.get_by_role("link", name="Pet mat").click()
    expect(rows(page)).to_have_count(50)
    for row in rows(page).all()[:5]:
        expect(row).to_contain_text("Pet mat")
    first = rows(page).first.inner_text()
    page.get_by_role("button", name="Older").click()
    expect(rows(page).first).not_to_have_text(first)
    expect(page).to_have_url(re.compile(r"cursor="))
    page.get_by_role("button", name="Newer").click()
    page.get_by_role("combobox", name="Status").select_option("not_found")
    expect(page.get_by_role("region", name="Archive").get_by_text("Valid")).to_have_count(0)
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    lines = saved.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("business_date,invoice_number,status")
    assert {line.split(",")[2] for line in lines[1:]} == {"not_found"}
    page.get_by_role("button", name=re.compile("Show all categories")).click()
    expect(page.locator(".chip")).to_have_count(0)


def test_nothing_found_and_nonsense_are_told(admin: Console, past: list[date]):
    page = admin.open("/invoices/archive?number=999999999")
    expect(page.get_by_text("No invoice fits")).to_be_visible()
    page.get_by_role("button", name="Show all invoices").click()
    expect(rows(page)).to_have_count(50)
    page.get_by_role("searchbox", name="Invoice number").fill("shoes")
    expect(page.get_by_role("status").filter(has_text="is no invoice number")).to_be_visible()
    admin.open("/invoices/archive?category=2000000000")
    expect(page.get_by_role("alert")).to_have_attribute("data-code", "unknown_category")


def test_days_are_found_by_range_and_state_and_saved(admin: Console, past: list[date]):
    page = admin.open("/invoices/sessions")
    page.get_by_label("First day", exact=True).fill(past[3].isoformat())
    page.get_by_label("Last day", exact=True).fill(past[7].isoformat())
    expect(page).to_have_url(re.compile(rf"date={past[3]}\.\.{past[7]}"))
    expect(rows(page, "Past days")).to_have_count(5)
    for label in ("Which days", "First day", "Last day", "State"):
        expect(page.get_by_text(label, exact=True).first).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    heading, *lines = saved.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert heading.startswith("business_date,state,reason")
    assert [line.split(",")[0] for line in lines] == [day.isoformat() for day in reversed(past[3:8])]
    page.get_by_role("combobox", name="State").select_option("failed")
    expect(page.get_by_text("No day fits")).to_be_visible()
    page.get_by_role("button", name="Show all days").click()
    expect(rows(page, "Past days")).not_to_have_count(0)


def test_the_archive_is_marked_in_the_rail_on_its_categories_too(admin: Console, past: list[date]):
    page = admin.open("/invoices/categories")
    link = page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Archive")
    expect(link).to_have_attribute("data-status", "active")
    expect(link).to_have_attribute("aria-current", "true")


def test_a_day_is_a_story_with_its_doubt(admin: Console, past: list[date]):
    page = admin.open(f"/invoices/sessions/{past[-2]}")
    story = page.locator(".story > li")
    expect(story.first).to_be_visible()
    told = story.evaluate_all("items => items.map(item => item.dataset.entry)")
    order = ["file.imported", "session.started", "session.uploaded", "session.opened", "session.closed"]
    assert [entry for entry in told if entry in order] == order
    expect(page.locator('[data-entry="session.started"]')).to_contain_text("M. Rossi started the session")
    expect(page.locator('[data-entry="mail.sent"]').first).to_contain_text("to warehouse@example.org")
    doubt = page.locator('[data-entry="effect.uncertain"]')
    expect(doubt).to_contain_text("The connection broke after the rename.")
    doubt.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/runs/invoices/"))


def test_every_day_is_explained_and_leads_to_its_neighbours(admin: Console, past: list[date]):
    sunday = next(day for day in past if day.weekday() == 0).isoformat()
    page = admin.open(f"/invoices/sessions/{sunday}")
    page.get_by_role("link", name="The day before").click()
    expect(page.locator('[data-explained="quiet"]')).to_contain_text("no file came on this day")
    page.get_by_role("link", name="The day after").click()
    expect(page.locator(".sentence")).to_contain_text(sunday)
    admin.open("/invoices/sessions/2199-01-01")
    expect(page.locator('[data-explained="to_come"]')).to_be_visible()


def test_the_figures_are_drawn_tabled_and_saved(admin: Console, past: list[date]):
    page = admin.open("/invoices/statistics?range=90d")
    expect(page.locator(".chart canvas")).to_have_count(4)
    expect(page.get_by_role("img", name=re.compile(r"Shipments a day\. Valid: [\d,]+ . [\d,]+"))).to_be_visible()
    expect(rows(page, "The same as a table")).to_have_count(len(past))
    expect(page.locator('[data-sum="days"]')).to_contain_text(str(len(past)))
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    assert len(saved.value.path().read_text(encoding="utf-8-sig").splitlines()) == len(past) + 1
    page.get_by_role("combobox", name="Which days").select_option("7d")
    expect(page).to_have_url(re.compile(r"range=7d"))
    expect(rows(page, "The same as a table")).not_to_have_count(len(past))
    page.get_by_role("textbox", name="First day").or_(page.get_by_label("First day")).first.fill(past[0].isoformat())
    expect(page).to_have_url(re.compile(rf"range={past[0]}\.\."))
    admin.open("/invoices/statistics?range=2001-01-01..2001-02-01")
    expect(page.get_by_text("No day in this range")).to_be_visible()
    admin.open("/invoices/statistics?range=2001-01-01..2020-01-01")
    expect(page.get_by_role("alert")).to_have_attribute("data-code", "range_too_long")


def test_the_overview_shows_the_last_days_and_leads_to_the_figures(admin: Console, past: list[date]):
    page = admin.open("/")
    expect(page.get_by_role("img", name=re.compile("Shipments of the last 14 days"))).to_be_visible()
    page.get_by_role("link", name="last 14 days").click()
    expect(page.get_by_role("heading", name="Figures")).to_be_visible()


def test_numbers_and_days_follow_the_language(admin: Console, past: list[date]):
    admin.page.evaluate("localStorage.setItem('portico.language', 'it')")
    page = admin.open("/invoices/statistics?range=90d")
    expect(page.get_by_role("heading", name="Cifre")).to_be_visible()
    table = rows(page, "Lo stesso come tabella")
    expect(table.filter(has_text=re.compile(r"\d\d\.\d{3}")).first).to_be_visible()
