"""Every address: no axe finding in light and dark, no sideways scroll at 320 px, nothing stopped by the policy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ROUTES = [
    "/",
    "/runs",
    "/schedules",
    "/jobs",
    "/invoices",
    "/invoices/sessions",
    "/invoices/files",
    "/invoices/archive",
    "/invoices/categories",
    "/invoices/statistics",
    "/connections",
    "/mail",
    "/mail/templates",
    "/audit",
    "/settings/account",
    "/settings/users",
    "/settings/keys",
    "/settings/options/invoices",
    "/settings/pause",
    "/kiosk",
]


def settled(page: Page) -> None:
    """The screen has its data: no skeleton is left."""
    expect(page.locator(".screen").first).to_be_visible()
    expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)


def findings(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    result: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, { runOnly: { type: 'tag', values: tags } })", TAGS
    )
    return [
        f"{page.url}: {found['id']}: {node['target']} {node.get('failureSummary', '')}"
        for found in result["violations"]
        for node in found["nodes"]
    ]


def deep_routes(made: Console) -> list[str]:
    """A run with each of its tabs, and a file and a day when there are some."""
    api = made.portico.api
    runs = api.get("/api/runs", params={"hide_idle": "false", "limit": 1}).json()["items"]
    files = api.get("/api/invoices/v1/files").json()["items"]
    days = api.get("/api/invoices/v1/sessions").json()["items"]
    found = [
        f"/runs/invoices/{run['id']}?tab={tab}" for run in runs for tab in ("story", "log", "records", "parameters")
    ]
    found += [f"/runs?idle=1&open=invoices/{run['id']}" for run in runs]
    found += [f"/invoices/files/{file['id']}" for file in files[:1]]
    return found + [f"/invoices/sessions/{day['business_date']}" for day in days[:1]]


@pytest.fixture(scope="module")
def lived_in(portico: Any) -> None:
    """A file was imported, so that no screen is empty."""
    portico.outside.post("/_sandbox/drop", json={"kind": "day"}).raise_for_status()
    portico.api.post("/api/invoices/v1/jobs/imports.pick_up/runs", json={"params": {}}).raise_for_status()


@pytest.mark.usefixtures("lived_in")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(window: Callable[..., Console], axe: str, scheme: str):
    made = window(color_scheme=scheme)
    page = made.open("/login")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    found = findings(page, axe)
    made.log_in()
    for route in [*ROUTES, *deep_routes(made)]:
        made.open(route)
        settled(page)
        found += findings(page, axe)
    assert found == []


@pytest.mark.usefixtures("lived_in")
def test_nothing_scrolls_sideways_at_320_pixels(window: Callable[..., Console]):
    made = window(viewport={"width": 320, "height": 640})
    page = made.log_in()
    wide = []
    for route in [*ROUTES, *deep_routes(made)]:
        made.open(route)
        settled(page)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wide.append(f"{route}: {over} px too wide")
    assert wide == []


@pytest.mark.usefixtures("lived_in")
def test_no_widget_is_stopped_by_the_policy(admin: Console):
    """Menus, dialogs, drawers, the palette, forms of every kind: each opened once under the strict policy."""
    page = admin.page
    opened = 0

    def press(route: str, *names: str) -> None:
        nonlocal opened
        for name in names:
            admin.open(route)
            settled(page)
            page.locator(".topbar, #main").get_by_role("button", name=re.compile(name)).first.click()
            page.wait_for_timeout(400)
            assert admin.stopped_by_policy() == []
            opened += 1

    press("/", "Time zone of all times shown", "Account of admin", "Search everything")
    press("/runs", "^State", "^Job", "^Started by", "^When", "^Columns")
    press("/schedules", "^Edit", "^Pause$")
    press("/jobs", "^Run now", "^Pause$")
    press("/invoices", "Manual upload")
    press("/settings/users", "Add a user")
    press("/settings/keys", "Make a key")
    press("/settings/pause", "^Pause$")
    admin.open("/settings/users")
    page.get_by_role("region", name="Users").locator("tbody .text-button").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_timeout(300)
    assert admin.stopped_by_policy() == []
    admin.open("/settings/options/invoices")
    settled(page)
    page.locator('[data-options="site"] .mantine-MultiSelect-input').click()
    page.wait_for_timeout(300)
    assert admin.stopped_by_policy() == []
    assert opened > 10


def test_the_documentation_of_the_interface_opens_under_the_policy(admin: Console):
    page = admin.page
    page.goto(admin.portico.url + "/api/docs")
    expect(page.get_by_text("/api/auth/login").first).to_be_visible(timeout=30_000)


def test_the_language_is_changed_for_good(admin: Console):
    page = admin.page
    page.get_by_role("button", name="Account of admin").click()
    page.get_by_role("menuitemradio", name="italiano").click()
    expect(page.get_by_role("heading", name="Panoramica")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Panoramica")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "it")
