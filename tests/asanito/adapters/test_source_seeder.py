"""Test data over both drivers: tables are made where they are absent, and rows come back as they were told."""

from __future__ import annotations

from datetime import date

import asyncpg
import pytest

from common.errors import Conflict
from services.asanito.adapters.source import open_driver
from services.asanito.adapters.source_seeder import TableSeeder
from services.asanito.adapters.source_tables import TableSource
from services.asanito.admin.rules_seed import tell
from services.asanito.source.rules import TABLES
from tests.support.asanito_sandbox import source_database
from tests.support.debian_packages import NotToBeHad
from tests.support.odbc import psqlodbc

TODAY = date(2026, 11, 21)


class Recording:
    """A server with nothing in it, that only writes down what it is told."""

    numbered = False

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    async def fetch(self, statement: str, *values):
        return []

    async def fetch_values(self, statement: str, *values):
        raise AssertionError(statement)

    async def change(self, statement: str, *values) -> None:
        self.told.append((statement, len(values)))


async def test_an_sql_server_is_told_its_own_types_and_no_list_that_is_too_long():
    server = Recording()
    await TableSeeder(server, dialect="mssql", reader="portico_reader").fill(
        tell(TODAY) | {"service": [{"code": 1}] * 3000}
    )
    statements = [statement for statement, _ in server.told]
    made = [statement for statement in statements if statement.startswith("CREATE TABLE")]
    assert len(made) == len(TABLES) + 1
    assert "portico_test_data" in made[0]  # first of all: what is left half made is test data
    assert all("BIGINT IDENTITY(1,1)" in statement and "UNIQUEIDENTIFIER" in statement for statement in made[1:])
    assert not [statement for statement in statements if "{" in statement or "SCHEMA" in statement]
    assert 'GRANT SELECT ON "dbo"."receipt" TO "portico_reader"' in statements
    assert max(count for _, count in server.told) < 2100
    assert all(statement.count("?") == count for statement, count in server.told)


@pytest.mark.servers
@pytest.mark.timeout(40)
@pytest.mark.parametrize("by", ["asyncpg", "psqlodbc"])
async def test_rows_come_back_as_they_were_told(by, databases):
    odbc_driver = ""
    if by == "psqlodbc":
        try:
            odbc_driver = psqlodbc()
        except NotToBeHad as error:
            pytest.skip(f"psqlodbc can't be had: {error}")
    with source_database(databases) as made:
        url = made.owner.replace("postgresql://", "postgresql+odbc://") if odbc_driver else made.owner
        async with open_driver(url, odbc_driver, writes=True) as driver:
            seeder = TableSeeder(driver, dialect="postgresql", reader="")
            told = tell(TODAY)
            for _ in range(2):
                filled = await seeder.fill(told)
            for name, rows in told.items():
                low = await TableSource(driver).next_idd(name, 0)
                found = await TableSource(driver).block(name, low, low + 1000)
                assert len(found) == filled[name] == len(rows)
                assert [{column: row[column] for column in rows[0]} for row in found] == [
                    {column: row[column] for column in rows[0]} for row in rows
                ]
            conn = await asyncpg.connect(made.owner)
            await conn.execute('DROP TABLE dbo."portico_test_data"')
            await conn.close()
            with pytest.raises(Conflict) as refused:
                await seeder.fill(told)
            assert refused.value.code == "source_not_test_data"
