"""The bridge's mails in the browser: how each looks in three languages, own words, recipients that were refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.database import ask
from tests.support.portico import ROOT, running_portico
from tools.stack import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Console
    from tests.support.portico import RunningPortico

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WORDS = ROOT / "services/asanito/mails/templates/en/words.j2"
REFUSED = """
INSERT INTO outbox (kind, key, payload, state, attempts, sent_at)
VALUES ('mail', 'target_down:1', '{"kind": "target_down", "data": {}, "to": "a@example.org, gone@example.org",
        "subject": "No answer", "refused": {"gone@example.org": "550 No such mailbox"}}', 'sent', 1, now())
RETURNING key
"""


@pytest.fixture(scope="module")
def portico(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortico]:
    """A customer with words of their own, and one text that is broken; a mail that one did not get."""
    console.build_if_changed(print)
    folder = tmp_path_factory.mktemp("portico")
    own = folder / "mails" / "en"
    own.mkdir(parents=True)
    words = WORDS.read_text(encoding="utf-8").replace("Asanito does not answer", "Asanito is silent")
    (own / "words.j2").write_text(words, encoding="utf-8")
    (own / "morning.txt.j2").write_text("{{ nobody_knows_this }}")
    with running_portico(folder, services="asanito", ASANITO_MAIL_TEMPLATES=str(own.parent)) as running:
        ask(running, REFUSED, "asanito")
        yield running


def test_every_mail_of_the_bridge_is_shown_as_it_looks_in_three_languages(admin: Console) -> None:
    page = admin.open("/mail")
    page.get_by_role("link", name="How mails look").click()
    kinds = page.get_by_role("navigation", name="Kinds of mails").get_by_role("button")
    expect(kinds).to_have_count(7)
    for index in range(7):
        kinds.nth(index).click()
        expect(kinds.nth(index)).to_have_attribute("aria-current", "true")
        expect(page.frame_locator("iframe.mail-frame").locator("h1")).to_be_visible()
    page.get_by_text("Persian", exact=True).click()
    frame = page.frame_locator("iframe.mail-frame")
    expect(frame.locator("html")).to_have_attribute("dir", "rtl")
    page.get_by_text("Plain text", exact=True).click()
    expect(page.locator(".mail-text")).to_have_attribute("dir", "rtl")


def test_own_words_are_shown_and_a_broken_text_tells_what_is_sent_instead(admin: Console) -> None:
    page = admin.open("/mail/templates?service=asanito&kind=target_down")
    expect(page.locator("[data-subject]")).to_have_text("Asanito is silent")
    page.get_by_text("Change these texts").click()
    expect(page.get_by_text("ASANITO_MAIL_TEMPLATES")).to_be_visible()
    expect(page.get_by_role("button", name="Copy en/words.j2")).to_be_visible()
    admin.open("/mail/templates?kind=morning&view=text")
    told = page.get_by_role("status").filter(has_text="Your own text of this mail cannot be used")
    expect(told).to_contain_text("nobody_knows_this")
    expect(page.locator(".mail-text")).not_to_contain_text("nobody_knows_this")


def test_who_did_not_get_an_alert_is_told_with_what_to_do(admin: Console) -> None:
    page = admin.open("/")
    expect(page.get_by_text("Not everybody got the mail target_down:1")).to_be_visible()
    admin.open("/mail?q=target_down")
    row = page.get_by_role("region", name="Mail").locator("tbody tr")
    expect(row).to_contain_text("1 recipient refused")
    row.locator(".text-button").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("gone@example.org: 550 No such mailbox")
    expect(drawer.get_by_role("link", name="How this kind of mail looks")).to_have_attribute(
        "href", "/mail/templates?service=asanito&kind=target_down"
    )
    drawer.get_by_role("button", name="Leave it").click()
    expect(drawer.get_by_role("button", name="Leave it")).to_have_count(0)
    admin.open("/")
    expect(page.get_by_text("Not everybody got the mail target_down:1")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 375])
def test_the_mails_are_in_persian_from_right_to_left(window: Callable[..., Console], width: int) -> None:
    admin = window(viewport={"width": width, "height": 800})
    page = admin.log_in()
    page.evaluate("localStorage.setItem('portico.language', 'fa')")
    page = admin.open("/mail/templates?service=asanito&kind=morning")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    kinds = page.get_by_role("navigation", name="گونه‌های نامه").get_by_role("button")
    expect(kinds).to_have_count(7)
    expect(kinds.first).to_contain_text("نامهٔ صبح")
    expect(page.frame_locator("iframe.mail-frame").locator("html")).to_have_attribute("lang", "fa")
    page.locator("summary").click()
    overflow: Any = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    if folder := os.environ.get("PORTICO_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"mails-fa-{width}.png", full_page=True)
