"""The gym chain's page in a real browser: what somebody who shows Portico presses."""

from __future__ import annotations

import pytest

from tests.sandbox.asanito.client import Client, person

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(60)]


def test_a_day_is_added_a_fault_armed_and_the_books_compared(gym, page):
    gym.seed(size=100)
    before = len(gym.rows("receipt"))
    page.goto(gym.http)
    page.click("text=Add a day's business")
    page.wait_for_selector("#notice >> text=Rows added")
    assert len(gym.rows("receipt")) > before
    page.click("text=Contact made, answer lost")
    page.wait_for_selector("#faults >> text=Person/addLean")
    assert [fault["kind"] for fault in gym.client.get("/_sandbox/faults").json()["items"]] == ["reset_after"]
    page.click("#compare")
    page.wait_for_selector("#differences >> text=is missing")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_contacts_and_servers_are_shown_as_they_are(gym, page):
    with Client(gym) as client:
        client.log_in(gym)
        client.made("Person/addLean", person(lastName="<b>کریمی</b>"))
    page.goto(gym.http)
    page.wait_for_selector("#contacts >> text=<b>کریمی</b>")
    page.click("[aria-label='Stop: Legacy database']")
    gym.wait_for(lambda: not gym.state()["systems"][1]["up"])
    page.mouse.click(5, 5)
    page.click("[aria-label='Start: Legacy database']")
    assert gym.wait_for(lambda: gym.state()["systems"][1]["up"])
