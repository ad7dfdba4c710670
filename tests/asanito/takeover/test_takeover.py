"""Taking over from the application before: nothing is sent twice, what nobody can tell waits for a person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.asanito.options import DefaultOptions
from tests.support.api import client

pytestmark = [pytest.mark.servers, pytest.mark.timeout(90)]


async def change(source, statement: str, *values: Any) -> None:
    conn = await asyncpg.connect(source.owner)
    try:
        await conn.execute(statement, *values)
    finally:
        await conn.close()


async def members(site, count: int) -> list[UUID]:
    """Members that can be sent, and have one version only."""
    rows = site.outside.rows("membership")
    keys = [row["personVId"] for row in rows]
    due = site.outside.expected()["contacts"]
    return [UUID(key) for key in keys if keys.count(key) == 1 and key in due][:count]


async def test_what_was_sent_before_us_is_bound_and_sent_no_second_time(site):
    site.outside.seed(size=60)
    left = site.outside.leave_behind(0.5)
    await site.run("take-over")
    site.outside.forget_requests()
    assert (await site.states("person"))["synced"] == left["contacts"]
    await site.run("cycle")
    bound = await site.rows("SELECT key FROM bindings WHERE kind = 'person' AND origin = 'taken_over'")
    assert len(bound) == left["contacts"]
    created = site.outside.requests("Person/addLean")
    assert len(created) == len(site.outside.expected()["contacts"]) - left["contacts"]
    assert not site.outside.requests("Person/editLean")
    assert site.outside.differences() == []


async def test_mappings_triggers_deals_and_options_come_along(site):
    site.outside.seed(size=200)
    site.outside.leave_behind(1)
    async with site.core.db.connection() as conn:
        await conn.execute("INSERT INTO mappings (map_type, source_id, asanito_id) VALUES ('Gender', '0', '77')")
    await site.put_options(DefaultOptions, city_id=4711)
    run = await site.run("take-over")
    assert set(run["result"]["tables"]) == {"mapping", "deal_trigger_product", "invoice_deal_link", "job_config"}
    expected = site.outside.mappings()
    saved = {
        (row["map_type"], row["source_id"]): row["asanito_id"]
        for row in await site.rows("SELECT map_type, source_id, asanito_id FROM mappings")
    }
    assert saved.pop(("Gender", "0")) == "77"  # what was decided here stays
    for kind in ("Organization", "CreatorUser", "ProductUnit", "ReceiptAccount"):
        for value, number in expected[kind].items():
            assert saved[kind, value] == str(number)
    options = await site.core.options.get(DefaultOptions)
    assert options.city_id == 4711
    assert options.host_warehouse_id == expected["Defaults"]["HostWarehouseID"]
    assert len(await site.rows("SELECT FROM trigger_products")) == 1
    deals = await site.rows("SELECT FROM deals WHERE state = 'synced'")
    assert len(deals) == len(site.outside.books()["deals"]) > 0
    schedules = await site.rows("SELECT notes FROM inherited_tables WHERE name = 'job_config'")
    assert "sync_receipts_to_income (receipts): 0 4 * * *, off" in schedules[0]["notes"]


async def test_one_id_on_two_records_binds_neither_and_is_listed_before_anything_is_sent(site, source):
    site.outside.seed(size=60)
    first, second, third = await members(site, 3)
    await change(
        source,
        'UPDATE dbo."membership" SET "memberAid" = 900, "fetchStatus" = \'SYNCED\' WHERE "personVId" = ANY($1)',
        [first, second],
    )
    await change(
        source,
        'UPDATE dbo."membership" SET "memberAid" = 901, "fetchStatus" = \'SYNCED\' WHERE "personVId" = $1',
        third,
    )
    run = await site.run("take-over")
    assert (run["state"], run["reason_code"]) == ("partial", "ambiguous")
    for key in (first, second):
        entity = await site.entity("person", key)
        assert (entity["state"], entity["reason_code"]) == ("failed", "ambiguous")
    assert (await site.entity("person", third))["state"] == "synced"
    assert [row["asanito_id"] for row in await site.rows("SELECT asanito_id FROM bindings")] == [901]
    assert not site.outside.writes()
    async with site.api() as app, client(app, "operator", name="M. Rossi") as caller:
        report = (await caller.get("/v1/takeover")).json()
    assert {one["key"] for one in report["ambiguous"]} == {str(first), str(second)}
    assert [one["asanito_id"] for one in report["sample"]] == [901]


async def test_placeholders_are_no_ids(site, source):
    site.outside.seed(size=60)
    await change(source, 'UPDATE dbo."membership" SET "memberAid" = ("idd" % 2)::int')
    await site.run("take-over")
    assert not await site.rows("SELECT FROM bindings")


async def test_what_failed_or_vanished_there_waits_for_a_person_once(site, source):
    site.outside.seed(size=60)
    failed, unknown, ignored, skipped = await members(site, 4)
    for key, status in ((failed, "FAILED"), (unknown, "SYNCED"), (ignored, "IGNORED"), (skipped, "SKIPPED")):
        await change(
            source,
            'UPDATE dbo."membership" SET "fetchStatus" = $2, "fetchMessage" = \'why\' WHERE "personVId" = $1',
            key,
            status,
        )
    await site.run("take-over")
    seen = {key: await site.entity("person", key) for key in (failed, unknown, ignored, skipped)}
    assert [(one["state"], one["reason_code"]) for one in seen.values()] == [
        ("failed", "failed_before"),
        ("failed", "id_unknown"),
        ("ignored", "ignored_by_operator"),
        ("pending", None),
    ]
    assert "why" in seen[failed]["message"]
    async with site.api() as app, client(app, "operator", name="M. Rossi") as caller:
        assert (await caller.post(f"/v1/entities/person/{failed}/retry", json={})).status_code == 200
    await site.run("take-over")
    assert (await site.entity("person", failed))["state"] == "pending"


async def test_an_invoice_whose_confirmation_failed_there_is_confirmed_not_issued_again(site, source):
    site.outside.seed(size=60)
    await site.map_everything()
    await site.run_all()
    key = (await site.rows("SELECT key FROM entities WHERE kind = 'store_invoice' AND state = 'synced' LIMIT 1"))[0]
    bound = (await site.rows("SELECT asanito_id FROM bindings WHERE key = $1", key["key"]))[0]["asanito_id"]
    async with site.core.db.connection() as conn:  # as if we had never been here
        await conn.execute("DELETE FROM bindings WHERE key = $1", key["key"])
        await conn.execute("UPDATE entities SET state = 'pending' WHERE key = $1", key["key"])
    await change(
        source,
        'UPDATE dbo."invoiceHed" SET "invoiceAID" = $2, "fetchStatus" = \'FAILED\' WHERE "invoiceVID" = $1',
        key["key"],
        bound,
    )
    site.outside.forget_requests()
    await site.run("store-invoices")
    assert len(site.outside.requests("Invoice/groupUpdateStatus")) == 1
    assert not site.outside.requests("Invoice/issue")
    assert (await site.entity("store_invoice", key["key"]))["state"] == "synced"


async def test_an_id_that_appears_while_both_stand_side_by_side_is_taken_over_too(site, source):
    site.outside.seed(size=60)
    (key,) = await members(site, 1)
    await site.run("contacts", dry_run=True)
    assert (await site.entity("person", key))["state"] == "pending"
    await change(
        source,
        'UPDATE dbo."membership" SET "memberAid" = 955, "fetchStatus" = \'SYNCED\' WHERE "personVId" = $1',
        key,
    )
    await site.run("contacts", dry_run=True)
    assert (await site.entity("person", key))["state"] == "synced"
    assert [row["asanito_id"] for row in await site.rows("SELECT asanito_id FROM bindings")] == [955]
