"""A past for an installation that was started a minute ago: files, sessions, rows, mails, a doubt, of the last weeks.

    with_past_days(portico)        # as if it had worked for six weeks; Saturdays and Sundays are empty

Written as the owner of the database, since nothing else can write into the past. Used by the browser tests of the
archive, of a day's story and of the figures.
"""

from __future__ import annotations

import asyncio
import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from uuid import UUID

    from tests.support.portico import RunningPortico

WEEKS = 6
ROWS_OF_A_DAY = 40
CATEGORIES = ("Women's Dress", "Pet mat", "Toys", "Garden chair", "Lamp", "Cables", "Shoes", "Coffee mug")
STATUSES = ("valid",) * 8 + ("not_found", "in_past", "already_sent", "incomplete")
SATURDAY = 5

SESSION = """
INSERT INTO sessions (business_date, state, reason, expired, total, not_found, kept, created_at, started_by,
                      started_at, csv_rendered_at, csv_sha256, remote_name, csv_lines, uploaded_at, verified_at,
                      read_count, log_line, closed_by, closed_at, processed, attempt)
VALUES ($1, 'closed', $2, $3, $4, $5, $6, $7, 'M. Rossi', $8, $9, 'none', $10, $4, $9, $11, $4, $12, $13, $14, $15, 1)
RETURNING id
"""
FILE = """
INSERT INTO files (sha256, name, source, size_bytes, business_date, received_at, imported_at, state, session_id,
                   declared, records, verdict, counters, total_quantity, total_value)
VALUES ($1, $2, 'ftp', $3, $4, $5, $6, 'imported', $7, $8::int, $8::int, 'exact', $9::jsonb, $8::int, 1234.5)
RETURNING id
"""
COUNT_MISSING = """
UPDATE sessions
   SET not_found = (SELECT count(*) FROM rows WHERE session_id = $1 AND status = 'not_found')
 WHERE id = $1
"""
ROW = """
INSERT INTO rows (file_id, session_id, line_number, invoice_number, quantity, description, value, status, category_ids)
VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8)
"""
MAIL = """
INSERT INTO outbox (kind, key, payload, state, attempts, created_at, sent_at, next_try_at, error)
VALUES ('mail', $1, $2::jsonb, $3, 1, $4::timestamptz, $5, $4, $6)
"""
RUN = """
INSERT INTO runs (job, lane, trigger_type, state, message, max_attempts, run_at, created_at, started_at, finished_at,
                  attempt)
VALUES ('imports.pick_up', 'default', 'schedule', 'succeeded', $1, 3, $2, $2, $2, $3, 1)
RETURNING id
"""
EFFECT = """
INSERT INTO run_effects (run_id, target, op, key, state, detail, planned_at)
VALUES ($1, 'delivery', 'put', $2, 'uncertain', 'The connection broke after the rename.', $3)
"""


def with_past_days(portico: RunningPortico, *, weeks: int = WEEKS) -> list[date]:
    """Write the past; the days that have something, oldest first."""
    # A thread of its own: the browser's tests hold the loop of this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_write(portico, weeks))).result()


async def _write(portico: RunningPortico, weeks: int) -> list[date]:
    made = json.loads((portico.folder / "var" / "stack.json").read_text(encoding="utf-8"))
    password = made["secrets"]["role.portico_invoices_owner"]
    chance = random.Random(7)
    today = date.fromisoformat(portico.session()["business_date"])
    days = [today - timedelta(days=back) for back in range(7 * weeks, 0, -1)]
    days = [day for day in days if day.weekday() < SATURDAY]
    conn = await asyncpg.connect(
        host="127.0.0.1",
        port=made["ports"]["postgres"],
        user="portico_invoices_owner",
        password=password,
        database="portico_invoices",
    )
    try:
        async with conn.transaction():
            categories = await _categories(conn)
            for number, day in enumerate(days):
                await _day(conn, chance, day, number, categories, doubtful=day == days[-2])
            await _troubled_mails(conn, days[-1])
    finally:
        await conn.close()
    return days


