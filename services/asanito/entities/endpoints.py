"""Records over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from common.auth import Admin, Operator, Viewer
from common.csv_export import csv_response
from common.identity import Identity
from common.inside import CoreOf
from common.jobs.effects import effects_of
from common.jobs.endpoints import accepted
from common.jobs.schemas import EffectView, Run
from common.listing import Page
from common.problem import problems
from services.asanito.entities.repository import ENTITIES, EntityRepository
from services.asanito.entities.rules import Action
from services.asanito.entities.schemas import (
    Bind,
    Difference,
    KindCount,
    Preview,
    ReasonCount,
    RecordDetail,
    RecordQuery,
    RecordStats,
    RecordWarning,
    SyncRecord,
    Why,
)
from services.asanito.inside import ResourcesOf
from services.asanito.source.rules import Kind
from services.asanito.sync.rules import TARGET, NotSent, State

router = APIRouter(tags=["records"])
REFUSED = problems(404, 409)
COLUMNS = {
    name: (lambda row, name=name: row[name])
    for name in (
        "kind",
        "key",
        "state",
        "reason_code",
        "message",
        "label",
        "idd",
        "asanito_id",
        "attempts",
        "updated_at",
    )
}


def may_read_names(who: Identity) -> bool:
    """Whether names are shown to this caller as they are."""
    return who.may("operator")


@router.get("/entities", operation_id="list_entities", summary="Records of all kinds, the last changed first")
async def list_entities(core: CoreOf, who: Viewer, query: Annotated[RecordQuery, Query()]) -> Page[SyncRecord]:
    clear = may_read_names(who)
    async with core.db.connection() as conn:
        return await ENTITIES.page(conn, query, lambda row: SyncRecord.of(row, clear=clear))


@router.get(
    "/entities.csv",
    operation_id="export_entities",
    summary="Records as CSV",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def export_entities(core: CoreOf, _: Operator, query: Annotated[RecordQuery, Query()]) -> StreamingResponse:
    return csv_response(ENTITIES.every(core.db, query), COLUMNS, name="records.csv")


@router.get("/entities/stats", operation_id="get_entity_stats", summary="How many records are in which state, by kind")
async def get_entity_stats(core: CoreOf, resources: ResourcesOf, _: Viewer) -> RecordStats:
    starts = await resources.entities.starts()
    async with core.db.connection() as conn:
        rows = await EntityRepository(conn).stats(starts)
    kinds = []
    for kind in Kind:
        own = [row for row in rows if row["kind"] == kind]
        states = {state: sum(row["count"] for row in own if row["state"] == state) for state in State}
        reasons = [
            ReasonCount(state=row["state"], reason_code=row["reason_code"], count=row["count"])
            for row in sorted(own, key=lambda row: -row["count"])
            if row["reason_code"]
        ]
        kinds.append(
            KindCount(
                kind=kind,
                total=sum(states.values()),
                **{state.value: count for state, count in states.items()},
                warned=sum(row["warned"] for row in own),
                before_start=sum(row["before_start"] for row in own),
                reasons=reasons,
            )
        )
    return RecordStats(kinds=kinds)


@router.get(
    "/entities/{kind}/{key}",
    operation_id="get_entity",
    summary="One record with all that is known",
    responses=problems(404),
)
async def get_entity(kind: Kind, key: UUID, core: CoreOf, who: Viewer) -> RecordDetail:
    clear = may_read_names(who)
    async with core.db.connection() as conn:
        repository = EntityRepository(conn)
        row = await repository.get_row(kind, key)
        detail = await repository.detail(row["id"], kind)
        versions = await repository.versions(key) if kind is Kind.PERSON else []
        effects = await effects_of(conn, target=TARGET, key=f"{kind}:{key}")
    return RecordDetail(
        **SyncRecord.of(row, clear=clear).model_dump(),
        source=detail["row"] if clear else None,
        read_at=detail["read_at"],
        versions=versions,
        origin=detail["origin"],
        steps=detail["steps"] or {},
        bound_at=detail["bound_at"],
        synced_at=detail["synced_at"],
        last_sent=detail["synced_payload"] if clear else None,
        effects=[EffectView(**effect) for effect in effects],
    )


@router.get(
    "/entities/{kind}/{key}/preview",
    operation_id="preview_entity",
    summary="What would be sent for a record now; nothing is changed",
    responses=problems(404, 502),
)
async def preview_entity(kind: Kind, key: UUID, core: CoreOf, resources: ResourcesOf, _: Operator) -> Preview:
    async with core.db.connection() as conn:
        await EntityRepository(conn).find_id(kind, key)
    try:
        entity, plan = await resources.sync.preview(resources.senders[kind], key)
    except NotSent as error:
        verdict = error.verdict
        return Preview(
            op="not_sent",
            payload=None,
            differences=[],
            warnings=[],
            state=verdict.state,
            reason_code=verdict.reason,
            message=verdict.message,
        )
    before, after = entity.synced_payload or {}, plan.payload
    names = [*after, *(name for name in before if name not in after)]
    return Preview(
        op=plan.op,
        payload=plan.payload,
        differences=[
            Difference(field=name, before=before.get(name), after=after.get(name))
            for name in names
            if before.get(name) != after.get(name)
        ],
        warnings=[
            RecordWarning(code=item.code, message=item.message, params=item.params, retry=item.retry)
            for item in plan.warnings
        ],
    )


async def decided(
    resources: ResourcesOf, core: CoreOf, kind: Kind, key: UUID, action: Action, who: Identity, note: str
) -> SyncRecord:
    """Carry a decision out, and give the record as it is then."""
    await resources.entities.decide(kind, key, action, who, note)
    return await shown(core, kind, key)


async def shown(core: CoreOf, kind: Kind, key: UUID) -> SyncRecord:
    async with core.db.connection() as conn:
        return SyncRecord.of(await EntityRepository(conn).get_row(kind, key), clear=True)


@router.post(
    "/entities/{kind}/{key}/retry", operation_id="retry_entity", summary="Send it with the next run", responses=REFUSED
)
async def retry_entity(
    kind: Kind, key: UUID, core: CoreOf, resources: ResourcesOf, who: Operator, why: Why
) -> SyncRecord:
    return await decided(resources, core, kind, key, Action.RETRY, who, why.note)


@router.post("/entities/{kind}/{key}/ignore", operation_id="ignore_entity", summary="Never send it", responses=REFUSED)
async def ignore_entity(
    kind: Kind, key: UUID, core: CoreOf, resources: ResourcesOf, who: Operator, why: Why
) -> SyncRecord:
    return await decided(resources, core, kind, key, Action.IGNORE, who, why.note)


@router.post(
    "/entities/{kind}/{key}/unignore", operation_id="unignore_entity", summary="Send it after all", responses=REFUSED
)
async def unignore_entity(
    kind: Kind, key: UUID, core: CoreOf, resources: ResourcesOf, who: Operator, why: Why
) -> SyncRecord:
    return await decided(resources, core, kind, key, Action.UNIGNORE, who, why.note)


@router.post(
    "/entities/{kind}/{key}/mark-distinct",
    operation_id="mark_entity_distinct",
    summary="It is nobody's duplicate, for ever",
    responses=REFUSED,
)
async def mark_entity_distinct(
    kind: Kind, key: UUID, core: CoreOf, resources: ResourcesOf, who: Operator, why: Why
) -> SyncRecord:
    return await decided(resources, core, kind, key, Action.MARK_DISTINCT, who, why.note)


@router.post(
    "/entities/{kind}/{key}/confirm-absent",
    operation_id="confirm_entity_absent",
    summary="It is not in Asanito: create it with the next run",
    responses=REFUSED,
)
async def confirm_entity_absent(
    kind: Kind, key: UUID, core: CoreOf, resources: ResourcesOf, who: Admin, why: Why
) -> SyncRecord:
    return await decided(resources, core, kind, key, Action.CONFIRM_ABSENT, who, why.note)


@router.post(
    "/entities/{kind}/{key}/bind", operation_id="bind_entity", summary="It is this one in Asanito", responses=REFUSED
)
async def bind_entity(
    kind: Kind, key: UUID, core: CoreOf, resources: ResourcesOf, who: Admin, body: Bind
) -> SyncRecord:
    await resources.entities.bind(kind, key, body.asanito_id, who, body.note)
    return await shown(core, kind, key)


@router.post(
    "/entities/{kind}/{key}/check",
    operation_id="check_entity",
    summary="Ask Asanito again what became of it",
    status_code=202,
    responses=REFUSED,
)
async def check_entity(
    kind: Kind, key: UUID, core: CoreOf, resources: ResourcesOf, who: Operator, response: Response
) -> Run:
    started = await resources.entities.check_now(kind, key, who)
    return await accepted(core, started.id, response)
