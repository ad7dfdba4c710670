"""Settings that an administrator edits while the system runs: typed, versioned, audited. Used by every service.

    class PickUpOptions(Options, name="pick_up", title="Pick-up"):
        '''What is picked up.'''
        pattern: str = Field("*.txt", description="Which files are taken.")

    options = await core.options.get(PickUpOptions)

A topic that nobody edited has no row: its defaults hold, as version 0. Credentials and addresses are never options,
they are settings (`common.settings`).
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Self, TypeVar

import asyncpg
from fastapi import APIRouter, Path, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from common import audit
from common.auth import Admin
from common.db import Connection, Database
from common.errors import Conflict, NotFound
from common.etag import IfMatch, Seen, set_etag, stale
from common.identity import Identity
from common.inside import CoreOf
from common.listing import Page
from common.problem import problems

_READ = "SELECT version, value, updated_at, updated_by FROM options WHERE name = $1"
# A row that appeared meanwhile has another version than the caller saw: no row comes back, as for any stale change.
_WRITE = """
INSERT INTO options (name, value, updated_by) SELECT $1, $2, $3 WHERE $4 = 0
ON CONFLICT (name) DO NOTHING
RETURNING version, value, updated_at, updated_by
"""
_CHANGE = """
UPDATE options SET value = $2, updated_by = $3, version = version + 1, updated_at = clock_timestamp()
WHERE name = $1 AND version = $4
RETURNING version, value, updated_at, updated_by
"""


class Options(BaseModel):
    """One topic of options. Every field has a description and a default."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    topic: ClassVar[str]
    title: ClassVar[str]

    def __init_subclass__(cls, *, name: str, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.topic = name

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls.title = str(cls.model_config["title"])  # pydantic takes `title=` for itself, into the configuration

    @classmethod
    def stored(cls, value: dict[str, Any]) -> Self:
        """What a row holds; fields of an older version that are gone are passed over."""
        return cls.model_validate({name: item for name, item in value.items() if name in cls.model_fields})


O = TypeVar("O", bound=Options)  # noqa: E741


class OptionTopic(BaseModel):
    """A topic as it stands, with the JSON schema of its fields."""

    name: str
    title: str
    description: str
    version: int = Field(description="0: nobody changed the defaults.")
    value: dict[str, Any]
    defaults: dict[str, Any]
    json_schema: dict[str, Any]
    updated_at: datetime | None
    updated_by: str | None

    @classmethod
    def of(cls, kind: type[Options], row: asyncpg.Record | None) -> Self:
        defaults = kind().model_dump(mode="json")
        return cls(
            name=kind.topic,
            title=kind.title,
            description=(kind.__doc__ or "").strip(),
            version=row["version"] if row else 0,
            value=_as_it_stands(kind, row["value"], defaults) if row else defaults,
            defaults=defaults,
            json_schema=kind.model_json_schema(),
            updated_at=row["updated_at"] if row else None,
            updated_by=row["updated_by"] if row else None,
        )


def _as_it_stands(kind: type[Options], value: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    try:
        return kind.stored(value).model_dump(mode="json")
    except ValidationError:  # who is to correct it must see it
        return defaults | {name: item for name, item in value.items() if name in defaults}


class OptionStore:
    """The options of one service, as `core.options`."""

    def __init__(self, db: Database, kinds: list[type[Options]]) -> None:
        self._db = db
        self.kinds = {kind.topic: kind for kind in kinds}

    async def get(self, kind: type[O]) -> O:
        """The present options of a topic; the change of an administrator holds from the next call on.

        Raises:
            Conflict: `options_not_valid`: a later release refuses what was stored; nothing is assumed in its place.
        """
        async with self._db.connection() as conn:
            row = await conn.fetchrow(_READ, kind.topic)
        try:
            return kind.stored(row["value"]) if row else kind()
        except ValidationError as error:
            fields = ", ".join(sorted({str(item["loc"][0]) for item in error.errors() if item["loc"]}))
            raise Conflict(
                f"The options {kind.title} are not valid any more: {fields}. An administrator must correct them.",
                code="options_not_valid",
                params={"name": kind.topic, "fields": fields},
            ) from error

    def kind(self, name: str) -> type[Options]:
        """The class of a topic.

        Raises:
            NotFound: this service has no such topic.
        """
        if name not in self.kinds:
            raise NotFound(f"There are no options named {name}.", code="unknown_options")
        return self.kinds[name]

    async def topics(self) -> list[OptionTopic]:
        """All topics, in the order of the service's definition."""
        async with self._db.connection() as conn:
            rows = await conn.fetch("SELECT name, version, value, updated_at, updated_by FROM options")
        held = {row["name"]: row for row in rows}
        return [OptionTopic.of(kind, held.get(name)) for name, kind in self.kinds.items()]

    async def put(self, conn: Connection, value: Options, seen: Seen, identity: Identity) -> OptionTopic:
        """Replace a topic's options and record who did it.

        Raises:
            PreconditionFailed: somebody changed them since `seen`.
        """
        kind = type(value)
        row = await conn.fetchrow(_READ, kind.topic)
        version = row["version"] if row else 0
        seen.check(version)
        new = value.model_dump(mode="json")
        changed = await conn.fetchrow(_CHANGE if version else _WRITE, kind.topic, new, identity.name, version)
        if changed is None:
            raise stale()
        before = OptionTopic.of(kind, row).value
        await audit.record(conn, identity, "options.changed", f"options/{kind.topic}", before=before, after=new)
        return OptionTopic.of(kind, changed)


router = APIRouter(prefix="/options", tags=["options"])
Name = Annotated[str, Path(max_length=64)]


@router.get("", operation_id="list_options", summary="All options of the service")
async def list_options(core: CoreOf, _: Admin) -> Page[OptionTopic]:
    return Page[OptionTopic](items=await core.options.topics())


@router.get("/{name}", operation_id="get_options", summary="One topic of options", responses=problems(404))
async def get_options(name: Name, core: CoreOf, _: Admin, response: Response) -> OptionTopic:
    kind = core.options.kind(name)
    async with core.db.connection() as conn:
        topic = OptionTopic.of(kind, await conn.fetchrow(_READ, name))
    set_etag(response, topic.version)
    return topic


@router.put("/{name}", operation_id="put_options", summary="Change a topic of options", responses=problems(404))
async def put_options(
    name: Name, body: dict[str, Any], seen: IfMatch, core: CoreOf, admin: Admin, response: Response
) -> OptionTopic:
    try:
        value = core.options.kind(name).model_validate(body)
    except ValidationError as error:
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in error.errors()]) from error
    async with core.db.transaction() as conn:
        topic = await core.options.put(conn, value, seen, admin)
    set_etag(response, topic.version)
    return topic
