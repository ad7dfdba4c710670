"""The source that grows while it is read: a day's business, new versions, edits in place, deletions, late commits.

Each change draws from a seed of its own, so that a test may repeat it; what was touched is told by its group's key.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Literal

from sandbox.asanito.source import people
from sandbox.asanito.source.stories import Rows, Storyteller
from sandbox.asanito.source.tables import (
    DELETED,
    GROUP,
    INVOICE,
    MEMBERSHIP,
    RECEIPT,
    SERVICE,
    SERVICE_INVOICE,
    Row,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.asanito.source.database import Source
    from sandbox.kit import Clock

Table = Literal["service", "membership", "invoiceHed", "ServiceInvoice", "receipt"]
Removal = Literal["flag", "remove"]


class Growth:
    """What the legacy program and its users do."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock

    async def day(self, size: int, seed: int | None = None) -> dict[str, int]:
        """New members, invoices and receipts of today, and some members and services edited; rows by table."""
        teller = await self._teller(seed)
        rows = teller.tell_of(max(1, size // 20), size * 3 // 10, size // 4, size // 5, size // 4)
        for row in await self._source.pick(MEMBERSHIP, size // 10, teller.dice):
            rows[MEMBERSHIP].append(await self._edited(teller, row))
        for row in await self._source.pick(SERVICE, max(1, size // 40), teller.dice):
            rows[SERVICE].append(await self._dearer(teller, row))
        await self._source.append(rows)
        return {table: len(found) for table, found in rows.items()}

    async def versions(self, table: Table, count: int, seed: int | None = None) -> list[str]:
        """New rows for members or services that are there."""
        if table not in (MEMBERSHIP, SERVICE):
            raise ValueError("Only members and services have versions.")
        dice = random.Random(await self._seed(seed))
        teller = Storyteller(dice.randrange(2**31), self._clock.today())
        make = self._edited if table == MEMBERSHIP else self._dearer
        picked = await self._source.pick(table, count, dice)
        await self._source.append({table: [await make(teller, row) for row in picked]})
        return _keys(table, picked)

    async def edits(self, table: Table, count: int, seed: int | None = None) -> list[str]:
        """Rows changed where they stand, as a person with a database tool does it."""
        dice = random.Random(await self._seed(seed))
        picked = await self._source.pick(table, count, dice)
        for row in picked:
            await self._source.update(table, row["idd"], **_changes(table, row, dice))
        return _keys(table, picked)

    async def deletions(self, table: Table, count: int, how: Removal = "flag", seed: int | None = None) -> list[str]:
        """Marked as deleted, or gone from the table with all versions."""
        dice = random.Random(await self._seed(seed))
        picked = await self._source.pick(table, count, dice)
        for row in picked:
            if how == "flag" and table in DELETED:
                await self._source.update(table, row["idd"], **{DELETED[table]: True})
            else:
                await self._source.remove_group(table, row[GROUP[table]])
        return _keys(table, picked)

    async def late(self, table: Table, count: int, seed: int | None = None) -> list[str]:
        """New rows whose numbers are lower than the newest ones: their transactions took long."""
        teller = await self._teller(seed)
        rows = _new_rows(teller, table, count)
        numbers = await self._source.take_reserved(table, len(rows[table]))
        kept = rows.pop(table)[: len(numbers)]
        for number, row in zip(numbers, kept, strict=True):
            await self._source.insert_at(table, row, number)
        await self._source.append({name: found for name, found in rows.items() if found})
        return _keys(table, kept)

    async def _teller(self, seed: int | None) -> Storyteller:
        return Storyteller(await self._seed(seed), self._clock.today(), await self._source.known())

    async def _seed(self, seed: int | None) -> int:
        turn = await self._source.turn()
        return 7_000 + turn if seed is None else seed

    async def _edited(self, teller: Storyteller, row: Row) -> Row:
        """A newer version of a member; the older one is marked."""
        await self._source.update(MEMBERSHIP, row["idd"], isChange=False)
        return teller.newer(row, **_changes(MEMBERSHIP, row, teller.dice))

    async def _dearer(self, teller: Storyteller, row: Row) -> Row:
        await self._source.update(SERVICE, row["idd"], isChange=False)
        return teller.newer_service(row)


def _new_rows(teller: Storyteller, table: Table, count: int) -> Rows:
    if table == MEMBERSHIP:
        return {MEMBERSHIP: teller.learnt([teller.person() for _ in range(count)])}
    if table == SERVICE:
        return {SERVICE: [row for place in range(count) for row in teller.service(14 * place)[:1]]}
    if table == RECEIPT:
        return {RECEIPT: [teller.receipt(place % 3) for place in range(count)]}
    if table == SERVICE_INVOICE:
        return {SERVICE_INVOICE: [teller.service_invoice(0) for _ in range(count)]}
    pairs = [teller.store_invoice(0) for _ in range(count)]
    return {INVOICE: [head for head, _ in pairs], "invoiceItem": [item for _, items in pairs for item in items]}


def _changes(table: str, row: Row, dice: random.Random) -> dict[str, Any]:
    """What somebody changes about a row."""
    if table == MEMBERSHIP:
        street, house = dice.choice(people.STREETS), dice.randrange(1, 300)
        return {"Address1": f"اصفهان، خیابان {street}، پلاک {house}", "jobpost": dice.choice(["مدیر", "کارمند"])}
    if table == SERVICE:
        return {"price": max(0, row["price"] or 0) + 50_000}
    if table == RECEIPT:
        return {"Amount": row["Amount"] + 10_000}
    return {"TaxPercent": "7.00"}


def _keys(table: str, rows: Sequence[Row]) -> list[str]:
    return [str(row[GROUP[table]]) for row in rows]
