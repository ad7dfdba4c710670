"""Everybody is told the zone of a service's site, from the one place where an administrator sets it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from gateway.overview import zones
from tests.gateway.backend import Backend
from tests.gateway.running import serving

if TYPE_CHECKING:
    from tests.gateway.conftest import Running, Start
    from tests.gateway.running import Browser

SITE = "/v1/options/site"


def topic(zone: Any) -> dict[str, Any]:
    return {"name": "site", "version": 3, "value": {"zone": zone, "window_end": "20:00:00"}}


async def told(browser: Browser) -> dict[str, Any]:
    return {service["name"]: service["zone"] for service in (await browser.get("/api/services")).json()}


async def test_a_viewer_is_told_the_zone_that_the_options_say(running: Running) -> None:
    running.backend.answers[SITE] = topic("Asia/Tehran")
    browser = await running.signed_in("ada", roles={"invoices": "viewer"})
    assert await told(browser) == {"invoices": "Asia/Tehran"}
    # The options themselves stay what administrators alone may read: the gateway asked under its own name.
    (asked,) = running.backend.seen
    identity = running.verifier.verify(dict(asked["headers"])["x-portico-identity"])
    assert (asked["method"], asked["path"], identity.kind, identity.name) == ("GET", SITE, "system", "Portico")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", 7, None])
async def test_what_is_no_zone_is_not_passed_on(start: Start, zone: Any) -> None:
    running = await start()
    running.backend.answers[SITE] = topic(zone)
    browser = await running.signed_in("ada", roles={"invoices": "viewer"})
    assert await told(browser) == {"invoices": None}


async def test_a_changed_zone_is_told_within_seconds(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    running = await start()
    running.backend.answers[SITE] = topic("Europe/Rome")
    browser = await running.signed_in("ada", roles={"invoices": "viewer"})
    assert await told(browser) == {"invoices": "Europe/Rome"}
    running.backend.answers[SITE] = topic("Asia/Tehran")
    assert await told(browser) == {"invoices": "Europe/Rome"}
    monkeypatch.setattr(zones, "BELIEVED_SECONDS", 0)
    assert await told(browser) == {"invoices": "Asia/Tehran"}
    # Away: the last known holds, and the list is there all the same.
    running.backend.stuck.add(SITE)
    assert await told(browser) == {"invoices": "Asia/Tehran"}


async def test_a_silent_service_does_not_hold_up_the_list(start: Start) -> None:
    one, silent = Backend(), Backend()
    one.answers[SITE] = topic("Europe/Madrid")
    silent.stuck.add(SITE)
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(serving(backend)) for backend in (one, silent)]
        running = await start(upstreams={"one": urls[0], "two": urls[1]})
        browser = await running.signed_in("ada", roles={"one": "viewer", "two": "viewer"})
        began = monotonic()
        assert await told(browser) == {"one": "Europe/Madrid", "two": None}
        assert monotonic() - began < zones.DEADLINE_SECONDS + 1
        began = monotonic()
        await told(browser)
        assert monotonic() - began < zones.DEADLINE_SECONDS / 2
