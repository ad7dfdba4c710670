"""What happened on a day, in the database."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from common.db import queries_beside
from services.invoices.history.schemas import DayFigures, Entry, Timeline

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from common.db import Connection

sql = queries_beside(__file__)

SHOWN = 1000


async def read_timeline(conn: Connection, day: date, zone: ZoneInfo) -> Timeline:
    """A day of the site, which need not have 24 hours."""
    start, end = (datetime.combine(one, time(), zone) for one in (day, day + timedelta(days=1)))
    rows = await conn.fetch(sql.list_entries, day, start, end, SHOWN + 1)
    entries = [Entry(**row) for row in rows[:SHOWN]]
    return Timeline(business_date=day, items=entries, truncated=len(rows) > SHOWN)


async def read_days(conn: Connection, since: date, until: date) -> list[DayFigures]:
    """The days that had a file or a session."""
    return [DayFigures(**row) for row in await conn.fetch(sql.list_days, since, until)]
