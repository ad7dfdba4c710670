"""Saved views: filters under a name, chosen again, opened with, shared, deleted and brought back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FILTERED = re.compile(r"/runs\?.*state=failed")


def menu(page: Page, name: str = "Views") -> Locator:
    page.get_by_role("button", name=name, exact=True).click()
    return page.get_by_role("menu")


def keep(page: Page, name: str) -> None:
    menu(page).get_by_role("menuitem", name="Save these filters").click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_view_is_kept_chosen_renamed_and_brought_back(admin: Console):
    page = admin.open("/runs?state=failed&when=7d&tab=log")
    keep(page, "This week")
    expect(page.get_by_role("button", name="This week", exact=True)).to_be_visible()
    page = admin.open("/runs?state=running")
    menu(page).get_by_role("menuitem", name="This week").click()
    expect(page).to_have_url(re.compile(r"/runs\?(when=7d&state=failed|state=failed&when=7d)$"))
    expect(page.locator(".chip")).to_have_count(2)

    menu(page, "This week").get_by_role("menuitem", name="Rename or share").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Trouble")
    page.get_by_label("Shared").check(force=True)
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Trouble", exact=True)).to_be_visible()
    shared = admin.portico.api.get("/api/views", params={"screen": "/runs"}).json()["items"]
    assert [(view["name"], view["shared"], view["search"]) for view in shared] == [
        ("Trouble", True, {"state": "failed", "when": "7d"})
    ]

    menu(page, "Trouble").get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_role("button", name="Views", exact=True)).to_be_visible()
    expect(page).to_have_url(FILTERED)  # the list stays as it is
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Trouble", exact=True)).to_be_visible()


def test_a_list_opens_with_the_default_view_unless_an_address_says_otherwise(admin: Console):
    page = admin.open("/invoices/files?state=held")
    keep(page, "Held")
    menu(page, "Held").get_by_role("menuitem", name="Open the list with it").click()
    page = admin.open("/invoices")
    page.get_by_role("link", name="Files").first.click()
    expect(page).to_have_url(re.compile(r"/invoices/files\?state=held"))
    page = admin.open("/invoices/files?state=late")
    expect(page.get_by_role("button", name="Views", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("state=late"))
    page = admin.open("/invoices/files?state=held")
    menu(page, "Held").get_by_role("menuitem", name="No longer open the list with it").click()
    page = admin.open("/invoices/files")
    expect(page.get_by_role("button", name="Views", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("/invoices/files$"))