async def _categories(conn: asyncpg.Connection) -> list[int]:
    statement = (
        "INSERT INTO categories (key, name) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET name = $2 RETURNING id"
    )
    return [await conn.fetchval(statement, name.lower(), name) for name in CATEGORIES]


async def _day(
    conn: asyncpg.Connection,
    chance: random.Random,
    day: date,
    number: int,
    categories: list[int],
    *,
    doubtful: bool,
) -> None:
    arrived = datetime.combine(day, time(7, chance.randrange(20, 55)), UTC)
    started = arrived + timedelta(minutes=chance.randrange(5, 40))
    opened = started + timedelta(seconds=chance.randrange(40, 400))
    closed = started + timedelta(minutes=chance.randrange(180, 520))
    valid, missing = chance.randrange(7_000, 12_500), chance.randrange(3, 90)
    expired = number % 11 == 5
    processed = valid - (chance.randrange(100, 900) if expired else 0)
    name = f"session_{day:%Y%m%d}_{number:012d}.csv"
    session = await conn.fetchval(
        SESSION,
        day,
        "forced" if expired else "completed",
        expired,
        valid,
        missing,
        valid + missing,
        arrived + timedelta(seconds=4),
        started,
        started + timedelta(seconds=3),
        name,
        opened,
        f"file={name} read={valid}",
        "system",
        closed,
        processed,
    )
    records = valid + missing
    file_name = f"Letture{day:%Y%m%d}{arrived:%H%M%S}000_{records}.txt"
    kept = json.dumps({"kept": records, "ignored": 0, "duplicates": 0, "rejected": 0, "rejected_by": {}})
    file = await conn.fetchval(
        FILE,
        f"{number:064d}",
        file_name,
        records * 41,
        day,
        arrived,
        arrived + timedelta(seconds=4),
        session,
        records,
        kept,
    )
    await _rows(conn, chance, file, session, categories)
    await conn.execute(COUNT_MISSING, session)
    for kind, at in (("import", arrived), ("success", opened)):
        told: dict[str, Any] = {"kind": kind, "data": {}, "to": "warehouse@example.org", "subject": f"{kind} of {day}"}
        await conn.execute(MAIL, f"{kind}:{day}", json.dumps(told), "sent", at, at + timedelta(seconds=2), None)
    run = await conn.fetchval(RUN, f"1 file imported: {file_name}", arrived, arrived + timedelta(seconds=6))
    if doubtful:
        await conn.execute(EFFECT, run, name, opened)


async def _rows(
    conn: asyncpg.Connection, chance: random.Random, file: UUID, session: UUID, categories: list[int]
) -> None:
    numbers = chance.sample(range(600_000_100, 600_000_600), ROWS_OF_A_DAY - 1)
    for line, invoice in enumerate([600_000_077, *numbers], start=1):
        picked = chance.sample(range(len(categories)), chance.randrange(1, 4))
        description = ",".join(CATEGORIES[index] for index in picked)
        value = chance.randrange(100, 9_000) / 100
        kinds = [categories[index] for index in picked]
        await conn.execute(ROW, file, session, line, invoice, description, value, chance.choice(STATUSES), kinds)
        await conn.execute("UPDATE categories SET row_count = row_count + 1 WHERE id = ANY($1)", kinds)


async def _troubled_mails(conn: asyncpg.Connection, day: date) -> None:
    """One that a recipient refused, one that nobody got."""
    at = datetime.combine(day, time(18), UTC)
    partly = {
        "kind": "failed",
        "data": {"business_date": str(day)},
        "to": "warehouse@example.org, gone@example.org",
        "subject": f"The session of {day} failed",
        "refused": {"gone@example.org": "550 No such mailbox"},
    }
    await conn.execute(MAIL, f"failed:{day}", json.dumps(partly), "sent", at, at + timedelta(seconds=3), None)
    dead = {"kind": "late", "data": {}, "to": "warehouse@example.org", "subject": "A file came too late"}
    await conn.execute(MAIL, f"late:{day}", json.dumps(dead), "dead", at, None, "The mail server refused the sender.")
