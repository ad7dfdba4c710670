"""Scan: reads a little of what it knows already, so that a row that committed late is not passed over."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest

from services.asanito.options import SourceOptions

pytestmark = [pytest.mark.servers, pytest.mark.timeout(60)]


async def change(source, *statements: str) -> None:
    """One session of somebody with a database tool."""
    conn = await asyncpg.connect(source.owner)
    for statement in statements:
        await conn.execute(statement)
    await conn.close()


@pytest.mark.parametrize(
    ("rows", "minutes"), [(1000, 0), (0, 10)], ids=["by the last thousand", "by where the source stood before"]
)
async def test_a_row_that_commits_late_is_taken_up_by_the_next_run(site, source, rows, minutes):
    site.outside.seed(size=40)
    await site.map_everything()
    await site.put_options(SourceOptions, overlap_rows=rows, overlap_minutes=minutes)
    late = site.outside.rows("receipt")[0]
    await change(
        source,
        f'CREATE TABLE kept AS SELECT * FROM dbo."receipt" WHERE "idd" = {late["idd"]:d}',  # noqa: S608 - a number
        f'DELETE FROM dbo."receipt" WHERE "idd" = {late["idd"]:d}',  # noqa: S608 - a number
    )
    await site.rows("INSERT INTO scan_marks (table_name, at, idd) VALUES ('receipt', now() - interval '1 h', 0)")
    await site.run("receipts")
    assert not await site.rows("SELECT FROM entities WHERE key = $1", UUID(late["vID"]))
    newest = await site.rows("SELECT max(idd) AS idd FROM src_rows WHERE table_name = 'receipt'")
    assert newest[0]["idd"] > late["idd"]
    await change(source, 'INSERT INTO dbo."receipt" SELECT * FROM kept', "DROP TABLE kept")
    await site.run("receipts")
    assert await site.rows("SELECT FROM entities WHERE key = $1", UUID(late["vID"]))


async def test_a_scan_marks_where_the_source_stood_when_it_was_read_and_not_when_the_run_began(site):
    site.outside.seed(size=40)
    began = (await site.rows("SELECT clock_timestamp() AS at"))[0]["at"]
    site.outside.change(latency_seconds=0)
    run = await site.run("dedupe")
    marks = await site.rows("SELECT table_name, at FROM scan_marks")
    assert len(marks) == 6
    assert all(mark["at"] > began for mark in marks)
    assert {mark["at"] for mark in marks} != {marks[0]["at"]}, "each table is marked when it was read"
    assert run["state"] == "succeeded"
