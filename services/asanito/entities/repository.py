"""Records as people see them, in PostgreSQL; the statements are in `queries.sql`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from common.db import queries_beside
from common.errors import NotFound
from common.listing import Listing, Sort
from services.asanito.source.rules import KINDS, Kind
from services.asanito.sync.rules import State

if TYPE_CHECKING:
    import asyncpg

    from common.db import Connection

sql = queries_beside(__file__)

ENTITIES = Listing(
    sql.entities_for_list,
    columns={
        "kind": "kind",
        "state": "state",
        "reason": "reason_code",
        "q": ("label", "key_text", "asanito_text", "message"),
        "warned": "is_warned",
        "updated_at": "updated_at",
    },
    sort=Sort("updated_at", datetime),
    row_id=Sort("id", UUID),
)


@dataclass(frozen=True, slots=True)
class Locked:
    """A record in the hands of a person's action."""

    id: UUID
    kind: Kind
    key: UUID
    state: State
    reason_code: str | None
    label: str
    content_hash: bytes
    asanito_id: int | None


class EntityRepository:
    """Takes the connection of the caller's transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def find_id(self, kind: Kind, key: UUID) -> UUID:
        """The list's id of a record.

        Raises:
            NotFound: `unknown_record`.
        """
        found: UUID | None = await self._conn.fetchval(sql.find_id, kind, key)
        if found is None:
            raise unknown_record(str(key))
        return found

    async def lock(self, entity_id: UUID) -> Locked:
        """The record, held until the transaction ends.

        Raises:
            NotFound: `unknown_record`.
        """
        row = await self._conn.fetchrow(sql.lock_entity, entity_id)
        if row is None:
            raise unknown_record(str(entity_id))
        return Locked(**{**row, "kind": Kind(row["kind"]), "state": State(row["state"])})

    async def set_state(
        self, entity_id: UUID, state: State, *, reason: str | None = None, message: str = "", distinct: bool = False
    ) -> None:
        await self._conn.execute(sql.set_state, entity_id, state, reason, message, distinct)

    async def look_now(self, entity_id: UUID) -> None:
        """Do not wait for the next try any longer."""
        await self._conn.execute(sql.look_now, entity_id)

    async def get_row(self, kind: Kind, key: UUID) -> asyncpg.Record:
        """As the list shows it.

        Raises:
            NotFound: `unknown_record`.
        """
        row = await self._conn.fetchrow(sql.get_listed, kind, key)
        if row is None:
            raise unknown_record(str(key))
        return row

    async def stats(self, starts: dict[str, int]) -> list[asyncpg.Record]:
        """Counts by kind, state and reason."""
        return list(await self._conn.fetch(sql.stats, starts))

    async def detail(self, entity_id: UUID, kind: Kind) -> asyncpg.Record:
        row = await self._conn.fetchrow(sql.get_detail, entity_id, KINDS[kind].name)
        if row is None:
            raise unknown_record(str(entity_id))
        return row

    async def versions(self, person_key: UUID) -> list[UUID]:
        """The memberVIds of a person; the first hundred."""
        return [row["member_key"] for row in await self._conn.fetch(sql.versions, person_key)]

    async def list_uncertain(self) -> list[asyncpg.Record]:
        return list(await self._conn.fetch(sql.list_uncertain))

    async def count_failed(self) -> list[asyncpg.Record]:
        return list(await self._conn.fetch(sql.count_failed))

    async def search(self, text: str, key: UUID | None, asanito_id: int | None, limit: int) -> list[Any]:
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return list(await self._conn.fetch(sql.search, f"%{escaped}%", key, asanito_id, limit))


def unknown_record(which: str) -> NotFound:
    return NotFound("There is no such record.", code="unknown_record", params={"id": which})
