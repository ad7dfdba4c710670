"""The cycle's schedule: an edit holds for workers that run already, in Tehran's hours and days, missed slots once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from common.jobs.schedules import fire_due
from services.asanito.cycle.jobs import ZONE
from services.asanito.main import SERVICE
from tests.support.api import client
from tests.support.asanito_site import COMPONENTS, open_site
from tests.support.jobs import working

pytestmark = [pytest.mark.servers, pytest.mark.timeout(60)]

TEHRAN = ZoneInfo(ZONE)
SATURDAY, SUNDAY = 5, 6  # of datetime; in cron Saturday is 6 and Sunday 0


async def edit(operator, **change) -> dict:
    """Changes the cycle's schedule as an operator does; it as it is then."""
    items = (await operator.get("/v1/schedules")).json()["items"]
    (cycle,) = [one for one in items if one["name"] == "cycle"]
    seen = {"If-Match": (await operator.get(f"/v1/schedules/{cycle['id']}")).headers["etag"]}
    answer = await operator.patch(f"/v1/schedules/{cycle['id']}", json=change, headers=seen)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_edit_holds_for_a_worker_that_runs_already(make_database, outside, source):
    """It is nearly two o'clock of a Saturday in Tehran; the worker was started under the schedule of before."""
    now = datetime.now(TEHRAN)
    saturday = now + timedelta(days=1 + (SATURDAY - now.weekday() - 1) % 7)
    two = saturday.replace(hour=2, minute=0, second=0, microsecond=0)
    shift = int((two - timedelta(seconds=4) - now).total_seconds())
    made = make_database(*COMPONENTS)
    async with (
        open_site(made, outside, source_url=source.reader, clock_shift_seconds=shift) as site,
        site.api() as app,
        client(app, "operator") as operator,
        working(SERVICE, site.core, site.resources),
    ):
        await operator.get("/v1/jobs")
        assert await site.rows("SELECT FROM workers"), "the worker is there before the edit"
        cycle = await edit(operator, cron=["0 2 * * 6"], enabled=True)
        fires_at = datetime.fromisoformat(cycle["next"][0])
        assert fires_at == two
        assert fires_at.astimezone(UTC).strftime("%A %H:%M") == "Friday 22:30"
        async with asyncio.timeout(20):
            look = "SELECT trigger_type FROM runs WHERE job = 'cycle'"
            while not (runs := await site.rows(look)):  # noqa: ASYNC110 - the worker fires it
                await asyncio.sleep(0.1)
        assert site.core.clock.now() >= two
    assert [run["trigger_type"] for run in runs] == ["schedule"]


async def test_days_of_the_week_are_tehrans(site, operator):
    preview = {"cron": ["0 2 * * 6,0"], "zone": ZONE}
    found = (await operator.post("/v1/schedules/preview", json=preview)).json()["next"]
    firings = [datetime.fromisoformat(one).astimezone(TEHRAN) for one in found]
    assert len(firings) > 2
    assert {one.strftime("%H:%M") for one in firings} == {"02:00"}
    assert {one.weekday() for one in firings} == {SATURDAY, SUNDAY}


async def test_after_days_without_a_worker_the_cycle_runs_once(site, operator):
    await edit(operator, enabled=True)
    (row,) = await site.rows("SELECT next_at FROM schedules WHERE name = 'cycle'")
    back = row["next_at"] + timedelta(days=1, minutes=20)
    for minutes in (0, 1, 2):
        await fire_due(site.core.db, site.core.ledger, back + timedelta(minutes=minutes))
    assert len(await site.rows("SELECT FROM runs WHERE job = 'cycle'")) == 1
    slots = await site.rows(
        "SELECT decision FROM schedule_slots JOIN schedules ON schedules.id = schedule_id "
        "WHERE name = 'cycle' ORDER BY slot_at"
    )
    assert [slot["decision"] for slot in slots] == ["missed", "fired"]
    assert row["next_at"].astimezone(TEHRAN).strftime("%H:%M") == "01:30"
