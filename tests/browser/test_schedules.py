"""Schedules: words and next firings, an edit with its preview, a conflict that keeps what was typed, a pause."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_schedule_is_told_in_words_and_edited_with_a_preview(admin: Console):
    page = admin.open("/schedules")
    card = page.locator('[data-schedule="imports.pick_up"]')
    expect(card).to_contain_text("Every minute")
    expect(card.locator(".firings li")).to_have_count(5)
    card.get_by_role("button", name="Edit").click()
    page.get_by_label("Cron line 1").fill("15 6 * * 1")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("At 06:15, only on Monday")
    expect(dialog.locator(".firings li").first).to_contain_text("Mon")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(card).to_contain_text("At 06:15, only on Monday")


def test_a_wrong_line_is_told_beside_the_field(admin: Console):
    page = admin.open("/schedules")
    page.locator('[data-schedule="imports.pick_up"]').get_by_role("button", name="Edit").click()
    page.get_by_label("Cron line 1").fill("99 99 * * *")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()


def test_a_change_by_someone_else_keeps_what_was_typed(admin: Console):
    api = admin.portico.api
    page = admin.open("/schedules")
    page.locator('[data-schedule="imports.pick_up"]').get_by_role("button", name="Edit").click()
    page.get_by_label("Cron line 1").fill("20 7 * * *")

    schedules = api.get("/api/invoices/v1/schedules").json()["items"]
    address = "/api/invoices/v1/schedules/" + next(
        item["id"] for item in schedules if item["name"] == "imports.pick_up"
    )
    tag = api.get(address).headers["ETag"]
    api.patch(address, json={"cron": ["30 9 * * *"]}, headers={"If-Match": tag}).raise_for_status()

    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    alert = page.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_contain_text("Someone changed this meanwhile")
    expect(alert).to_contain_text("30 9 * * *")
    expect(page.get_by_label("Cron line 1")).to_have_value("20 7 * * *")
    page.get_by_role("button", name="Save mine").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert api.get(address).json()["cron"] == ["20 7 * * *"]


def test_a_pause_has_a_reason_and_an_end(admin: Console):
    page = admin.open("/schedules")
    card = page.locator('[data-schedule="imports.pick_up"]')
    card.get_by_role("button", name="Pause").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Pause")).to_be_disabled()
    dialog.get_by_label("Why").fill("The sender moves house")
    dialog.get_by_role("button", name="Pause").click()
    expect(card).to_contain_text("The sender moves house")
    card.get_by_role("button", name="Resume").click()
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    expect(card).not_to_contain_text("The sender moves house")


def test_everything_is_paused_at_once(admin: Console):
    page = admin.open("/settings/pause")
    page.get_by_role("button", name="Pause", exact=True).first.click()
    page.get_by_role("dialog").get_by_label("Why").fill("Maintenance night")
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(page.locator(".banner").filter(has_text=re.compile("invoices is paused"))).to_be_visible()
    assert admin.portico.api.get("/api/invoices/v1/pause").json()["pause"]["reason"] == "Maintenance night"
    page.get_by_role("button", name="Resume", exact=True).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    expect(page.locator(".banner")).to_have_count(0)
