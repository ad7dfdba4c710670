"""A running Portico per module, a Chromium per run, windows per test. What the policy stops fails the test."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.portico import ROOT, RunningPortico, running_portico
from tools.stack import browser as stack_browser
from tools.stack import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
STEP_MILLISECONDS = 20_000
# Two cores are shared with everything that is being tested.
expect.set_options(timeout=STEP_MILLISECONDS)
# Told by the browser itself: what the content security policy stopped on this page.
WATCH_POLICY = """
window.stopped = [];
document.addEventListener('securitypolicyviolation', (event) => {
  window.stopped.push([event.violatedDirective, event.blockedURI, event.sourceFile, event.sample].join(' '));
});
"""


@dataclass
class Console:
    """A browser window of one person."""

    portico: RunningPortico
    context: BrowserContext
    page: Page
    broken: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to an address of the console and wait until its screen stands."""
        self.page.goto(self.portico.url + path)
        return self.page

    def log_in(self, path: str = "/", username: str = "", password: str = "") -> Page:
        """Open an address as somebody; the demo's administrator if nobody is named."""
        self.open(path)
        self.page.get_by_label("User name").fill(username or self.portico.username)
        self.page.get_by_label("Password", exact=True).fill(password or self.portico.password)
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page.get_by_role("button", name="Log in")).to_have_count(0)
        return self.page

    def stopped_by_policy(self) -> list[str]:
        """What the content security policy stopped since the page was loaded."""
        found: list[str] = self.page.evaluate("window.stopped ?? []")
        return found


@pytest.fixture(scope="module")  # not longer: while it is open, no test of this process can run a loop of its own
def chromium() -> Iterator[Browser]:
    """Headless; found or fetched as `./dev test` does."""
    program = stack_browser.require()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def portico(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortico]:
    """Everything, with the console built from the present sources."""
    console.build_if_changed(print)
    with running_portico(tmp_path_factory.mktemp("portico")) as running:
        yield running


@pytest.fixture
def window(portico: RunningPortico, chromium: Browser) -> Iterator[Callable[..., Any]]:
    """`window(color_scheme="dark", …)`: another window, of nobody yet. Page errors fail the test at its end."""
    opened: list[Console] = []

    @contextmanager
    def guarded() -> Iterator[None]:
        yield
        for item in opened:
            item.broken += [f"stopped by policy: {text}" for text in item.stopped_by_policy()]
            item.context.close()
        assert [text for item in opened for text in item.broken] == []

    def open_window(**options: Any) -> Console:
        settings: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
        context = chromium.new_context(**settings)
        context.set_default_timeout(STEP_MILLISECONDS)
        context.add_init_script(WATCH_POLICY)
        page = context.new_page()
        made = Console(portico, context, page)
        page.on("pageerror", lambda error: made.broken.append(f"page error: {error}"))
        page.on("console", lambda said: _note(made, said.type, said.text))
        opened.append(made)
        return made

    with guarded():
        yield open_window


def _note(made: Console, kind: str, text: str) -> None:
    # A refused call is an answer that the console shows; the browser logs it on its own.
    if kind == "error" and not re.match(r"Failed to load resource", text):
        made.broken.append(f"console: {text}")


@pytest.fixture
def admin(window: Callable[..., Console]) -> Console:
    """The demo's administrator, at the overview."""
    made = window()
    made.log_in()
    return made


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which the console's packages bring."""
    return (ROOT / "gateway/web/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
