"""`/v1/jobs` and `/v1/pause`: what the service can do, starting it, and stopping everything for a while."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from common import audit
from common.auth import Operator, Viewer
from common.core import Core
from common.db import Connection, queries_beside
from common.errors import Conflict, Forbidden
from common.identity import Identity
from common.inside import CoreOf
from common.jobs.endpoints import accepted
from common.jobs.outcomes import Trigger
from common.jobs.schemas import JobView, Pause, PauseBody, Run, ServicePause, StartBody
from common.listing import Page
from common.problem import problems

sql = queries_beside(__file__, "endpoints.sql")

WHOLE_SERVICE = "*"

router = APIRouter(tags=["jobs"])
Name = Annotated[str, Path(max_length=100)]


@router.get("/jobs", operation_id="list_jobs", summary="What this service can do")
async def list_jobs(core: CoreOf, _: Viewer) -> Page[JobView]:
    jobs = list(core.ledger.registry)
    async with core.db.connection() as conn:
        pauses = await _pauses(core, conn)
        last = {row["job"]: Run.of(core, row) for row in await conn.fetch(sql.last_runs, [job.name for job in jobs])}
        schedules = await conn.fetch(sql.schedule_ids)
    return Page[JobView](
        items=[
            JobView.of(
                job,
                paused=pauses.get(job.name),
                last_run=last.get(job.name),
                schedule_ids=[row["id"] for row in schedules if row["job"] == job.name],
            )
            for job in jobs
        ]
    )


@router.post(
    "/jobs/{name}/runs",
    operation_id="start_job",
    summary="Start a job now",
    status_code=202,
    responses=problems(404, 409),
)
async def start_job(name: Name, body: StartBody, core: CoreOf, operator: Operator, response: Response) -> Run:
    job = core.ledger.registry.get(name)
    if not job.startable:
        raise Conflict("This job is started by its own feature, not by hand.", code="not_startable")
    if not operator.may(job.role):
        raise Forbidden(f"{job.title} needs the role {job.role}.", params={"needed": job.role, "role": operator.role})
    trigger = Trigger("manual" if operator.kind == "user" else "api", operator.name)
    async with core.db.transaction() as conn:
        new = await core.ledger.enqueue(conn, name, body.params, trigger=trigger, dry_run=body.dry_run)
        if new.created:
            await audit.record(
                conn, operator, "job.started", f"jobs/{name}", after={"run_id": str(new.id)} | body.model_dump()
            )
    return await accepted(core, new.id, response)


@router.post("/jobs/{name}/pause", operation_id="pause_job", summary="Start no run of a job", responses=problems(404))
async def pause_job(name: Name, body: PauseBody, core: CoreOf, operator: Operator) -> Pause:
    core.ledger.registry.get(name)
    return await _pause(core, name, body, operator)


@router.post(
    "/jobs/{name}/resume", operation_id="resume_job", summary="End the pause of a job", responses=problems(404)
)
async def resume_job(name: Name, core: CoreOf, operator: Operator) -> ServicePause:
    core.ledger.registry.get(name)
    return await _resume(core, name, operator)


@router.get("/pause", operation_id="get_pause", summary="Whether the service is paused")
async def get_pause(core: CoreOf, _: Viewer) -> ServicePause:
    async with core.db.connection() as conn:
        return ServicePause(pause=(await _pauses(core, conn)).get(WHOLE_SERVICE))


@router.put("/pause", operation_id="pause_service", summary="Start nothing new in this service")
async def pause_service(body: PauseBody, core: CoreOf, operator: Operator) -> ServicePause:
    return ServicePause(pause=await _pause(core, WHOLE_SERVICE, body, operator))


@router.delete("/pause", operation_id="resume_service", summary="End the pause of the service")
async def resume_service(core: CoreOf, operator: Operator) -> ServicePause:
    return await _resume(core, WHOLE_SERVICE, operator)


async def _pauses(core: Core[Any], conn: Connection) -> dict[str, Pause]:
    rows = await conn.fetch(sql.list_pauses, core.clock.now())
    return {row["scope"]: Pause(by=row["by"], reason=row["reason"], until=row["until"], at=row["at"]) for row in rows}


async def _pause(core: Core[Any], scope: str, body: PauseBody, operator: Identity) -> Pause:
    async with core.db.transaction() as conn:
        await core.ledger.pause(conn, scope, by=operator.name, reason=body.reason, until=body.until)
        await audit.record(conn, operator, "pause.set", f"pause/{scope}", after=body.model_dump(mode="json"))
    return Pause(by=operator.name, reason=body.reason, until=body.until, at=core.clock.now())


async def _resume(core: Core[Any], scope: str, operator: Identity) -> ServicePause:
    async with core.db.transaction() as conn:
        if await core.ledger.resume(conn, scope):
            await audit.record(conn, operator, "pause.ended", f"pause/{scope}")
    return ServicePause(pause=None)
