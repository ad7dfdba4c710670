"""`/v1/runs` and `/v1/effects`: what ran, what it said, and what a person may do about it. Mounted by every service."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Annotated, Any
from uuid import UUID
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse

from common import audit
from common.auth import Operator, Viewer
from common.core import Core
from common.csv_export import csv_response
from common.db import Connection, queries_beside
from common.errors import Conflict, NotFound
from common.etag import set_etag
from common.filters import Terms, Text
from common.identity import Identity
from common.inside import CoreOf
from common.jobs.effects import settle_effect
from common.jobs.ledger import Ledger, unknown_run
from common.jobs.listed import RunQuery, SeeBody, listing_of
from common.jobs.schemas import (
    Attempt,
    EffectView,
    LogLine,
    RerunBody,
    ResolveBody,
    Run,
    RunRecord,
    run_content,
)
from common.jobs.states import ENDED, RunState
from common.listing import Listing, ListQuery, Page, Sort, page_response
from common.problem import problems
from common.sse import Event, Feed, LastEventId, Live

sql = queries_beside(__file__, "endpoints.sql")

EFFECTS = Listing(sql.effects, {"state": "state"}, sort=Sort("planned_at", datetime), row_id=Sort("id", UUID))
RECORDS = Listing(
    sql.records,
    {"outcome": "outcome", "q": ("key", "message")},
    sort=Sort("key", str),
    row_id=Sort("key", str),
    descending=False,
)
EXPORTED = """
id job state reason_code message trigger_type trigger_by created_at started_at finished_at attempt
ok_count warning_count problem_count skipped_count params
"""
CSV = {name: itemgetter(name) for name in EXPORTED.split()}

router = APIRouter(tags=["runs"])
RunId = Annotated[UUID, Path()]
After = Annotated[int, Query(ge=0, le=2**63 - 1, description="Lines after this `seq`.")]
MISSING = problems(404)
REFUSED = problems(404, 409)


class EffectQuery(ListQuery):
    state: Terms | None = None


class RecordQuery(ListQuery):
    outcome: Terms | None = None
    q: Text = ""


RunsOf = Annotated[RunQuery, Query()]
EffectsOf = Annotated[EffectQuery, Query()]
RecordsOf = Annotated[RecordQuery, Query()]


@router.get("/runs", operation_id="list_runs", summary="Runs, newest first", response_model=Page[Run])
async def list_runs(core: CoreOf, _: Viewer, query: RunsOf) -> Response:
    """`q` looks through the newest five thousand runs; the other filters through all."""
    async with core.db.connection() as conn:
        page: Page[Any] = await listing_of(query).page(conn, query, partial(run_content, core))
    return page_response(page)


@router.get("/runs.csv", operation_id="export_runs", summary="The same list as CSV", response_class=StreamingResponse)
async def export_runs(core: CoreOf, _: Viewer, query: RunsOf) -> StreamingResponse:
    return csv_response(listing_of(query).every(core.db, query), CSV, name=f"{core.service}-runs.csv")


@router.get("/runs/{run_id}", operation_id="get_run", summary="One run", responses=MISSING)
async def get_run(run_id: RunId, core: CoreOf, _: Viewer, response: Response) -> Run:
    run = await find_run(core, run_id)
    set_etag(response, run.version)
    return run


@router.get("/runs/{run_id}/attempts", operation_id="list_attempts", summary="Attempts of a run", responses=MISSING)
async def list_attempts(run_id: RunId, core: CoreOf, _: Viewer) -> Page[Attempt]:
    await find_run(core, run_id)
    async with core.db.connection() as conn:
        return Page[Attempt](items=[Attempt(**row) for row in await conn.fetch(sql.list_attempts, run_id)])


@router.get("/runs/{run_id}/effects", operation_id="list_effects", summary="What a run did outside", responses=MISSING)
async def list_effects(
    run_id: RunId, core: CoreOf, _: Viewer, query: Annotated[EffectQuery, Query()]
) -> Page[EffectView]:
    await find_run(core, run_id)
    async with core.db.connection() as conn:
        return await EFFECTS.page(conn, query, lambda row: EffectView(**row), within={"run_id": run_id})


@router.get("/runs/{run_id}/records", operation_id="list_records", summary="What a run looked at", responses=MISSING)
async def list_records(
    run_id: RunId, core: CoreOf, _: Viewer, query: Annotated[RecordQuery, Query()]
) -> Page[RunRecord]:
    await find_run(core, run_id)
    async with core.db.connection() as conn:
        return await RECORDS.page(conn, query, lambda row: RunRecord(**row), within={"run_id": run_id})


@router.get("/runs/{run_id}/log", operation_id="list_log", summary="Log lines of a run", responses=MISSING)
async def list_log(
    run_id: RunId,
    core: CoreOf,
    _: Viewer,
    after: After = 0,
    level: Annotated[str | None, Query(max_length=100, description="Levels, separated by commas.")] = None,
    q: Annotated[Text, Query()] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Page[LogLine]:
    await find_run(core, run_id)
    levels = [word.strip() for word in level.split(",")] if level else None
    async with core.db.connection() as conn:
        rows = await conn.fetch(sql.log_lines, run_id, after, levels, q, limit + 1)
    following = str(rows[limit - 1]["seq"]) if len(rows) > limit else None
    return Page[LogLine](items=[LogLine(**row) for row in rows[:limit]], next=following)


@router.get(
    "/runs/{run_id}/log/stream",
    operation_id="stream_log",
    summary="Log lines as they come; the event `ended` closes the stream",
    response_class=StreamingResponse,
    responses=MISSING,
)
async def stream_log(
    run_id: RunId, core: CoreOf, live: Live, last: LastEventId, _: Viewer, after: After = 0
) -> StreamingResponse:
    await find_run(core, run_id)
    return live.response(LOG, key=str(run_id), after=max(last, after))


@router.get(
    "/runs/{run_id}/events",
    operation_id="stream_run",
    summary="The run at each change, until it has ended",
    response_class=StreamingResponse,
    responses=MISSING,
)
async def stream_run(run_id: RunId, core: CoreOf, live: Live, last: LastEventId, _: Viewer) -> StreamingResponse:
    await find_run(core, run_id)
    return live.response(feed_of_runs(core), key=str(run_id), after=last)


@router.post("/runs/{run_id}/cancel", operation_id="cancel_run", summary="Stop it", status_code=202, responses=REFUSED)
async def cancel_run(run_id: RunId, core: CoreOf, operator: Operator, response: Response) -> Run:
    await _change(core, "cancel", run_id, operator)
    return await accepted(core, run_id, response)


@router.post(
    "/runs/{run_id}/retry",
    operation_id="retry_run",
    summary="The same once more",
    status_code=202,
    responses=REFUSED,
)
async def retry_run(run_id: RunId, core: CoreOf, operator: Operator, response: Response) -> Run:
    await _change(core, "retry", run_id, operator)
    return await accepted(core, run_id, response)


@router.post(
    "/runs/{run_id}/rerun",
    operation_id="rerun_run",
    summary="A new run like it",
    status_code=202,
    responses=REFUSED,
)
async def rerun_run(run_id: RunId, body: RerunBody, core: CoreOf, operator: Operator, response: Response) -> Run:
    async with core.db.transaction() as conn:
        new = await core.ledger.rerun(conn, run_id, operator.name, body.params)
        await audit.record(conn, operator, "run.rerun", f"runs/{run_id}", after={"run_id": str(new.id)})
    return await accepted(core, new.id, response)


@router.post("/runs/{run_id}/see", operation_id="see_run", summary="Somebody has looked at it", responses=MISSING)
async def see_run(run_id: RunId, body: SeeBody, core: CoreOf, operator: Operator) -> Run:
    async with core.db.transaction() as conn:
        await core.ledger.see(conn, run_id, operator.name, body.note)
        await audit.record(conn, operator, "run.seen", f"runs/{run_id}", after={"note": body.note})
    return await find_run(core, run_id)


@router.delete("/runs/{run_id}/see", operation_id="unsee_run", summary="Back to attention", responses=MISSING)
async def unsee_run(run_id: RunId, core: CoreOf, operator: Operator) -> Run:
    async with core.db.transaction() as conn:
        await core.ledger.unsee(conn, run_id)
        await audit.record(conn, operator, "run.unseen", f"runs/{run_id}")
    return await find_run(core, run_id)


@router.post(
    "/effects/{effect_id}/resolve",
    operation_id="resolve_effect",
    summary="Say whether a doubtful effect happened, or have it checked again",
    responses=REFUSED,
)
async def resolve_effect(
    effect_id: Annotated[UUID, Path()], body: ResolveBody, core: CoreOf, operator: Operator
) -> EffectView:
    if core.settles_own_effects:
        raise Conflict("This doubt is settled at the thing that it is about.", code="settled_elsewhere")
    async with core.db.transaction() as conn:
        effect = await conn.fetchrow(sql.lock_effect, effect_id)
        if effect is None:
            raise NotFound("There is no such effect here.", code="unknown_effect")
        if effect["state"] != "uncertain":
            raise Conflict("This effect is not in doubt.", code="not_uncertain", params={"state": effect["state"]})
        if body.verdict == "check":
            await core.ledger.retry(conn, effect["run_id"], operator.name)
        else:
            state = "confirmed" if body.verdict == "happened" else "absent"
            await settle_effect(conn, effect_id, state, by=operator.name)
        rows = await conn.fetch(sql.note_effect, effect_id, body.note, operator.name)
        await audit.record(conn, operator, "effect.resolved", f"effects/{effect_id}", after=body.model_dump())
    return EffectView(**rows[0])


async def find_run(core: Core[Any], run_id: UUID) -> Run:
    """The run as the API shows it.

    Raises:
        NotFound: `unknown_run`.
    """
    async with core.db.connection() as conn:
        row = await conn.fetchrow(sql.find_run, run_id)
    if row is None:
        raise unknown_run(run_id)
    return Run.of(core, row)


async def accepted(core: Core[Any], run_id: UUID, response: Response) -> Run:
    """The body and headers of a 202."""
    response.headers["Location"] = f"/v1/runs/{run_id}"
    return await find_run(core, run_id)


async def _change(core: Core[Any], action: str, run_id: UUID, operator: Identity) -> None:
    async with core.db.transaction() as conn:
        if action == "cancel":
            await core.ledger.cancel(conn, run_id, operator.name)
        else:
            await core.ledger.retry(conn, run_id, operator.name)
        await audit.record(conn, operator, f"run.{action}", f"runs/{run_id}")


async def _new_lines(conn: Connection, wanted: Mapping[str, int]) -> Sequence[Event]:
    rows = await conn.fetch(sql.new_log_lines, [UUID(key) for key in wanted], list(wanted.values()))
    events = []
    for row in rows:
        key = str(row["run_id"])
        if row["ended"]:
            events.append(Event(key, wanted[key] + 1, {}, name="ended", last=True))
        else:
            events.append(Event(key, row["seq"], LogLine(**row).model_dump(mode="json"), name="line"))
    return events


LOG = Feed("log", _new_lines)
_FEEDS: WeakKeyDictionary[Ledger, Feed] = WeakKeyDictionary()


def feed_of_runs(core: Core[Any]) -> Feed:
    """The one feed of a process's runs."""

    async def changed(conn: Connection, wanted: Mapping[str, int]) -> Sequence[Event]:
        rows = await conn.fetch(sql.changed_runs, [UUID(key) for key in wanted], list(wanted.values()))
        runs = [Run.of(core, row) for row in rows]
        return [
            Event(str(run.id), run.version, run.model_dump(mode="json"), name="run", last=RunState(run.state) in ENDED)
            for run in runs
        ]

    return _FEEDS.setdefault(core.ledger, Feed("runs", changed))
