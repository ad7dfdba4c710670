"""A service of notes: one endpoint of each kind that the HTTP shell has something to do with."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, File, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from common import audit
from common.attention import AttentionItem
from common.auth import Admin, Operator, Viewer
from common.connections import ConnectionCheck, Steps
from common.core import Core, ServiceDefinition
from common.csv_export import csv_response
from common.errors import Conflict, NotFound, Permanent, Transient
from common.etag import IfMatch, set_etag
from common.filters import Among, Days, Instants, Terms, Text
from common.idempotency import withhold_answer
from common.inside import CoreOf, resources_of
from common.listing import Listing, ListQuery, Page, Sort
from common.options import Options
from common.problem import problems
from common.search import SearchHit
from common.settings import ServiceSettings
from common.shell import body_limit
from common.sse import Event, Feed, LastEventId, Live

UPLOAD_BYTES = 8 * 1024 * 1024
COLOURS = ("red", "green", "blue")


@dataclass
class Resources:
    core: Core[Any]
    effects: list[str] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    reads: int = 0


class NoteCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=200)
    lines: list[int] = []


class NotePatch(BaseModel):
    text: str


class Note(BaseModel):
    id: UUID
    text: str
    colour: str | None
    version: int
    created_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "Note":
        return cls(**row)


class NoteQuery(ListQuery):
    colour: Annotated[Terms | None, Among(COLOURS)] = None
    q: Text = ""
    created_at: Instants | None = None
    noted_date: Days | None = None
    pinned: bool = False


NOTES = Listing(
    "SELECT id, text, colour, pinned, version, noted_date, created_at FROM notes",
    columns={
        "colour": "colour",
        "q": ("text", "colour"),
        "created_at": "created_at",
        "noted_date": "noted_date",
        "pinned": "pinned",
    },
    sort=Sort("created_at", datetime),
    row_id=Sort("id", UUID),
)


async def read_notes(conn: Any, wanted: Mapping[str, int]) -> Sequence[Event]:
    rows = await conn.fetch("SELECT id, text, version FROM notes WHERE id = ANY($1::uuid[])", list(wanted))
    return [
        Event(str(row["id"]), row["version"], {"text": row["text"]}, last=row["text"] == "end")
        for row in rows
        if row["version"] > wanted[str(row["id"])]
    ]


NOTE_FEED = Feed("notes", read_notes)

ResourcesOf = Annotated[Resources, Depends(resources_of)]
router = APIRouter(prefix="/notes", tags=["notes"])


@router.get("", operation_id="list_notes", summary="Notes")
async def list_notes(core: CoreOf, _: Viewer, query: Annotated[NoteQuery, Query()]) -> Page[Note]:
    async with core.db.connection() as conn:
        return await NOTES.page(conn, query, Note.of)


@router.get(".csv", operation_id="export_notes", summary="Notes as CSV", response_class=Response)
async def export_notes(core: CoreOf, _: Viewer, query: Annotated[NoteQuery, Query()]) -> StreamingResponse:
    columns = {"text": lambda row: row["text"], "version": lambda row: row["version"]}
    return csv_response(NOTES.every(core.db, query), columns, name="notes.csv")


@router.post("", status_code=201, operation_id="create_note", summary="Write a note", responses=problems(404))
async def create_note(body: NoteCreate, resources: ResourcesOf, operator: Operator, response: Response) -> Note:
    resources.effects.append(body.text)
    if resources.failures:
        raise resources.failures.pop()
    if body.text == "slow":
        await asyncio.sleep(0.2)
    async with resources.core.db.transaction() as conn:
        row = await conn.fetchrow(
            "INSERT INTO notes (text) VALUES ($1) RETURNING id, text, colour, version, created_at", body.text
        )
        await audit.record(conn, operator, "note.written", f"notes/{row['id']}", after={"text": body.text})
    response.headers["Location"] = f"/v1/notes/{row['id']}"
    return Note.of(row)


@router.post("/poke", status_code=204, operation_id="poke", summary="Unsafe without a body")
async def poke(resources: ResourcesOf, _: Operator) -> None:
    resources.effects.append("poke")


@router.post("/keys", operation_id="make_key", summary="An answer with a secret")
async def make_secret(request: Request, resources: ResourcesOf, _: Admin) -> dict[str, str]:
    withhold_answer(request)
    resources.effects.append("key")
    return {"secret": "shown-once"}


@router.post("/upload", operation_id="upload_note", summary="Upload", openapi_extra=body_limit(UPLOAD_BYTES))
async def upload_note(file: Annotated[UploadFile, File()], resources: ResourcesOf, _: Operator) -> dict[str, Any]:
    resources.effects.append(file.filename or "")

    async def pieces() -> AsyncIterator[bytes]:
        while piece := await file.read(100_000):
            yield piece

    async with resources.core.db.connection() as conn:
        blob = await resources.core.files.put(conn, pieces())
    return {"sha256": blob.sha256, "size": blob.size}


@router.get("/content/{sha256}", operation_id="get_content", summary="Bytes", responses=problems(404))
async def get_content(sha256: str, name: str, core: CoreOf, _: Viewer) -> StreamingResponse:
    response: StreamingResponse = await core.files.download(sha256, name=name)
    return response


@router.post("/break", operation_id="break_it", summary="Raise whatever the test put there")
async def break_it(resources: ResourcesOf, _: Operator) -> None:
    raise resources.failures.pop()


@router.get("/{note_id}", operation_id="get_note", summary="One note", responses=problems(404))
async def get_note(note_id: UUID, resources: ResourcesOf, _: Viewer, response: Response) -> Note:
    note = await _get(resources, note_id)
    set_etag(response, note.version)
    return note


@router.patch("/{note_id}", operation_id="change_note", summary="Change a note", responses=problems(404))
async def change_note(note_id: UUID, body: NotePatch, seen: IfMatch, resources: ResourcesOf, _: Operator) -> Note:
    seen.check((await _get(resources, note_id)).version)
    async with resources.core.db.transaction() as conn:
        await conn.execute("UPDATE notes SET text = $2, version = version + 1 WHERE id = $1", note_id, body.text)
    return await _get(resources, note_id)


@router.get("/{note_id}/events", operation_id="note_events", summary="Live", response_class=Response)
async def note_events(note_id: UUID, live: Live, after: LastEventId, _: Viewer) -> StreamingResponse:
    return live.response(NOTE_FEED, key=str(note_id), after=after)


async def _get(resources: Resources, note_id: UUID) -> Note:
    async with resources.core.db.connection() as conn:
        row = await conn.fetchrow("SELECT id, text, colour, version, created_at FROM notes WHERE id = $1", note_id)
    if row is None:
        raise NotFound("There is no such note.", code="unknown_note", params={"id": str(note_id)})
    return Note.of(row)


class LookOptions(Options, name="look", title="Look"):
    """How notes look."""

    colour: str = Field("red", description="Colour of new notes.", min_length=1)
    size: int = Field(12, description="Points.", ge=6, le=40)


async def attend(resources: Resources) -> list[AttentionItem]:
    at = resources.core.clock.now()
    return [AttentionItem(id="1", kind="note", severity="warning", title="A note waits", since=at, code="note_waits")]


async def attend_in_vain(_resources: Resources) -> list[AttentionItem]:
    raise Transient("the other side is down")


async def find(_resources: Resources, text: str, limit: int) -> list[SearchHit]:
    return [SearchHit(kind="note", id="1", title=f"about {text}", link="/notes/1")][:limit]


async def probe_well(step: Steps) -> None:
    async with step("connect"):
        pass
    async with step("list") as said:
        said("3 files")


async def probe_badly(step: Steps) -> None:
    async with step("connect"):
        pass
    async with step("sign in"):
        raise Permanent("The password of ftp://demo:hunter2hunter2@files.test is refused.")
    async with step("list"):
        raise AssertionError("never reached")


async def probe_slowly(step: Steps) -> None:
    async with step("connect", seconds=0.05):
        await asyncio.sleep(5)


def connections(_resources: Resources) -> list[ConnectionCheck]:
    address = "ftp://demo:hunter2hunter2@files.test/in"
    probes = {"good": probe_well, "bad": probe_badly, "slow": probe_slowly}
    return [ConnectionCheck(name, name.title(), "ftp", address, probe) for name, probe in probes.items()]


@asynccontextmanager
async def open_resources(core: Core[ServiceSettings]) -> AsyncIterator[Resources]:
    yield Resources(core)


SAMPLE = ServiceDefinition(
    name="sample",
    title="Sample",
    settings=ServiceSettings,
    migrations=Path(__file__).with_name("migrations"),
    open_resources=open_resources,
    options=[LookOptions],
    routers=[router],
    attention=[attend, attend_in_vain],
    search=[find],
    connections=connections,
)

__all__ = ["SAMPLE", "Conflict", "NoteQuery", "date"]
