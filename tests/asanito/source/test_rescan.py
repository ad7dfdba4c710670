"""Rescan: finds in the whole source what a scan of new rows can't see, and makes work of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.asanito.options import SourceOptions

pytestmark = [pytest.mark.servers, pytest.mark.timeout(60)]


@pytest.fixture
async def blind(site):
    """Its scans read only what is newer than the newest row, so that whatever is found, the rescan found it."""
    await site.put_options(SourceOptions, overlap_rows=0, overlap_minutes=0, block_rows=16)
    return site


async def change(source, statement: str, *values: Any) -> None:
    conn = await asyncpg.connect(source.owner)
    try:
        await conn.execute(statement, *values)
    finally:
        await conn.close()


async def prepare(site, size: int = 40) -> None:
    site.outside.seed(size=size)
    await site.map_everything()
    await site.run("contacts")


async def test_a_source_that_did_not_change_gives_nothing_to_do(blind):
    await prepare(blind)
    await blind.run("rescan")
    before = await blind.rows("SELECT kind, key, version FROM entities ORDER BY 1, 2")
    run = await blind.run("rescan")
    assert (run["state"], run["reason_code"]) == ("succeeded", "nothing_to_do")
    rows = sum(len(blind.outside.rows(name)) for name in TABLE_NAMES)
    assert str(rows) in run["message"]
    assert await blind.rows("SELECT kind, key, version FROM entities ORDER BY 1, 2") == before


TABLE_NAMES = ("membership", "service", "invoiceHed", "invoiceItem", "ServiceInvoice", "receipt")


async def test_rows_edited_in_place_are_found_and_sent_by_the_next_run(blind):
    await prepare(blind)
    keys = [UUID(key) for key in blind.outside.grow("edits", "membership", count=3)]
    await blind.run("contacts")
    assert {(await blind.entity("person", key))["state"] for key in keys} <= {"synced", "failed", "skipped"}
    run = await blind.run("rescan")
    assert run["result"]["edited"] == 3
    states = {(await blind.entity("person", key))["state"] for key in keys}
    assert states == {"pending"}


async def test_rows_that_are_gone_are_ignored_or_a_persons_case(blind, source):
    await prepare(blind)
    synced = await one_key(blind, "kind = 'person' AND state = 'synced'")
    never = await one_key(blind, "kind = 'receipt'")
    await change(source, 'DELETE FROM dbo."membership" WHERE "personVId" = $1', synced)
    await change(source, 'DELETE FROM dbo."receipt" WHERE "vID" = $1', never)
    run = await blind.run("rescan")
    assert run["result"]["gone"] >= 2
    gone, ignored = await blind.entity("person", synced), await blind.entity("receipt", never)
    assert (gone["state"], gone["reason_code"]) == ("failed", "deleted_at_source")
    assert (ignored["state"], ignored["reason_code"]) == ("ignored", "deleted_at_source")


async def test_when_the_newest_version_is_gone_the_one_before_counts_again(blind, source):
    await prepare(blind)
    key = await one_key(blind, "kind = 'person' AND state = 'synced'")
    await change(
        source,
        'INSERT INTO dbo."membership" ("personVId", "memberVId", "name", "lastname", "gender") '
        "VALUES ($1, gen_random_uuid(), 'New', 'Version', 0)",
        key,
    )
    await blind.run("contacts")
    assert (await blind.entity("person", key))["label"] == "New Version"
    await change(source, 'DELETE FROM dbo."membership" WHERE "personVId" = $1 AND "name" = \'New\'', key)
    await blind.run("rescan")
    again = await blind.entity("person", key)
    assert again["label"] != "New Version"
    assert again["state"] == "pending"


async def test_a_line_that_is_gone_changes_its_invoice(blind, source):
    await prepare(blind)
    item = next(row for row in blind.outside.rows("invoiceItem") if not row["isDelete"])
    before = await blind.entity("store_invoice", UUID(item["invoiceVID"]))
    await change(source, 'DELETE FROM dbo."invoiceItem" WHERE "itemVID" = $1', item["itemVID"])
    await blind.run("rescan")
    after = await blind.entity("store_invoice", UUID(item["invoiceVID"]))
    assert after["content_hash"] != before["content_hash"]


async def test_a_status_that_was_emptied_is_a_wish_to_try_again(blind, source):
    await prepare(blind)
    key = await one_key(blind, "kind = 'person' AND state = 'failed'")
    await change(source, 'UPDATE dbo."membership" SET "fetchStatus" = \'FAILED\' WHERE "personVId" = $1', key)
    await blind.run("rescan")
    assert (await blind.entity("person", key))["state"] == "failed"
    await change(source, 'UPDATE dbo."membership" SET "fetchStatus" = NULL WHERE "personVId" = $1', key)
    run = await blind.run("rescan")
    assert run["result"]["reset"] == 1
    assert (await blind.entity("person", key))["state"] == "pending"


async def test_a_row_that_committed_late_is_found(blind, source):
    blind.outside.seed(size=40)
    await blind.map_everything()
    key = UUID(blind.outside.rows("receipt")[0]["vID"])
    await change(source, 'CREATE TABLE kept AS SELECT * FROM dbo."receipt" WHERE "vID" = $1', key)
    await change(source, 'DELETE FROM dbo."receipt" WHERE "vID" = $1', key)
    await blind.run("contacts")
    await change(source, 'INSERT INTO dbo."receipt" SELECT * FROM kept')
    await change(source, "DROP TABLE kept")
    await blind.run("receipts")
    assert not await blind.rows("SELECT FROM entities WHERE key = $1", key)
    run = await blind.run("rescan")
    assert run["result"]["late"] == 1
    assert (await blind.entity("receipt", key))["state"] == "pending"


async def test_a_row_that_comes_back_is_work_again(blind, source):
    await prepare(blind)
    receipt = blind.outside.rows("receipt")[0]
    key = UUID(receipt["vID"])
    await change(source, 'CREATE TABLE kept AS SELECT * FROM dbo."receipt" WHERE "vID" = $1', key)
    await change(source, 'DELETE FROM dbo."receipt" WHERE "vID" = $1', key)
    await blind.run("rescan")
    assert (await blind.entity("receipt", key))["state"] == "ignored"
    await change(source, 'INSERT INTO dbo."receipt" SELECT * FROM kept')
    await change(source, "DROP TABLE kept")
    await blind.run("rescan")
    assert (await blind.entity("receipt", key))["state"] == "pending"


async def one_key(site, condition: str) -> UUID:
    """Some record."""
    found: UUID = (await site.rows(f"SELECT key FROM entities WHERE {condition} ORDER BY key LIMIT 1"))[0]["key"]  # noqa: S608
    return found
