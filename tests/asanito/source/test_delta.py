"""A scan reads what is new, however much there is, and holds little of it in memory."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta

import asyncpg
import pytest

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

MEMBERS = 1_000_000
VERSIONS = 100
OVERLAP = 1000
MOST_BYTES = 24 * 1024 * 1024
NEW_VERSIONS = """
INSERT INTO dbo."membership" ("personVId", "memberVId", "name", "lastname", "gender", "isChange")
SELECT "personVId", gen_random_uuid(), "name", "lastname" || ' ', "gender", true
FROM dbo."membership" WHERE "idd" % 10000 = 0 ORDER BY "idd"
"""


@pytest.fixture
async def counted(site):
    """Rows that the source gave, as a list of one number."""
    read, block = [0], site.resources.reader.block

    async def counting(table: str, low: int, high: int):
        rows = await block(table, low, high)
        read[0] += len(rows)
        return rows

    site.resources.reader.block = counting
    return read


async def test_of_a_million_members_a_run_with_a_hundred_changes_reads_only_these(site, source, counted):
    site.outside.seed(size=0, members=MEMBERS)
    # As after the copy of the first day, an hour ago; that this one reads in blocks is shown by `./dev bench asanito`.
    long_ago = site.core.clock.now() - timedelta(hours=1)
    await site.rows("INSERT INTO scan_marks (table_name, at, idd) VALUES ('membership', $1, $2)", long_ago, MEMBERS)
    conn = await asyncpg.connect(source.owner)
    await conn.execute(NEW_VERSIONS)
    await conn.close()
    tracemalloc.start()
    run = await site.run("take-over")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert run["state"] == "succeeded", run["message"]
    assert counted[0] <= VERSIONS + OVERLAP + 1
    found = await site.rows("SELECT count(*) AS n FROM entities WHERE kind = 'person' AND idd > $1", MEMBERS)
    assert found[0]["n"] == VERSIONS
    assert peak < MOST_BYTES
