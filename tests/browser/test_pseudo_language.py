"""Every screen in a made-up language: half as long again, marked ⟦so⟧, from right to left. What is forgotten shows."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.test_every_screen import ROUTES, deep_routes, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

LANGUAGE = "en-XB"
WIDTHS = {320: 640, 1280: 800}
# A folder for pictures of every screen, for people who look.
PICTURES = os.environ.get("PORTICO_PICTURES")
# Names and what the browser formats by itself: brand, keys of the keyboard, zones, days, months, units.
FORMATTED = re.compile(
    r"\b(Portico|Chrome|Linux|Ctrl|K|UTC|GMT|CET|CEST|[A-Z][a-z]+/[A-Z][A-Za-z_]+|(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Mon|Tue|Wed|Thu"
    r"|Fri|Sat|Sun|Jan(uary)?|Feb(ruary)?|Mar(ch)?|Apr(il)?|May|June?|July?|Aug(ust)?|Sept?(ember)?|Oct(ober)?|Nov(ember)?"
    r"|Dec(ember)?|years?|months?|weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|ago|in|now|yesterday|tomorrow|byte|kB"
    r"|MB|GB|English|italiano|pseudo|to|and|or)\b"
)
WORD = re.compile(r"[^\W\d_]{2,}")

LOOK = """
() => {
  const MACHINE = 'script, style, noscript, code, pre, kbd, .mono, .log-text, time';
  const PRESSED = 'button, a[role="button"], .mantine-Button-root, [role="tab"], .rail-link';
  const texts = [];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element || element.closest(MACHINE)) continue;
    if (shown(element)) texts.push(node.data.trim());
  }
  for (const name of ['aria-label', 'placeholder', 'title', 'alt', 'aria-valuetext', 'aria-description']) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      if (shown(element)) texts.push(element.getAttribute(name));
    }
  }
  texts.push(document.title);
  const width = document.documentElement.clientWidth;
  const cut = [];
  for (const element of document.querySelectorAll(PRESSED)) {
    if (!shown(element) || element.closest('[aria-hidden="true"], .table-wrap')) continue;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.right < 0 && box.left < -1000) continue;
    const label = element.querySelector('.mantine-Button-label, .mantine-Tabs-tabLabel') ?? element;
    const scrolls = element.closest('.mantine-ScrollArea-viewport, [data-scrolls]');
    const words = element.textContent.trim();
    if (!scrolls && (box.left < -1 || box.right > width + 1)) cut.push(`outside: ${words}`);
    for (const one of [label, element]) {
      const style = getComputedStyle(one);
      const wide = one.scrollWidth > one.clientWidth + 1;
      if (wide && ['hidden', 'clip'].includes(style.overflowX)) cut.push(`cut off: ${words}`);
      if (style.overflowY === 'hidden' && one.scrollHeight > one.clientHeight + 2) cut.push(`too low: ${words}`);
    }
  }
  const over = document.documentElement.scrollWidth - width;
  return { texts, cut, over, direction: getComputedStyle(document.body).direction };
}
"""


@dataclass
class Told:
    """What the servers said: data, in whatever language it is."""

    answers: list[Response] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    long: str = ""

    def hear(self, response: Response) -> None:
        if "/api/" in response.url and "json" in response.headers.get("content-type", ""):
            self.answers.append(response)

    def digest(self) -> None:
        while self.answers:
            try:
                content = self.answers.pop().json()
            except Exception:  # noqa: BLE001, S112 - the page has gone on and the browser has dropped the answer
                continue
            for text in strings_in(content):
                plain = " ".join(text.split()).lower()
                self.words.add(plain)
                self.long += f"\n{plain}"

    def knows(self, text: str) -> bool:
        plain = " ".join(text.split()).strip(" ·:,.()…").lower()
        return plain in self.words or (len(plain) > 5 and plain in self.long) or not plain


def strings_in(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for name, value in content.items():
            yield name
            yield from strings_in(value)
    elif isinstance(content, list):
        for value in content:
            yield from strings_in(value)


def unmarked(text: str) -> str:
    """What is left of a text without what is marked; a text may be filled with another."""
    while (less := re.sub(r"⟦[^⟦⟧]*⟧", " ", text)) != text:
        text = less
    return text.strip()


def forgotten(texts: list[str], told: Told) -> list[str]:
    """Those that are neither marked as translated nor data nor formatted by the browser."""
    found = []
    for text in texts:
        rest = unmarked(text)
        pieces = [rest] if told.knows(rest) else re.split(r"[·:,|]", rest)
        if any(WORD.search(FORMATTED.sub(" ", piece)) and not told.knows(piece) for piece in pieces):
            found.append(text)
    return found


def in_pseudo(made: Console) -> Page:
    page = made.log_in()
    page.evaluate(f"localStorage.setItem('portico.language', {json.dumps(LANGUAGE)})")
    return page


def looked_at(page: Page, told: Told, name: str) -> list[str]:
    told.digest()
    seen: dict[str, Any] = page.evaluate(LOOK)
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{re.sub(r'[^a-z0-9]+', '-', name)[:60]}.png", full_page=True)
    wrong = [f"not translated: {text!r}" for text in forgotten(seen["texts"], told)]
    wrong += seen["cut"]
    if seen["over"] > 0:
        wrong.append(f"{seen['over']} px too wide")
    if seen["direction"] != "rtl":
        wrong.append("not from right to left")
    return [f"{name}: {one}" for one in dict.fromkeys(wrong)]


@pytest.fixture(scope="module")
def lived_in(portico: Any) -> None:
    """A file was imported, so that no screen is empty."""
    portico.outside.post("/_sandbox/drop", json={"kind": "day"}).raise_for_status()
    portico.api.post("/api/invoices/v1/jobs/imports.pick_up/runs", json={"params": {}}).raise_for_status()


@pytest.mark.usefixtures("lived_in")
@pytest.mark.parametrize("width", WIDTHS)
def test_every_screen_is_translated_mirrored_and_has_room(window: Callable[..., Console], width: int):
    made = window(viewport={"width": width, "height": WIDTHS[width]})
    told = Told()
    made.page.on("response", told.hear)
    page = in_pseudo(made)
    wrong = []
    for route in [*ROUTES, *deep_routes(made)]:
        made.open(route)
        settled(page)
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        page.wait_for_timeout(250)
        wrong += looked_at(page, told, f"{width} {route}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("lived_in")
def test_the_frame_is_mirrored(window: Callable[..., Console]):
    made = window()
    page = in_pseudo(made)
    made.open("/runs")
    settled(page)
    rail, main = page.locator(".rail").bounding_box(), page.locator("#main").bounding_box()
    assert rail is not None
    assert main is not None
    assert rail["x"] + rail["width"] == 1280
    assert main["x"] == 0
    made.context.clear_cookies()
    page.reload()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator(".gate-card h1")).to_contain_text("⟦")
