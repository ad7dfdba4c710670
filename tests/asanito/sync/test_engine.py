"""The engine at its edges: two hands on one record, a lease that is gone, content that moves, what a dry run leaves."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import pytest

from services.asanito.options import SyncOptions, TargetOptions
from tests.support.api import client

pytestmark = pytest.mark.servers


async def seeded(site, *jobs: str):
    site.outside.seed(size=60)
    await site.map_everything()
    for job in ("dedupe", *jobs):
        await site.run(job)
    site.outside.forget_requests()


def calls(site, operation: str) -> int:
    return len(site.outside.requests(operation))


async def until(look, seconds: float = 30):
    async with asyncio.timeout(seconds):
        while not (seen := await look()):  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.02)
    return seen


async def change(source, statement: str, *values) -> None:
    """Somebody with a database tool."""
    conn = await asyncpg.connect(source.owner)
    await conn.execute(statement, *values)
    await conn.close()


async def while_running(site, job: str):
    """The job as a task, in the middle of its work: slow, and with one record done."""
    site.outside.change(latency_seconds=0.1)
    task = asyncio.create_task(site.run(job))
    await until(lambda: site.rows("SELECT 1 FROM bindings"))
    return task


async def test_a_dry_run_writes_nothing_anywhere(site):
    await seeded(site)
    look = "SELECT kind, key, state, version, attempts, warnings FROM entities ORDER BY kind, key"
    before = await site.rows(look)
    for job in ("contacts", "products", "store-invoices", "service-invoices", "receipts"):
        run = await site.run(job, dry_run=True)
        assert run["state"] in ("succeeded", "partial"), dict(run)
    assert site.outside.writes() == []
    assert await site.rows(look) == before
    for table in ("bindings", "categories", "creations", "tenants", "deals", "run_effects"):
        assert await site.rows(f"SELECT 1 FROM {table}") == [], table  # noqa: S608 - a table of ours
    told = await site.rows("SELECT DISTINCT reason FROM run_items")
    assert "would_create" in {row["reason"] for row in told}


async def test_what_a_person_binds_during_a_run_is_not_created_as_well(site):
    await seeded(site)
    task = await while_running(site, "contacts")
    last = "SELECT key FROM entities WHERE kind = 'person' AND state = 'pending' ORDER BY idd DESC LIMIT 1"
    ((key,),) = [tuple(row) for row in await site.rows(last)]
    async with site.api() as app, client(app, "admin") as admin:
        answer = await admin.post(f"/v1/entities/person/{key}/bind", json={"asanito_id": 987654, "note": "seen"})
        assert answer.is_success, answer.text
    await task
    ((code,),) = [
        tuple(row) for row in await site.rows("SELECT row ->> 'MembershipCode' FROM src_rows WHERE key = $1", key)
    ]
    sent = [json.dumps(one["body"]) for one in site.outside.requests("Person/addLean")]
    # Bound to what is not there: it is made again once the edit says so, and never before.
    assert sum(f'"longValue": {code},' in body for body in sent) <= 1
    assert any('"id": 987654' in json.dumps(one["body"]) for one in site.outside.requests("Person/editLean"))


async def test_a_worker_whose_lease_was_stolen_sends_and_writes_nothing_more(site):
    await seeded(site)
    task = await while_running(site, "contacts")
    await site.rows("UPDATE runs SET lease_token = gen_random_uuid() WHERE state = 'running'")
    sent = calls(site, "Person/addLean")
    await task
    assert calls(site, "Person/addLean") <= sent + 1  # the call in hand
    states = await site.states("person")
    bound = len(await site.rows("SELECT 1 FROM bindings"))
    assert states["synced"] <= bound <= sent + 1  # what arrived is bound: a fact stays a fact
    assert states["pending"] > 1


async def test_content_that_changes_while_it_is_sent_is_work_again(site):
    await seeded(site)
    site.outside.change(latency_seconds=0.3)
    task = asyncio.create_task(site.run("contacts", limit=1))
    (effect,) = await until(lambda: site.rows("SELECT key FROM run_effects WHERE state = 'planned'"))
    key = effect["key"].partition(":")[2]
    await site.rows("UPDATE entities SET content_hash = 'newer' WHERE key = $1", key)
    await task
    held = await site.entity("person", key)
    assert held["state"] == "pending"
    site.outside.change(latency_seconds=0)
    await site.run("contacts", keys=[key])
    assert (await site.entity("person", key))["state"] == "synced"
    assert calls(site, "Person/editLean") == 1


async def test_more_doubts_than_a_batch_are_all_looked_up_by_one_run(site):
    await seeded(site)
    await site.put_options(TargetOptions, down_after=100)
    await site.put_options(SyncOptions, batch_size=2)
    site.outside.fault("Person/addLean", "reset_after", times=5)
    await site.run("contacts")
    assert (await site.states("person"))["uncertain"] == 5
    await site.run("contacts")
    assert "uncertain" not in await site.states("person")


@pytest.mark.parametrize(("fault", "state"), [("reset_after", "failed"), ("reply", "ignored")])
async def test_what_is_deleted_while_in_doubt_is_looked_up_and_not_created(site, source, fault, state):
    await seeded(site, "contacts")
    site.outside.fault("OperatingIncome/addNew", fault, status=503)
    await site.run("receipts")
    (held,) = await site.rows("SELECT key FROM entities WHERE kind = 'receipt' AND state = 'uncertain'")
    await change(source, 'UPDATE dbo.receipt SET "isDelete" = true WHERE "vID" = $1', held["key"])
    sent = calls(site, "OperatingIncome/addNew")
    await site.run("receipts", keys=[str(held["key"])])
    assert calls(site, "OperatingIncome/addNew") == sent
    now = await site.entity("receipt", held["key"])
    assert (now["state"], now["reason_code"]) == (state, "deleted_at_source")


async def test_a_doubt_that_meets_another_obstacle_stays_a_doubt(site):
    await seeded(site, "contacts")
    site.outside.fault("OperatingIncome/addNew", "reset_after")
    await site.run("receipts")
    (held,) = await site.rows("SELECT key FROM entities WHERE kind = 'receipt' AND state = 'uncertain'")
    await site.rows("UPDATE src_rows SET row = row || '{\"Amount\": 0}' WHERE key = $1", held["key"])
    await site.run("receipts", keys=[str(held["key"])])
    now = await site.entity("receipt", held["key"])
    assert (now["state"], now["reason_code"]) == ("uncertain", "remote_uncertain")
    assert "amount" in now["message"]


async def test_that_two_contacts_share_a_number_is_still_told_after_the_next_update(site):
    await seeded(site, "contacts")
    warning = [{"code": "both_bound", "message": "x", "params": {}, "retry": False}]
    await site.rows("UPDATE entities SET warnings = $1 WHERE kind = 'person' AND state = 'synced'", warning)
    (changed, *_) = site.outside.grow("versions", "membership", count=3, seed=1)
    await site.run("contacts")
    rows = await site.rows(
        "SELECT e.warnings FROM entities AS e JOIN bindings AS b USING (kind, key) "
        "WHERE e.kind = 'person' AND b.synced_at > b.bound_at"
    )
    assert changed
    assert all("both_bound" in {one["code"] for one in row["warnings"]} for row in rows)


async def test_contacts_that_were_there_are_adopted_and_two_of_them_are_a_persons_choice(site):
    await seeded(site, "contacts")
    there = len(site.outside.books()["contacts"])
    (one, *_) = await site.rows(
        "SELECT key, asanito_id FROM bindings JOIN src_rows USING (key) WHERE kind = 'person' AND mobile IS NOT NULL "
        "AND national_code IS NOT NULL ORDER BY idd LIMIT 1"
    )
    forget = "DELETE FROM bindings WHERE key = $1"
    await site.rows(forget, one["key"])
    await site.rows("UPDATE entities SET state = 'pending' WHERE key = $1", one["key"])
    await site.run("contacts")
    assert len(site.outside.books()["contacts"]) == there
    (bound,) = await site.rows("SELECT asanito_id, origin FROM bindings WHERE key = $1", one["key"])
    assert tuple(bound) == (one["asanito_id"], "adopted")

    await site.put_options(TargetOptions, adopt_existing=False)
    await site.rows(forget, one["key"])
    await site.rows("UPDATE entities SET state = 'pending' WHERE key = $1", one["key"])
    await site.run("contacts")
    assert len(site.outside.books()["contacts"]) == there + 1  # asked for by the option
    await site.put_options(TargetOptions, adopt_existing=True)
    await site.rows(forget, one["key"])
    await site.rows("UPDATE entities SET state = 'pending' WHERE key = $1", one["key"])
    await site.run("contacts")
    assert len(site.outside.books()["contacts"]) == there + 1
    held = await site.entity("person", one["key"])
    assert (held["state"], held["reason_code"]) == ("failed", "several_matches")
    async with site.api() as app, client(app, "admin") as admin:
        body = {"asanito_id": one["asanito_id"], "note": "the older one"}
        assert (await admin.post(f"/v1/entities/person/{one['key']}/bind", json=body)).is_success
    await site.run("contacts")
    assert (await site.entity("person", one["key"]))["state"] == "synced"


async def test_an_invoice_that_is_made_again_is_confirmed_again(site, source):
    await seeded(site, "contacts", "products", "store-invoices")
    await change(source, 'UPDATE dbo."invoiceHed" SET "TaxPercent" = 7')
    site.outside.fault("Invoice/edit", "absent", times=None)
    await site.run("store-invoices")
    made = [one for one in site.outside.requests("Invoice/edit") if one["status"] == 404]
    assert made
    bound = {row["asanito_id"] for row in await site.rows("SELECT asanito_id FROM bindings WHERE kind LIKE '%invoice'")}
    ours = [one for one in site.outside.books()["invoices"] if one["id"] in bound]
    assert len(ours) == len(bound)
    assert {one["status"] for one in ours} == {3}


async def test_an_invoice_that_lost_a_line_loses_it_in_asanito_too(site, source):
    await seeded(site, "contacts", "products", "store-invoices")
    site.outside.change(edit_confirmed=True)
    rows = await site.rows(
        "SELECT b.key, b.asanito_id, max(item.key::text) AS item FROM bindings AS b "
        "JOIN src_rows AS item ON item.table_name = 'invoiceItem' AND item.parent_key = b.key AND NOT item.is_deleted "
        "WHERE b.kind = 'store_invoice' GROUP BY b.key, b.asanito_id HAVING count(*) > 1 ORDER BY b.asanito_id"
    )
    one = rows[0]
    await change(source, 'UPDATE dbo."invoiceItem" SET "isDelete" = true WHERE "itemVID"::text = $1', one["item"])
    lines = {invoice["id"]: len(invoice["lines"]) for invoice in site.outside.books()["invoices"]}
    await site.run("store-invoices")
    now = {invoice["id"]: len(invoice["lines"]) for invoice in site.outside.books()["invoices"]}
    assert now[one["asanito_id"]] == lines[one["asanito_id"]] - 1
    assert now == {**lines, one["asanito_id"]: now[one["asanito_id"]]}


@pytest.mark.parametrize("cancels", [False, True], ids=["told", "cancelled"])
async def test_an_invoice_that_is_deleted_after_it_was_sent(site, source, cancels):
    await seeded(site, "contacts", "products", "store-invoices")
    await site.put_options(SyncOptions, cancel_deleted=cancels)
    (one, *_) = await site.rows("SELECT key, asanito_id FROM bindings WHERE kind = 'store_invoice' ORDER BY asanito_id")
    await change(source, 'UPDATE dbo."invoiceHed" SET "isDelete" = true WHERE "invoiceVID" = $1', one["key"])
    for _ in range(2):
        await site.run("store-invoices")
    held = await site.entity("store_invoice", one["key"])
    assert (held["state"], held["reason_code"]) == ("ignored" if cancels else "failed", "deleted_at_source")
    status = {invoice["id"]: invoice["status"] for invoice in site.outside.books()["invoices"]}
    assert status.pop(one["asanito_id"]) == (6 if cancels else 3)
    assert set(status.values()) == {3}
    called = [call for call in site.outside.requests("Invoice/groupUpdateStatus") if call["body"]["status"] == 6]
    assert len(called) == int(cancels)


async def test_neither_names_nor_numbers_of_persons_are_told_by_runs(site):
    await seeded(site)
    site.outside.weather(0.1, seed=4, limit=20)
    await site.run_all()
    told = ""
    for table in ("runs", "run_logs", "run_items", "run_effects"):
        for row in await site.rows(f"SELECT to_jsonb(t) AS row FROM {table} AS t"):  # noqa: S608 - a table of ours
            told += json.dumps(row["row"], ensure_ascii=False, default=str)
    assert "person:" in told
    for row in site.outside.rows("membership"):
        for column in ("lastname", "MobilePhoneNumber1", "CodeMelli", "Address1"):
            if (value := row[column]) and len(value.strip()) > 3:
                assert value not in told, column
    assert site.outside.password not in told
