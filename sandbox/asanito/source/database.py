"""The legacy database itself: makes the six tables, fills them by COPY, changes them as the legacy program would.

The server is a real PostgreSQL, given by URL. A gate in front of it (`--source-port`) lets it be out of reach.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.asanito.source.stories import Known, Rows, Storyteller
from sandbox.asanito.source.tables import COLUMNS, DELETED, GROUP, ITEM, Row
from sandbox.database import OutsideDatabase

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from datetime import date

    from sandbox.kit import Kit

SYSTEM = "source"
HERE = Path(__file__).parent
# Numbers that a table gives away and never shows: the room for what commits late.
RESERVED = 40
DECIMALS = {"TaxPercent", "AdditionDeductionAmount", "DiscountAmount", "discount", "UnitPrice"}


class Source(OutsideDatabase):
    """Tables, rows and numbers of the legacy database."""

    def __init__(self, kit: Kit, url: str, reader: str = "", writer: str = "") -> None:
        super().__init__(kit, SYSTEM, url)
        self._reader, self._writer = reader, writer

    async def prepare(self) -> None:
        if await self.exists():
            await self.grant(self.pool)  # a restored backup has no rights
        else:
            await self.make()

    async def exists(self) -> bool:
        return bool(await self.pool.fetchval("SELECT to_regclass('dbo.membership') IS NOT NULL"))

    async def make(self, *, indexes: bool = True) -> None:
        """The six tables afresh, with the rights of the reader and the writer."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("DROP SCHEMA IF EXISTS dbo CASCADE; DROP SCHEMA IF EXISTS sandbox CASCADE")
            await connection.execute((HERE / "schema.sql").read_text(encoding="utf-8"))
            if indexes:
                await connection.execute((HERE / "indexes.sql").read_text(encoding="utf-8"))
            await self.grant(connection)

    async def grant(self, connection: Any, *, old_app: bool = False) -> None:
        """Give the roles that were named their rights."""
        if script := self.grants(old_app=old_app):
            await connection.execute(script)

    def grants(self, *, old_app: bool = False) -> str:
        """The GRANT script for the roles that were named; with the tables of the application before us, too."""
        script = (HERE / "grants.sql").read_text(encoding="utf-8")
        reading, writing = script.split("-- writer")
        reading = reading if old_app else reading.split("-- old application")[0]
        script = reading.format(reader=self._reader) if self._reader else ""
        return script + (writing.format(writer=self._writer) if self._writer else "")

    async def seed(
        self, size: int, seed: int, until: date, *, indexes: bool = True, members: int = 0
    ) -> dict[str, int]:
        """Afresh: about `size` records of all kinds, and `members` more that are plain.

        Args:
            until: the last day of the stories; the same seed and day make the same rows.
        """
        await self.make(indexes=indexes)
        if size:
            await self.append(Storyteller(seed, until).tell(size))
        if members:
            await self.pool.execute((HERE / "bulk.sql").read_text(encoding="utf-8"), members, str(seed), timeout=300)
            await self.pool.execute('ANALYZE dbo."membership"')
        await self._note("seed", {"seed": seed, "until": until.isoformat(), "size": size, "members": members})
        return await self.counts()

    async def append(self, rows: Rows) -> None:
        """Rows at the end of their tables, in order; some numbers behind them stay unused."""
        async with self.pool.acquire() as connection, connection.transaction():
            for table, found in rows.items():
                if found:
                    await _copy(connection, table, found)
            for table in rows:
                await self._reserve(connection, table)

    async def insert_at(self, table: str, row: Row, idd: int) -> None:
        """With a number that was given away earlier: what a transaction that commits late looks like."""
        async with self.pool.acquire() as connection:
            await _copy(connection, table, [{**row, "idd": idd}])

    async def take_reserved(self, table: str, count: int) -> list[int]:
        """Unused numbers, lower than the newest row's."""
        numbers = await self._noted(f"reserved {table}") or []
        taken, left = numbers[:count], numbers[count:]
        await self._note(f"reserved {table}", left)
        return [int(number) for number in taken]

    async def update(self, table: str, idd: int, **values: Any) -> None:
        """An edit in place: no new row, no new number."""
        names = list(values)
        changes = ", ".join(f'"{name}" = ${place}' for place, name in enumerate(names, 2))
        statement = f'UPDATE dbo."{table}" SET {changes} WHERE "idd" = $1'  # noqa: S608 - names from COLUMNS
        await self.pool.execute(statement, idd, *(_value(name, values[name], table) for name in names))

    async def remove_group(self, table: str, key: Any) -> None:
        """All versions of one thing are gone, as if they had never been."""
        await self.pool.execute(f'DELETE FROM dbo."{table}" WHERE "{GROUP[table]}" = $1', key)  # noqa: S608

    async def rows(self, tables: Sequence[str] = tuple(COLUMNS)) -> Rows:
        """Everything, oldest number first."""
        found: Rows = {}
        for table in tables:
            statement = f'SELECT * FROM dbo."{table}" ORDER BY "idd"'  # noqa: S608 - a name of COLUMNS
            found[table] = [dict(row) for row in await self.pool.fetch(statement)]
        return found

    async def known(self) -> Known:
        return Known.of(await self.rows())

    async def counts(self) -> dict[str, int]:
        """Rows by table."""
        return {
            table: int(await self.pool.fetchval(f'SELECT count(*) FROM dbo."{table}"'))  # noqa: S608 - as above
            for table in COLUMNS
        }

    async def pick(self, table: str, count: int, dice: random.Random) -> list[Row]:
        """Newest rows of that many groups, drawn at random; deleted ones are left out."""
        ends = await self.pool.fetchrow(f'SELECT min("idd"), max("idd") FROM dbo."{table}"')  # noqa: S608
        if ends is None or ends[0] is None:
            return []
        low, high = int(ends[0]), int(ends[1])
        drawn = dice.sample(range(low, high + 1), min(high - low + 1, count * 8 + 40))
        group, live = GROUP[table], f'AND NOT one."{DELETED[table]}"' if table in DELETED else ""
        statement = (
            f'SELECT * FROM dbo."{table}" AS one WHERE "idd" = ANY($1) {live} AND NOT EXISTS'  # noqa: S608
            f' (SELECT FROM dbo."{table}" AS newer WHERE newer."{group}" = one."{group}" AND newer."idd" > one."idd")'
            ' ORDER BY array_position($1, "idd")'
        )
        return [dict(row) for row in (await self.pool.fetch(statement, drawn))[:count]]

    async def turn(self) -> int:
        """Counts the changes, so that each draws other numbers than the one before."""
        number = int(await self._noted("turn") or 0) + 1
        await self._note("turn", number)
        return number

    async def _reserve(self, connection: Any, table: str) -> None:
        sequence = await connection.fetchval("SELECT pg_get_serial_sequence($1, 'idd')", f'dbo."{table}"')
        numbers = await connection.fetch(
            "SELECT nextval($1::text::regclass) FROM generate_series(1, $2)", sequence, RESERVED
        )
        kept = await self._noted(f"reserved {table}") or []
        await self._note(f"reserved {table}", [*kept, *(number[0] for number in numbers)], connection)

    async def _note(self, name: str, value: Any, connection: Any = None) -> None:
        await (connection or self.pool).execute(
            "INSERT INTO sandbox.notes VALUES ($1, $2::jsonb) ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value",
            name,
            json.dumps(value),
        )

    async def _noted(self, name: str) -> Any:
        found = await self.pool.fetchval("SELECT value::text FROM sandbox.notes WHERE name = $1", name)
        return None if found is None else json.loads(found)


async def _copy(connection: Any, table: str, rows: list[Row]) -> None:
    columns = [name for name in COLUMNS[table] if name != "idd" or "idd" in rows[0]]
    records = [tuple(_value(name, row.get(name), table) for name in columns) for row in rows]
    await connection.copy_records_to_table(table, schema_name="dbo", columns=columns, records=records)


def _value(name: str, value: Any, table: str) -> Any:
    """Amounts stand as text in the stories; a NUMERIC column wants them exact."""
    whole = name == "UnitPrice" and table == ITEM
    return Decimal(value) if name in DECIMALS and value is not None and not whole else value
