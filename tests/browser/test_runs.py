"""Runs: filters live in the address; a run's log is followed, found in and linked; a CSV holds what is seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.portico import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_run_started_by_hand_is_followed_to_its_end(admin: Console):
    page = admin.open("/jobs")
    page.locator('[data-job="imports.pick_up"]').get_by_role("button", name="Run now").click()
    page.get_by_role("dialog").get_by_role("button", name="Run now").click()
    expect(page).to_have_url(re.compile(r"/runs/invoices/[0-9a-f-]{36}"))
    expect(page.locator('[data-state="succeeded"]').first).to_be_visible(timeout=60_000)
    expect(page).to_have_title(re.compile("Done · Check inbox"))
    page.get_by_role("tab", name="Log").click()
    expect(page).to_have_url(re.compile("tab=log"))


def test_the_log_is_live_found_in_and_linked(admin: Console):
    portico = admin.portico
    portico.outside.post("/_sandbox/drop", json={"kind": "day"}).raise_for_status()
    started = portico.api.post("/api/invoices/v1/jobs/imports.pick_up/runs", json={"params": {}}).json()
    page = admin.open(f"/runs/invoices/{started['id']}?tab=log")
    log = page.get_by_role("log")
    expect(log.locator(".log-row").first).to_be_visible(timeout=60_000)
    wait_for(
        lambda: portico.api.get(f"/api/invoices/v1/runs/{started['id']}").json()["state"] == "succeeded", what="the end"
    )
    lines = portico.api.get(f"/api/invoices/v1/runs/{started['id']}/log", params={"limit": 1000}).json()["items"]
    last = [line for line in lines if line["level"] != "debug"][-1]
    expect(log.locator(f'[data-seq="{last["seq"]}"]')).to_contain_text(last["message"])

    page.get_by_label("Find in this log").fill(last["message"][:20])
    expect(log.locator("[data-found]")).to_have_count(1)
    log.locator(f'[data-seq="{last["seq"]}"]').get_by_role("button").click()
    expect(page).to_have_url(re.compile(rf"line={last['seq']}"))
    page.reload()
    expect(page.get_by_role("log").locator("[data-marked]")).to_contain_text(last["message"])
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download").click()
    assert last["message"] in saved.value.path().read_text(encoding="utf-8")


def test_filters_are_chips_and_live_in_the_address(admin: Console):
    page = admin.open("/runs")
    page.get_by_role("button", name="Started by").click()
    page.get_by_role("menuitemcheckbox", name="By hand").click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("trigger=manual"))
    page.get_by_role("button", name="is", exact=True).click()
    expect(page).to_have_url(re.compile("trigger=!manual|trigger=%21manual"))
    page.get_by_role("button", name="When").click()
    page.get_by_role("menuitemradio", name="Last 24 hours").click()
    expect(page).to_have_url(re.compile("when=24h"))
    page.reload()
    expect(page.locator(".chip")).to_have_count(2)
    page.get_by_role("button", name=re.compile("Remove filter Started by")).click()
    expect(page.locator(".chip")).to_have_count(1)


def test_an_address_opens_the_same_view_after_a_login(window: Callable[..., Console]):
    page = window().log_in("/runs?state=succeeded&idle=1")
    expect(page).to_have_url(re.compile(r"/runs\?.*state=succeeded"))
    expect(page.locator(".chip")).to_contain_text("Done")


def test_a_row_opens_beside_the_list_and_the_csv_holds_what_is_seen(admin: Console):
    page = admin.open("/runs?idle=1")
    rows = page.get_by_role("region", name="Runs").locator("tbody tr")
    expect(rows.first).to_be_visible()
    rows.first.locator("td").nth(1).click()
    expect(page).to_have_url(re.compile("open=invoices/"))
    expect(page.get_by_role("dialog")).to_contain_text("Attempts")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="Took").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="Took")).to_have_count(0)
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    head, *body = saved.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert "Took" not in head
    assert "State" in head
    assert len(body) >= rows.count()


def test_everything_is_found_from_the_keyboard(admin: Console):
    page = admin.open("/")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_label("Search everything").first.fill("Check inbox")
    option = page.get_by_role("option", name=re.compile("Check inbox")).first
    expect(option).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=re.compile("Check inbox"))).to_be_visible()
