"""Saved views in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

from common.db import queries_beside
from common.errors import Conflict, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from common.db import Connection

sql = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A view as one person sees it."""

    id: UUID
    owner_id: UUID | None
    owner: str
    screen: str
    name: str
    search: dict[str, str]
    shared: bool
    created_at: datetime
    changed_at: datetime
    deleted_at: datetime | None
    version: int
    is_default: bool


class ViewsRepository:
    """Reads and writes over one connection, for one person; None: an API key."""

    def __init__(self, conn: Connection, person: UUID | None) -> None:
        self._conn = conn
        self._person = person

    async def screens(self, screen: str | None) -> list[str]:
        """The screens that have views; among them `screen`, or all."""
        return [row["screen"] for row in await self._conn.fetch(sql.screens, screen)]

    async def list_views(self, screens: Iterable[str]) -> list[ViewRow]:
        return [_view(row) for row in await self._conn.fetch(sql.list_views, self._person, list(screens))]

    async def get(self, view_id: UUID, *, whoever: bool = False) -> ViewRow:
        """The view, deleted or not.

        Args:
            whoever: also what is somebody else's own.
        """
        row = await self._conn.fetchrow(sql.get_view, self._person, view_id, whoever)
        if row is None:
            raise unknown_view()
        return _view(row)

    async def lock(self, view_id: UUID) -> None:
        await self._conn.fetchval(sql.lock_view, view_id)

    async def count_own(self) -> int:
        return int(await self._conn.fetchval(sql.count_own, self._person))

    async def insert(
        self, *, owner: str, screen: str, name: str, search: dict[str, str], shared: bool, now: datetime
    ) -> UUID:
        found: UUID = await self._naming(name, sql.insert_view, self._person, owner, screen, name, search, shared, now)
        return found

    async def update(self, view: ViewRow, now: datetime) -> None:
        await self._naming(view.name, sql.update_view, view.id, view.name, view.search, view.shared, now)

    async def delete(self, view_id: UUID, now: datetime) -> None:
        await self._conn.execute(sql.delete_view, view_id, now)

    async def restore(self, view: ViewRow) -> None:
        await self._naming(view.name, sql.restore_view, view.id)

    async def forget_deleted(self, before: datetime) -> None:
        await self._conn.execute(sql.forget_deleted, before)

    async def set_default(self, view: ViewRow) -> None:
        await self._conn.execute(sql.set_default, self._person, view.screen, view.id)

    async def unset_default(self, view_id: UUID) -> None:
        await self._conn.execute(sql.unset_default, self._person, view_id)

    async def _naming(self, name: str, statement: str, *values: Any) -> Any:
        try:
            return await self._conn.fetchval(statement, *values)
        except asyncpg.UniqueViolationError as error:
            raise Conflict(f"You have a view named {name} here already.", code="view_name_taken") from error


def unknown_view() -> NotFound:
    return NotFound("There is no such view.", code="unknown_view")


def _view(row: asyncpg.Record) -> ViewRow:
    return ViewRow(**dict(row))
