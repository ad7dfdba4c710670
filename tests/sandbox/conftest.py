"""A browser for the sandbox's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tools.stack import browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page


@pytest.fixture
def page() -> Iterator[Page]:
    """Fails the test when the page says anything went wrong, or asks another machine for anything."""
    chromium = browser.find()
    assert chromium, "no Chromium here: ./dev test gets one"
    troubles: list[str] = []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = running.new_page(viewport={"width": 360, "height": 800})
        opened.on("pageerror", lambda error: troubles.append(str(error)))
        opened.on("request", lambda asked: "127.0.0.1" in asked.url or troubles.append(asked.url))
        yield opened
        running.close()
    assert not [trouble for trouble in troubles if not trouble.startswith("data:")]
