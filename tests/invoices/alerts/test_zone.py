"""The site's zone is kept in one place, the option: schedules follow it, the session tells it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from common.app import create_service_app
from common.jobs import Trigger
from services.invoices.main import SERVICE
from services.invoices.options import SiteOptions
from tests.support.api import client, serving

if TYPE_CHECKING:
    import asyncpg

    from tests.support.inbox_site import InboxSite

TEHRAN = "Asia/Tehran"


async def schedule_of(site: InboxSite, name: str = "imports.pick_up") -> asyncpg.Record:
    return await site.fetchrow("SELECT * FROM schedules WHERE name = $1", name)


async def tidy(site: InboxSite) -> asyncpg.Record:
    """The minute's run, as the schedule would start it."""
    async with site.core.db.transaction() as conn:
        run = await site.core.ledger.enqueue(conn, "sessions.tidy", {}, trigger=Trigger("system", "test"))
    await site.work()
    return await site.fetchrow("SELECT * FROM runs WHERE id = $1", run.id)


async def test_the_looks_follow_the_zone_of_the_site(inbox_site: InboxSite) -> None:
    inbox_site.clock.at = datetime.now(UTC)
    assert (await tidy(inbox_site))["reason_code"] == "nothing_to_do"
    await inbox_site.put_options(SiteOptions, zone=TEHRAN)
    run = await tidy(inbox_site)
    assert "imports.pick_up" in run["message"]
    schedule = await schedule_of(inbox_site)
    local = schedule["next_at"].astimezone(ZoneInfo(TEHRAN))
    assert (schedule["zone"], local.minute % 30, 8 <= local.hour <= 20) == (TEHRAN, 0, True)
    entry = await inbox_site.fetchrow("SELECT actor, actor_kind, action, target, after FROM audit_entries")
    assert tuple(entry) == ("Portico", "system", "schedule.changed", "schedules/imports.pick_up", {"zone": TEHRAN})
    assert (await tidy(inbox_site))["reason_code"] == "nothing_to_do"


async def test_a_schedule_that_somebody_moved_elsewhere_comes_back(inbox_site: InboxSite) -> None:
    async with inbox_site.core.db.connection() as conn:
        await conn.execute("UPDATE schedules SET zone = 'UTC' WHERE name = 'imports.pick_up'")
    await tidy(inbox_site)
    assert (await schedule_of(inbox_site))["zone"] == "Europe/Rome"


async def test_other_schedules_keep_their_own_zone(inbox_site: InboxSite) -> None:
    await inbox_site.put_options(SiteOptions, zone=TEHRAN)
    await tidy(inbox_site)
    assert (await schedule_of(inbox_site, "sessions.tidy"))["zone"] == "UTC"


async def test_the_session_tells_the_zone_to_everybody_who_may_see_it(inbox_site: InboxSite) -> None:
    async with serving(create_service_app(SERVICE, inbox_site.settings)) as app, client(app, "viewer") as viewer:
        assert (await viewer.get("/v1/session")).json()["zone"] == "Europe/Rome"
        await inbox_site.put_options(SiteOptions, zone=TEHRAN)
        assert (await viewer.get("/v1/session")).json()["zone"] == TEHRAN
