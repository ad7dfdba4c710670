"""The money check: reads, adds up and compares; changes nothing, and asks nobody outside."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from common.clock import business_date
from common.errors import FieldError, InvalidInput
from services.asanito.money.repository import MoneyRepository, document_of
from services.asanito.money.rules import MOST_LISTED, MOVING, Books
from services.asanito.money.schemas import MoneyBalance, MoneyCheck, MoneyDifference, MoneyOfDay
from services.asanito.options import SourceOptions, StartOptions, SyncOptions
from services.asanito.sync.service import START_OF

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    import asyncpg

    from common.core import Core
    from services.asanito.settings import AsanitoSettings

USUAL_DAYS = 7
MOST_DAYS = 366


class MoneyService:
    """Compares sums of the source with what was posted."""

    def __init__(self, core: Core[AsanitoSettings]) -> None:
        self._db = core.db
        self._options = core.options
        self._clock = core.clock

    async def check(
        self, since: date | None = None, until: date | None = None, *, balances: bool = False
    ) -> MoneyCheck:
        """Compare the days from `since` to `until`; the seven before today when nothing is said.

        Raises:
            InvalidInput: the days are in the wrong order, or too many.
        """
        source, sync = await self._options.get(SourceOptions), await self._options.get(SyncOptions)
        starts = await self._options.get(StartOptions)
        since, until = self._days(since, until, source)
        books = Books()
        # One snapshot for all kinds; the amounts of a block are read in a thread, since they are many.
        async with self._db.transaction() as conn:
            await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            repository = MoneyRepository(conn)
            for kind in MOVING:
                least = getattr(starts, START_OF[kind]) or 0
                async for rows in repository.documents(kind, since, until, least_idd=least):
                    await asyncio.to_thread(add_up, books, rows, sync, source.rial_factor)
        return checked(books, since, until, sync.money_tolerance, with_balances=balances)

    def _days(self, since: date | None, until: date | None, source: SourceOptions) -> tuple[date, date]:
        yesterday = business_date(self._clock.now(), source.tz) - timedelta(days=1)
        until = until or (max(since, yesterday) if since else yesterday)
        since = since or until - timedelta(days=USUAL_DAYS - 1)
        if since > until:
            wrong = FieldError("from", "invalid", "The first day is after the last one.")
            raise InvalidInput(wrong.detail, errors=[wrong])
        if (until - since).days >= MOST_DAYS:
            wrong = FieldError("from", "invalid", f"At most {MOST_DAYS} days can be compared at once.")
            raise InvalidInput(wrong.detail, errors=[wrong])
        return since, until


def add_up(books: Books, rows: list[asyncpg.Record], sync: SyncOptions, rial_factor: int) -> None:
    """Take a block of rows into the books."""
    books.add(map(document_of, rows), sync, rial_factor=rial_factor)


def checked(books: Books, since: date, until: date, tolerance: Decimal, *, with_balances: bool) -> MoneyCheck:
    """The books as callers get them."""
    sums = list(books.days.values())
    return MoneyCheck(
        since=since,
        until=until,
        tolerance=str(tolerance),
        source=sum(one.source for one in sums),
        posted=sum(one.posted for one in sums),
        left_out=sum(one.left_out for one in sums),
        difference=sum(one.difference for one in sums),
        differing=books.differing,
        days=[
            MoneyOfDay(
                day=day,
                kind=kind,
                count=one.count,
                source=one.source,
                posted=one.posted,
                left_out=one.left_out,
                difference=one.difference,
                within_tolerance=abs(one.difference) <= tolerance,
            )
            for (day, kind), one in sorted(books.days.items(), key=lambda item: (item[0][0], MOVING.index(item[0][1])))
        ],
        differences=[
            MoneyDifference(
                day=document.day,
                kind=document.kind,
                key=document.key,
                source=found.source,
                posted=found.posted,
                difference=found.difference,
                code=found.code,
                state=document.state,
                reason_code=document.reason_code,
                asanito_id=document.asanito_id,
            )
            for document, found in sorted(books.differences, key=lambda pair: pair[0].day)
        ],
        balances=[
            MoneyBalance(person=person, source=source, posted=posted, difference=source - posted)
            for person, (source, posted) in books.balances.items()
            if abs(source - posted) > tolerance
        ][:MOST_LISTED]
        if with_balances
        else None,
    )
