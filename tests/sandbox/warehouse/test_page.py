"""The warehouse's page and its mails in a real browser: what a newcomer sees and presses."""

from __future__ import annotations

import pytest

from tests.sandbox.warehouse.test_mail import mail, send

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(60)]


def test_a_newcomer_begins_a_day_arms_a_fault_and_sees_both(outside, page):
    page.goto(outside.http)
    page.click("text=Rename refused (553)")
    page.wait_for_selector("#faults >> text=delivery RNTO")
    page.click("#play")
    page.wait_for_selector("#steps li.now >> text=Portico picks it up")
    page.wait_for_selector("#inbox >> text=Letture")
    assert "Check inbox now" in page.inner_text("#steps li.now")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click("#stop")
    page.wait_for_selector("#outcome >> text=Stopped.")


def test_a_server_is_stopped_and_started_from_the_page(outside, page):
    page.goto(outside.http)
    page.click("[aria-label='Stop: FTP inbox']")
    outside.wait_for(lambda: not outside.state()["systems"][0]["up"])
    page.mouse.click(5, 5)
    page.click("[aria-label='Start: FTP inbox']")
    assert outside.wait_for(lambda: outside.state()["systems"][0]["up"])


def test_a_mail_is_read_and_nothing_in_it_runs(outside, page):
    hostile = mail("A mail <b>with</b> markup")
    hostile.get_body(("html",)).set_content(
        "<p>12 invoices</p><script>parent.document.title = 'taken'</script>", subtype="html"
    )
    send(outside, hostile)
    page.goto(f"{outside.http}/mail")
    page.wait_for_selector("#subject >> text=A mail <b>with</b> markup")
    assert page.frame_locator("#html").locator("p").inner_text() == "12 invoices"
    assert page.title() == "Sandbox: mails"
    page.click("text=As text")
    assert "città" in page.inner_text("#text")
    assert page.inner_text("#attachments").startswith("not-found.csv")
