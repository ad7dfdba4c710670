"""`/v1/schedules`: when jobs start by themselves; edited by operators, effective at once. Mounted by every service."""

from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Path, Response

from common import audit
from common.auth import Operator, Viewer
from common.core import Core
from common.db import Connection, queries_beside
from common.errors import NotFound
from common.etag import IfMatch, set_etag
from common.inside import CoreOf
from common.jobs.firings import check_schedule, next_firings
from common.jobs.ledger import valid_payload
from common.jobs.schedules import decide_due
from common.jobs.schemas import PauseBody, Preview, PreviewBody, Run, Schedule, SchedulePatch
from common.listing import Page
from common.problem import problems

sql = queries_beside(__file__, "endpoints.sql")

router = APIRouter(prefix="/schedules", tags=["schedules"])
ScheduleId = Annotated[UUID, Path()]
MISSING = problems(404)


@router.get("", operation_id="list_schedules", summary="All schedules of the service")
async def list_schedules(core: CoreOf, _: Viewer) -> Page[Schedule]:
    async with core.db.connection() as conn:
        return Page[Schedule](items=await _views(core, conn, await conn.fetch(sql.list_schedules)))


@router.post("/preview", operation_id="preview_schedule", summary="When such a schedule would fire next")
async def preview_schedule(body: PreviewBody, core: CoreOf, _: Viewer) -> Preview:
    check_schedule(body.cron, body.zone)
    return Preview(next=next_firings(body.cron, body.zone, core.clock.now(), body.holidays))


@router.get("/{schedule_id}", operation_id="get_schedule", summary="One schedule", responses=MISSING)
async def get_schedule(schedule_id: ScheduleId, core: CoreOf, _: Viewer, response: Response) -> Schedule:
    async with core.db.connection() as conn:
        return await _answer(core, conn, await conn.fetchrow(sql.find_schedule, schedule_id), response)


@router.patch("/{schedule_id}", operation_id="change_schedule", summary="Change a schedule", responses=MISSING)
async def change_schedule(
    schedule_id: ScheduleId, body: SchedulePatch, seen: IfMatch, core: CoreOf, operator: Operator, response: Response
) -> Schedule:
    async with core.db.transaction() as conn:
        row = _known(await conn.fetchrow(sql.lock_schedule, schedule_id))
        seen.check(row["version"])
        new = dict(row) | body.model_dump(exclude_none=True)
        check_schedule(new["cron"], new["zone"])
        valid_payload(core.ledger.registry.get(row["job"]), new["params"])
        now = core.clock.now()
        await decide_due(conn, core.ledger, schedule_id, now)
        following = next_firings(new["cron"], new["zone"], now, new["holidays"], 1) if new["enabled"] else []
        changed = await conn.fetchrow(
            sql.change_schedule,
            schedule_id,
            new["cron"],
            new["zone"],
            new["params"],
            new["enabled"],
            new["misfire"],
            new["grace_seconds"],
            new["overlap"],
            new["holidays"],
            now,
            following[0] if following else None,
        )
        before = {name: row[name] for name in body.model_fields_set if name != "holidays"}
        after = body.model_dump(mode="json", exclude_unset=True)
        await audit.record(conn, operator, "schedule.changed", f"schedules/{row['name']}", before=before, after=after)
        return await _answer(core, conn, changed, response)


@router.post("/{schedule_id}/pause", operation_id="pause_schedule", summary="Let a schedule rest", responses=MISSING)
async def pause_schedule(
    schedule_id: ScheduleId, body: PauseBody, core: CoreOf, operator: Operator, response: Response
) -> Schedule:
    async with core.db.transaction() as conn:
        row = _known(await conn.fetchrow(sql.pause_schedule, schedule_id, operator.name, body.reason, body.until))
        after = body.model_dump(mode="json")
        await audit.record(conn, operator, "schedule.paused", f"schedules/{row['name']}", after=after)
        return await _answer(core, conn, row, response)


@router.post("/{schedule_id}/resume", operation_id="resume_schedule", summary="End its rest", responses=MISSING)
async def resume_schedule(schedule_id: ScheduleId, core: CoreOf, operator: Operator, response: Response) -> Schedule:
    async with core.db.transaction() as conn:
        row = _known(await conn.fetchrow(sql.pause_schedule, schedule_id, None, None, None))
        await audit.record(conn, operator, "schedule.resumed", f"schedules/{row['name']}")
        return await _answer(core, conn, row, response)


def _known(row: asyncpg.Record | None) -> asyncpg.Record:
    if row is None:
        raise NotFound("There is no such schedule here.", code="unknown_schedule")
    return row


async def _answer(core: Core[Any], conn: Connection, row: asyncpg.Record | None, response: Response) -> Schedule:
    (schedule,) = await _views(core, conn, [_known(row)])
    set_etag(response, schedule.version)
    return schedule


async def _views(core: Core[Any], conn: Connection, rows: list[asyncpg.Record]) -> list[Schedule]:
    last = await conn.fetch(sql.last_runs_of_schedules, [row["id"] for row in rows])
    runs = {row["schedule_id"]: Run.of(core, row) for row in last}
    return [Schedule.of(core, row, runs.get(row["id"])) for row in rows]
