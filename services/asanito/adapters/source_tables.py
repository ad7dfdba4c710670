"""The source's tables as `SourceReader` gives them, over either driver (`source_postgres`, `source_odbc`).

A driver runs one statement and gives rows. Everything that is said to the source is in `source.sql`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from services.asanito.adapters.source_facts import facts_of
from services.asanito.adapters.source_text import TYPES, SourceText
from services.asanito.mirror.rules import statements_to_add

if TYPE_CHECKING:
    from common.connections import Steps
    from services.asanito.ports import SourceFacts, SourceRow, SourceValues

TARGET = "source"
CONNECTIONS = 4
CALL_SECONDS = 30.0
LOCK_SECONDS = 10.0
"""Waiting for somebody else's lock ends early: the legacy program's users come first."""


class Driver(Protocol):
    """One way to reach the source."""

    numbered: bool

    async def fetch(self, statement: str, *values: Any) -> list[SourceRow]:
        """Rows by column; UUIDs as lower-case text. Repeated once when the connection turns out to be dead."""
        ...

    async def fetch_values(self, statement: str, *values: Any) -> SourceValues:
        """The same, as the driver gives it."""
        ...

    async def change(self, statement: str, *values: Any) -> None:
        """A statement that writes, committed when it returns; never repeated."""
        ...


class TableSource:
    """Fulfils `SourceReader`."""

    def __init__(self, driver: Driver, *, dialect: str = "postgresql") -> None:
        self._driver = driver
        self._dialect = dialect
        self._text = SourceText(numbered=driver.numbered)

    async def next_idd(self, table: str, at_least: int) -> int | None:
        return await self._value(self._text.next_idd(table), at_least)

    async def previous_idd(self, table: str, below: int) -> int | None:
        return await self._value(self._text.previous_idd(table), below)

    async def newest_idd(self, table: str) -> int | None:
        return await self._value(self._text.newest_idd(table))

    async def block(self, table: str, low: int, high: int) -> list[SourceRow]:
        return await self._driver.fetch(self._text.block(table), low, high)

    async def block_values(self, table: str, low: int, high: int) -> SourceValues:
        return await self._driver.fetch_values(self._text.block(table), low, high)

    async def explore(self, table: str, column: str, value: str, *, after: int, limit: int) -> list[SourceRow]:
        return await self._driver.fetch(self._text.explore(table, column, limit), self._text.like(value), after)

    async def old_rows(self, table: str) -> list[SourceRow] | None:
        found = await self._driver.fetch(self._text.columns)
        if not any(row["table_name"] == table for row in found):
            return None
        return await self._driver.fetch(self._text.old(table))

    async def columns(self) -> dict[str, frozenset[str]]:
        return self._text.columns_of(tuple(row.values()) for row in await self._driver.fetch(self._text.columns))

    async def facts(self) -> SourceFacts:
        return await facts_of(self._driver, dialect=self._dialect)

    def statements_to_add(self, columns: dict[str, frozenset[str]]) -> list[str]:
        return statements_to_add(columns, TYPES[self._dialect])

    async def probe(self, step: Steps) -> None:
        async with step("connect"):
            await self._driver.fetch("SELECT 1")
        async with step("tables") as said:
            said(self._text.check(await self.columns()))
        async with step("rows") as said:
            said(f"newest member: idd {await self.newest_idd('membership')}")

    async def _value(self, statement: str, *values: Any) -> int | None:
        rows = await self._driver.fetch(statement, *values)
        found: int | None = next(iter(rows[0].values()))
        return found
