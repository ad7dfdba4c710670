"""The doctor: everything outside is looked at, and what is wrong comes with what mends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from services.asanito.doctor.rules import judge_columns, judge_reader, judge_writer
from services.asanito.options import SourceOptions
from services.asanito.ports import SourceFacts
from services.asanito.source.rules import TABLES
from tests.support.api import client

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def facts(**more) -> SourceFacts:
    values = {
        "server": "mssql 16", "login": "portico_reader", "utc": NOW.replace(tzinfo=None), "encrypted": True,
        "indexed": frozenset((name, "idd") for name in TABLES), "readable": frozenset(TABLES), "writable": frozenset(),
    }  # fmt: skip
    return SourceFacts(**(values | more))


def test_a_source_as_it_should_be_has_nothing_to_mend():
    assert {one.level for one in judge_reader(facts(), NOW)} == {"ok"}


@pytest.mark.parametrize(
    ("change", "name", "level", "fix"),
    [
        ({"encrypted": False}, "tls", "advice", "Encrypt=yes"),
        ({"encrypted": None}, "tls", "advice", ""),
        (
            {"readable": frozenset(TABLES) - {"receipt"}},
            "grants",
            "problem",
            'GRANT SELECT ON "dbo"."receipt" TO "portico_reader"',
        ),
        ({"writable": frozenset({"membership"})}, "grants", "advice", "only read"),
        ({"utc": NOW.replace(tzinfo=None) + timedelta(minutes=2)}, "clock", "advice", "time server"),
        (
            {"indexed": frozenset()},
            "index",
            "advice",
            'CREATE INDEX "ix_portico_membership" ON "dbo"."membership" ("idd")',
        ),
    ],
)
def test_what_is_wrong_with_the_source_comes_with_what_mends_it(change, name, level, fix):
    found = {one.name: one for one in judge_reader(facts(**change), NOW)}
    assert found[name].level == level
    assert fix in found[name].fix
    assert {one.level for other, one in found.items() if other != name} == {"ok"}


def test_missing_tables_and_columns_are_named_and_status_columns_come_with_their_statement():
    columns = {name: frozenset(table.columns) for name, table in TABLES.items()}
    assert [one.level for one in judge_columns(columns, [])] == ["ok"]
    del columns["receipt"]
    columns["service"] -= {"price"}
    (tables, status) = judge_columns(columns, ["ALTER TABLE x"])
    assert tables.detail == "The source lacks receipt, service.price."
    assert (status.level, status.fix) == ("problem", "ALTER TABLE x")


def test_the_mirrors_login_needs_five_tables_and_no_more():
    five = frozenset(table.name for table in TABLES.values() if table.kind)
    assert [one.level for one in judge_writer(facts(writable=five))] == ["ok"]
    (lacking,) = judge_writer(facts(writable=five - {"service"}))
    assert (
        lacking.fix
        == 'GRANT UPDATE ON "dbo"."service" ("fetchStatus", "fetchMessage", "serviceAid") TO "portico_reader"'
    )


@pytest.mark.servers
@pytest.mark.timeout(60)
async def test_the_doctor_sees_grants_columns_indexes_the_mirror_and_the_login(site, source):
    site.outside.seed(size=20)
    async with site.api() as app, client(app, "operator", name="M. Rossi") as caller:
        report = (await caller.get("/v1/doctor")).json()
        found = {one["name"]: one for one in report["findings"]}
        assert report["ok"], report
        assert found["grants"]["detail"] == "reads, and can't write"
        assert found["tables"]["level"] == found["index"]["level"] == found["asanito"]["level"] == "ok"
        assert found["mirror"]["detail"] == "off"
        conn = await asyncpg.connect(source.owner)
        try:
            await conn.execute('ALTER TABLE dbo."receipt" DROP COLUMN "fetchMessage"')
        finally:
            await conn.close()
        site.outside.fault("Account/LoginWithPhoneNumber", "reply", status=401, times=None)
        site.outside.expire_tokens()
        await site.put_options(SourceOptions, write_back=True)
        report = (await caller.get("/v1/doctor")).json()
    found = {one["name"]: one for one in report["findings"]}
    assert not report["ok"]
    assert found["status_columns"]["fix"] == 'ALTER TABLE "dbo"."receipt" ADD COLUMN "fetchMessage" text NULL'
    assert (found["mirror"]["level"], found["mirror"]["fix"][:26]) == ("problem", "Set ASANITO_WRITEBACK_URL,")
