"""The writer of statuses: lists of any length, in statements that SQL Server takes."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from services.asanito.adapters.source import open_driver
from services.asanito.adapters.source_writer import TableWriter, portions
from services.asanito.ports import StatusWord
from tests.support.asanito_sandbox import source_database
from tests.support.debian_packages import NotToBeHad
from tests.support.odbc import psqlodbc

SCHEMA = Path(__file__).parents[3] / "sandbox/asanito/source/schema.sql"
MEMBERS = """
INSERT INTO dbo."membership" ("personVId", "memberVId", "name")
SELECT ('00000000-0000-0000-0000-' || lpad((n % 5000)::text, 12, '0'))::uuid, gen_random_uuid(), 'x'
FROM generate_series(1, 10000) AS n
"""
SQL_SERVERS_LIMIT = 2100
COUNT = 5000


@pytest.mark.parametrize(("count", "parameters", "sizes"), [
    (0, 4, []),
    (500, 4, [500]),
    (501, 4, [500, 1]),
    (5000, 4, [500] * 10),
    (5000, 3, [666] * 7 + [338]),
    (5000, 1, [2000, 2000, 1000]),
])  # fmt: skip
def test_a_list_is_cut_to_what_one_statement_takes(count, parameters, sizes):
    found = list(portions(range(count), parameters))
    assert [len(some) for some in found] == sizes
    assert [number for some in found for number in some] == list(range(count))
    assert all(len(some) * parameters < SQL_SERVERS_LIMIT for some in found)


class Counting:
    """A driver that tells how many parameters its statements had."""

    def __init__(self, driver) -> None:
        self.numbered = driver.numbered
        self.fetch = driver.fetch
        self.fetch_values = driver.fetch_values
        self.sizes: list[int] = []
        self._driver = driver

    async def change(self, statement: str, *values) -> None:
        self.sizes.append(len(values))
        await self._driver.change(statement, *values)


@pytest.fixture(scope="module", params=["asyncpg", "psqlodbc"])
def legacy(request, databases):
    """URL, driver and owner of a legacy database with 5,000 members in two versions each."""
    driver = ""
    if request.param == "psqlodbc":
        try:
            driver = psqlodbc()
        except NotToBeHad as error:
            pytest.skip(f"psqlodbc can't be had: {error}")
    with source_database(databases) as made:
        yield made.owner.replace("postgresql://", "postgresql+odbc://") if driver else made.owner, driver, made.owner


@pytest.mark.servers
@pytest.mark.timeout(40)
async def test_five_thousand_keys_are_written_in_statements_that_the_server_takes(legacy):
    url, odbc_driver, owner = legacy
    conn = await asyncpg.connect(owner)
    await conn.execute(SCHEMA.read_text(encoding="utf-8"))
    await conn.execute(MEMBERS)
    newest = range(COUNT + 1, 2 * COUNT + 1)
    words = [StatusWord(idd, "SYNCED", f"متن {idd}", None if idd % 5 == 0 else idd) for idd in newest]
    async with open_driver(url, odbc_driver, writes=True) as opened:
        driver = Counting(opened)
        writer = TableWriter(driver, dialect="postgresql")
        await writer.write_words("membership", words)
        await writer.supersede("membership", list(newest))
    assert max(driver.sizes) < SQL_SERVERS_LIMIT
    assert sum(driver.sizes) == 4 * 4000 + 3 * 1000 + COUNT
    rows = await conn.fetch(
        'SELECT "fetchStatus" AS status, count(*) AS n, count("memberAid") AS ids, '
        'count(*) FILTER (WHERE "fetchMessage" = \'متن \' || "idd") AS said FROM dbo."membership" GROUP BY 1 ORDER BY 1'
    )
    await conn.close()
    assert [tuple(row) for row in rows] == [("SUPERSEDED", COUNT, 0, 0), ("SYNCED", COUNT, 4000, COUNT)]
