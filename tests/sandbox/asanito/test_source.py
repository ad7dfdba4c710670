"""The legacy database: its tables, its stories, and how it grows, read by a login that may do no more than read."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from tests.support.sandbox import ROOT
from tests.support.servers import in_own_loop

pytestmark = pytest.mark.servers

GROUPS = {"membership": "personVId", "service": "serviceVid", "receipt": "vID", "invoiceHed": "invoiceVID"}


def ask(url: str, statement: str, *values):
    """What one login gets for one statement."""

    async def asked():
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close()

    return in_own_loop(asked())


def test_the_same_seed_and_day_make_the_same_rows_and_another_seed_others(gym):
    def rows(seed):
        gym.seed(size=100, seed=seed, until="2026-11-20")
        return {table: gym.rows(table) for table in (*GROUPS, "invoiceItem", "ServiceInvoice")}

    one, same, other = rows(1), rows(1), rows(2)
    assert one == same
    assert not {row["personVId"] for row in one["membership"]} & {row["personVId"] for row in other["membership"]}


def test_a_small_source_has_every_trouble(gym):
    gym.seed(size=300)
    members = gym.rows("membership")
    persons = [row["personVId"] for row in members]
    assert len(persons) > len(set(persons)) > 100
    assert any(row["lastname"] is None for row in members)
    assert any("ي" in (row["name"] or "") for row in members)
    assert any(row["gender"] == 99 for row in members)
    heads, items = gym.rows("invoiceHed"), gym.rows("invoiceItem")
    assert {row["invoiceVID"] for row in heads} - {row["invoiceVID"] for row in items}
    assert any(row["UnitPrice"] * row["count"] > 2**31 for row in items)
    assert {"9.5", "9.50"} & {str(row["TaxPercent"]) for row in heads}
    memberships = {row["memberVId"] for row in members}
    assert any(row["PersonVID"] not in memberships for row in heads)
    latest = {row["personVId"]: row["memberVId"] for row in members}
    assert any(row["PersonVID"] in memberships - set(latest.values()) for row in heads)
    receipts = gym.rows("receipt")
    assert {row["modeldaryaft"].strip() for row in receipts} >= {"نقد", "حواله", "چک"}
    assert any(row["isDelete"] for row in receipts)
    assert max(row["Amount"] for row in receipts) > 2**31


def test_the_reader_reads_and_changes_nothing(gym, source):
    gym.seed(size=100)
    assert ask(source.reader, 'SELECT count(*) FROM dbo."membership"')[0][0] > 40
    for statement in (
        'UPDATE dbo."membership" SET "name" = NULL',
        'DELETE FROM dbo."receipt"',
        "CREATE TABLE dbo.x ()",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            ask(source.reader, statement)


def test_the_writer_writes_statuses_and_nothing_else(gym, source):
    gym.seed(size=100)
    ask(source.writer, """UPDATE dbo."membership" SET "fetchStatus" = 'SYNCED', "memberAid" = 5""")
    assert {row["fetchStatus"] for row in gym.rows("membership")} == {"SYNCED"}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        ask(source.writer, """UPDATE dbo."membership" SET "name" = 'x'""")


def test_a_day_adds_rows_behind_all_others(gym):
    gym.seed(size=100)
    before = {table: gym.rows(table) for table in GROUPS}
    gym.add_day(40)
    for table, rows in before.items():
        after = gym.rows(table)
        assert len(after) > len(rows)
        assert [row["idd"] for row in after[: len(rows)]] == [row["idd"] for row in rows]


def test_a_new_version_has_a_new_row_and_a_new_member_id(gym):
    gym.seed(size=100)
    before = len(gym.rows("membership"))
    (key,) = gym.grow("versions", "membership")
    rows = [row for row in gym.rows("membership") if row["personVId"] == key]
    assert len(gym.rows("membership")) == before + 1
    assert rows[-1]["memberVId"] != rows[-2]["memberVId"]
    assert [row["isChange"] for row in rows] == [False] * (len(rows) - 1) + [True]


def test_an_edit_in_place_makes_no_new_row(gym):
    gym.seed(size=100)
    before = gym.rows("membership")
    keys = gym.grow("edits", "membership", 3)
    after = gym.rows("membership")
    assert [row["idd"] for row in after] == [row["idd"] for row in before]
    changed = [new["personVId"] for new, old in zip(after, before, strict=True) if new != old]
    assert sorted(changed) == sorted(keys)


@pytest.mark.parametrize("table", ["membership", "service", "invoiceHed", "ServiceInvoice", "receipt"])
def test_what_commits_late_has_a_lower_number_than_the_newest(gym, table):
    gym.seed(size=100)
    newest = max(row["idd"] for row in gym.rows(table))
    gym.add_day(40)
    known = {row["idd"] for row in gym.rows(table)}
    assert gym.grow("late", table, 2)
    late = {row["idd"] for row in gym.rows(table)} - known
    assert len(late) == 2
    assert newest < min(late) <= max(late) < max(known)


def test_rows_are_marked_deleted_or_gone(gym):
    gym.seed(size=100)
    (flagged,) = gym.grow("deletions", "receipt")
    (gone,) = gym.grow("deletions", "membership", removal="remove")
    assert [row["isDelete"] for row in gym.rows("receipt") if row["vID"] == flagged] == [True]
    assert not [row for row in gym.rows("membership") if row["personVId"] == gone]


def test_the_source_can_be_out_of_reach(gym, source):
    gym.seed(size=100)
    gate = urlsplit(gym.source_url)
    reader = urlsplit(source.reader)
    account = reader.netloc.rpartition("@")[0]
    through = urlunsplit(reader._replace(netloc=f"{account}@{gate.hostname}:{gate.port}"))
    assert ask(through, 'SELECT count(*) FROM dbo."service"')[0][0] > 10
    gym.system("source", up=False)
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        ask(through, "SELECT 1")
    gym.system("source", up=True)
    gym.system("source", frozen=True)
    with pytest.raises(TimeoutError):
        in_own_loop(asyncio.wait_for(asyncpg.connect(through), 0.5))
    gym.system("source", frozen=False)


@pytest.mark.timeout(60)
def test_very_many_members_are_there_soon(gym, source):
    counts = gym.seed(size=0, members=100_000)
    assert counts["membership"] == 100_000
    assert len(gym.grow("versions", "membership", 100)) == 100
    unlike = 'SELECT count(DISTINCT "personVId"), count(DISTINCT "MobilePhoneNumber1") FROM dbo."membership"'
    assert ask(source.reader, unlike)[0][0] == 100_000


def test_the_command_line_does_the_same_without_a_server(gym, source):
    def told(*words):
        command = [sys.executable, "-m", "sandbox.asanito.source", "--url", source.owner, *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    gym.seed(size=100, seed=4, until="2026-11-20")
    before = gym.rows("membership")
    assert told("--seed", "4", "seed", "--size", "100", "--until", "2026-11-20")["membership"] == len(before)
    assert gym.rows("membership") == before
    (key,) = told("versions", "--table", "service")
    assert gym.rows("service")[-1]["serviceVid"] == key
