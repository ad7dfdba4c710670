"""What `/v1/runs`, `/v1/jobs`, `/v1/schedules` and `/v1/pause` answer and take. The same in every service."""

from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common.core import Core
from common.identity import Role
from common.jobs.declare import Job, Misfire, Overlap
from common.jobs.firings import next_firings
from common.jobs.outcomes import RecordOutcome, TriggerType
from common.jobs.states import RunState, actions

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
State = Literal["queued", "running", "waiting", "succeeded", "partial", "failed", "cancelled"]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RunTrigger(BaseModel):
    type: TriggerType
    by: str | None
    schedule_id: UUID | None


class Progress(BaseModel):
    done: int | None
    total: int | None
    unit: str
    text: str


class Counts(BaseModel):
    """Records of the run by outcome."""

    ok: int
    warning: int
    problem: int
    skipped: int


class RunError(BaseModel):
    code: str
    detail: str
    params: dict[str, Any]


class RunSeen(BaseModel):
    by: str
    note: str
    at: datetime


class Run(BaseModel):
    """One run of a job; the same in every service."""

    id: UUID
    service: str
    job: str
    title: str
    state: State
    reason_code: str | None
    message: str
    trigger: RunTrigger
    params: dict[str, Any]
    progress: Progress
    attempt: int
    max_attempts: int
    run_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None
    cancel_requested_by: str | None
    result: dict[str, Any] | None
    error: RunError | None
    counts: Counts
    rerun_of: UUID | None
    parent_id: UUID | None
    request_id: str | None
    seen: RunSeen | None
    dry_run: bool
    version: int
    actions: list[Literal["cancel", "retry", "rerun", "see"]]

    @classmethod
    def of(cls, core: Core[Any], row: asyncpg.Record) -> Self:
        return cls.model_validate(run_content(core, row))


OWN_COLUMNS = tuple(
    name
    for name in Run.model_fields
    if name not in {"service", "title", "trigger", "progress", "counts", "seen", "actions"}
)
PROGRESS = tuple((name, f"progress_{name}") for name in Progress.model_fields)
COUNTS = tuple((name, f"{name}_count") for name in Counts.model_fields)
offered = cache(actions)


def run_content(core: Core[Any], row: asyncpg.Record) -> dict[str, Any]:
    """What `Run` says of a row, as plain values: a list of a thousand is written without making a thousand models."""
    job = core.ledger.registry.find(row["job"])
    seen = row["seen_at"]
    content = {name: row[name] for name in OWN_COLUMNS}
    content["service"] = core.service
    content["title"] = job.title if job else row["job"]
    content["trigger"] = {"type": row["trigger_type"], "by": row["trigger_by"], "schedule_id": row["schedule_id"]}
    content["progress"] = {name: row[column] for name, column in PROGRESS}
    content["counts"] = {name: row[column] for name, column in COUNTS}
    content["seen"] = {"by": row["seen_by"], "note": row["seen_note"], "at": seen} if seen else None
    content["actions"] = offered(
        RunState(row["state"]),
        cancel_requested=row["cancel_requested_at"] is not None,
        seen=seen is not None,
        startable=bool(job and job.startable),
    )
    return content


class Attempt(BaseModel):
    attempt: int
    state: str = Field(description="running; how it ended; `lost` when its worker stopped answering.")
    worker: UUID
    started_at: datetime
    finished_at: datetime | None
    error: RunError | None


class EffectView(BaseModel):
    """Something that the run did outside, or may have done."""

    id: UUID
    run_id: UUID
    target: str
    op: str
    key: str
    state: Literal["planned", "confirmed", "absent", "uncertain"]
    evidence: dict[str, Any]
    detail: str
    planned_at: datetime
    settled_at: datetime | None
    resolved_by: str | None
    note: str


class RunRecord(BaseModel):
    key: str
    outcome: RecordOutcome
    reason: str | None
    message: str
    link: str | None
    at: datetime


class LogLine(BaseModel):
    seq: int
    at: datetime
    level: str
    event: str
    message: str
    fields: dict[str, Any]
    attempt: int


class RerunBody(Body):
    params: dict[str, Any] | None = Field(None, description="Instead of the parameters of the run.")


class ResolveBody(Body):
    verdict: Literal["happened", "absent", "check"] = Field(
        description="`check` runs the run again, which looks outside."
    )
    note: str = Field("", max_length=500)


class Pause(BaseModel):
    by: str
    reason: str
    until: datetime | None
    at: datetime | None = None


class PauseBody(Body):
    reason: Reason
    until: datetime | None = Field(None, description="Ends by itself then; null: until somebody resumes.")


class ServicePause(BaseModel):
    pause: Pause | None


class JobView(BaseModel):
    """A job that this service can do."""

    name: str
    title: str
    description: str
    lane: str
    role: Role
    startable: bool
    dry_run: bool
    params_schema: dict[str, Any]
    paused: Pause | None
    last_run: Run | None
    schedule_ids: list[UUID]

    @classmethod
    def of(cls, job: Job, *, paused: Pause | None, last_run: Run | None, schedule_ids: list[UUID]) -> Self:
        declared = {name: getattr(job, name) for name in cls.model_fields if hasattr(job, name)}
        schema = job.payload.model_json_schema()
        return cls(**declared, params_schema=schema, paused=paused, last_run=last_run, schedule_ids=schedule_ids)


class StartBody(Body):
    params: dict[str, Any] = {}
    dry_run: bool = False


class Schedule(BaseModel):
    """When a job is started by itself."""

    id: UUID
    name: str
    job: str
    title: str
    cron: list[str]
    zone: str
    params: dict[str, Any]
    enabled: bool
    misfire: Misfire
    grace_seconds: int
    overlap: Overlap
    holidays: list[date]
    paused: Pause | None
    next: list[datetime]
    last_run: Run | None
    version: int

    @classmethod
    def of(cls, core: Core[Any], row: asyncpg.Record, last_run: Run | None) -> Self:
        now = core.clock.now()
        job = core.ledger.registry.find(row["job"])
        paused = None
        if row["paused_by"] and not (row["paused_until"] and row["paused_until"] <= now):
            paused = Pause(by=row["paused_by"], reason=row["paused_reason"], until=row["paused_until"])
        after = now if paused is None else paused.until
        following = next_firings(row["cron"], row["zone"], after, row["holidays"]) if after and row["enabled"] else []
        return cls(
            **{name: value for name, value in row.items() if name in cls.model_fields},
            title=job.title if job else row["job"],
            paused=paused,
            next=following,
            last_run=last_run,
        )


Cron = Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=20)]


class SchedulePatch(Body):
    cron: Cron | None = None
    zone: Annotated[str, Field(max_length=64)] | None = None
    params: dict[str, Any] | None = None
    enabled: bool | None = None
    misfire: Misfire | None = None
    grace_seconds: Annotated[int, Field(ge=0, le=31 * 86_400)] | None = None
    overlap: Overlap | None = None
    holidays: Annotated[list[date], Field(max_length=1000)] | None = None


class PreviewBody(Body):
    cron: Cron
    zone: str = Field(max_length=64)
    holidays: list[date] = Field([], max_length=1000)


class Preview(BaseModel):
    next: list[datetime]
