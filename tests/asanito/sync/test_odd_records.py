"""What nobody thought of: an odd record stops no other, a long search is read to its end, a decision stays."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import httpx
import pytest

from services.asanito.options import SyncOptions
from tests.support.api import client

pytestmark = pytest.mark.servers


async def seeded(site, *jobs: str, size: int = 60) -> None:
    site.outside.seed(size=size)
    await site.map_everything()
    for job in ("dedupe", *jobs):
        await site.run(job)
    site.outside.forget_requests()


async def change(source, statement: str, *values) -> None:
    """Somebody with a database tool."""
    conn = await asyncpg.connect(source.owner)
    await conn.execute(statement, *values)
    await conn.close()


def calls(site, operation: str) -> int:
    return len(site.outside.requests(operation))


def by_hand(site, method: str, path: str, **query: int) -> None:
    """Somebody at work in Asanito itself."""
    outside = site.outside
    who = {"mobile": outside.mobile, "password": outside.password, "customerId": outside.customer_id}
    with httpx.Client(base_url=outside.api_url, timeout=30) as asanito:
        token = asanito.post("/api/auth/Account/LoginWithPhoneNumber", json=who).json()["access_token"]
        answer = asanito.request(method, path, params=query, headers={"Authorization": f"Bearer {token}"})
    assert answer.is_success, answer.text


FIRST, SECOND = '"idd" = (SELECT min("idd") FROM {0})', '"idd" = (SELECT min("idd") + 1 FROM {0})'
ODD = {
    "receipts": ("dbo.receipt", [("Amount", "5000000000000000", FIRST), ("tarikh", "'0001-01-01'", SECOND)]),
    "store-invoices": ('dbo."invoiceHed"', [("IssueDate", "'0001-01-01'", FIRST)]),
    "service-invoices": ('dbo."ServiceInvoice"', [("UnitPrice", "1e25", FIRST), ("TaxPercent", "'NaN'", SECOND)]),
}


@pytest.mark.parametrize("job", ODD)
async def test_one_record_that_nobody_thought_of_fails_alone(site, source, job):
    site.outside.seed(size=60)
    table, oddities = ODD[job]
    for column, value, which in oddities:
        await change(source, f'UPDATE {table} SET "{column}" = {value} WHERE {which.format(table)}')  # noqa: S608
    await site.map_everything()
    for earlier in ("dedupe", "contacts", "products"):
        await site.run(earlier)
    run = await site.run(job)
    assert run["state"] == "partial", (run["reason_code"], run["message"])
    kind = job.removesuffix("s").replace("-", "_")
    assert (await site.reasons(kind))["invalid_data"] >= len(oddities)
    assert (await site.states(kind))["synced"] > 3


async def test_a_lost_product_is_found_behind_a_hundred_namesakes(site):
    await seeded(site)
    site.outside.fault("Product/addNew", "reset_after")
    await site.run("products")
    (held,) = await site.rows("SELECT key FROM entities WHERE kind = 'product' AND state = 'uncertain'")
    (sent,) = [one for one in site.outside.requests("Product/addNew") if one["fault"]]
    for number in range(120):  # the newest stand first in the answer
        await site.resources.asanito.add_product({**sent["body"], "title": f"{sent['body']['title']} {number}"})
    added = calls(site, "Product/addNew")
    await site.run("products")
    assert (await site.entity("product", held["key"]))["state"] == "synced"
    assert calls(site, "Product/addNew") == added


async def test_a_lost_invoice_is_found_behind_a_hundred_others_with_its_number_in_theirs(site):
    await seeded(site, "contacts", "products")
    site.outside.fault("Invoice/issue", "reset_after")
    await site.run("store-invoices")
    (held,) = await site.rows("SELECT key FROM entities WHERE kind = 'store_invoice' AND state = 'uncertain'")
    (sent,) = [one for one in site.outside.requests("Invoice/issue") if one["fault"]]
    for number in range(120):
        await site.resources.asanito.issue_invoice({**sent["body"], "title": f"{sent['body']['title']}{number}"})
    issued = calls(site, "Invoice/issue")
    await site.run("store-invoices")
    assert (await site.entity("store_invoice", held["key"]))["state"] == "synced"
    assert calls(site, "Invoice/issue") == issued


async def test_an_invoice_is_never_taken_for_one_of_the_other_table(site, source):
    """The same number, person and day in both tables: the lost one is not found in the other's place."""
    await seeded(site, "contacts", "products", "service-invoices")
    (other, *_) = await site.rows(
        "SELECT row.row, b.asanito_id FROM bindings AS b JOIN src_rows AS row USING (key) "
        "WHERE b.kind = 'service_invoice' ORDER BY b.asanito_id"
    )
    await site.run("store-invoices", limit=1)  # the copy is made
    pending = "SELECT key FROM entities WHERE kind = 'store_invoice' AND state = 'pending' ORDER BY idd"
    async with site.api() as app, client(app, "operator") as operator:
        for first in await site.rows(pending):
            if (await operator.get(f"/v1/entities/store_invoice/{first['key']}/preview")).json()["op"] == "create":
                break
    await change(
        source,
        'UPDATE dbo."invoiceHed" SET "Title" = $2, "PersonVID" = $3::text::uuid, "IssueDate" = $4::text::date '
        'WHERE "invoiceVID" = $1',
        *(first["key"], other["row"]["title"], other["row"]["personid"], other["row"]["IssueDate"][:10]),
    )
    await site.run("rescan")
    site.outside.fault("Invoice/issue", "reply", status=502)  # it does not arrive
    for _ in range(2):
        await site.run("store-invoices", keys=[str(first["key"])])
    (bound,) = await site.rows("SELECT asanito_id FROM bindings WHERE key = $1", first["key"])
    assert bound["asanito_id"] != other["asanito_id"]
    async with site.api() as app, client(app, "admin") as admin:
        (loose, *_) = await site.rows(pending)
        body = {"asanito_id": other["asanito_id"], "note": "x"}
        refused = await admin.post(f"/v1/entities/store_invoice/{loose['key']}/bind", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_bound")


async def test_a_category_that_was_deleted_in_asanito_is_made_again_once(site):
    await seeded(site, "products")
    for one in site.outside.books()["categories"]:
        by_hand(site, "DELETE", "/api/asanito/ProductCategory/delete", ID=one["id"])
    site.outside.grow("versions", "service", count=5, seed=3)
    site.outside.forget_requests()
    await site.run("products")
    assert "remote_rejected" not in await site.reasons("product")
    assert any(one["effect"] for one in site.outside.requests("Product/edit"))
    titles = [one["title"] for one in site.outside.books()["categories"]]
    assert 0 < len(titles) == len(set(titles))
    there = {one["id"] for one in site.outside.books()["categories"]}
    held = {row["asanito_id"] for row in await site.rows("SELECT asanito_id FROM categories")}
    assert there <= held


async def test_who_ignores_a_record_while_it_is_at_work_is_not_overruled(site):
    await seeded(site)
    site.outside.change(latency_seconds=0.5)
    site.outside.fault("Person/addLean", "reply", status=400)
    await site.run("contacts", limit=1, dry_run=True)  # the copy is made
    (first, *_) = await site.rows("SELECT key FROM entities WHERE kind = 'person' AND state = 'pending' ORDER BY idd")
    key = first["key"]
    await site.rows("UPDATE entities SET state = 'skipped', reason_code = 'mapping_missing' WHERE key = $1", key)
    async with site.api() as app, client(app, "operator") as operator:
        task = asyncio.create_task(site.run("contacts", keys=[str(key)]))
        async with asyncio.timeout(30):
            while not await site.rows("SELECT 1 FROM run_effects WHERE state = 'planned'"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        answer = await operator.post(f"/v1/entities/person/{key}/ignore", json={"note": "not ours"})
        assert answer.is_success, answer.text
        await task
    held = await site.entity("person", key)
    assert (held["state"], held["reason_code"], held["message"]) == ("ignored", "ignored_by_operator", "not ours")


async def test_nobody_settles_a_call_that_is_under_way(site):
    await seeded(site)
    await site.run("contacts", limit=1, dry_run=True)  # the copy is made
    (first, *_) = await site.rows("SELECT key FROM entities WHERE kind = 'person' AND state = 'pending' ORDER BY idd")
    key = first["key"]
    await site.rows("UPDATE entities SET state = 'uncertain', reason_code = 'remote_uncertain' WHERE key = $1", key)
    site.outside.change(latency_seconds=1)
    site.outside.fault("Person/addLean", "reset_after")
    async with site.api() as app, client(app, "admin") as admin:
        task = asyncio.create_task(site.run("contacts", keys=[str(key)]))
        async with asyncio.timeout(30):
            while not await site.rows("SELECT 1 FROM run_effects WHERE state = 'planned'"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        for action, body in (("confirm-absent", {"note": "looked"}), ("bind", {"asanito_id": 4711, "note": ""})):
            answer = await admin.post(f"/v1/entities/person/{key}/{action}", json=body)
            assert answer.status_code == 409, (action, answer.text)
        await task
    site.outside.change(latency_seconds=0)
    assert (await site.entity("person", key))["state"] == "uncertain"
    await site.run("contacts", keys=[str(key)])
    assert (await site.entity("person", key))["state"] == "synced"
    assert calls(site, "Person/addLean") == 1


async def test_what_asanito_says_of_a_person_is_not_repeated(site, source):
    site.outside.seed(size=60)
    await change(source, "UPDATE dbo.membership SET \"CodeMelli\" = '۷۷۳۳۱۱۵۵'")
    await site.map_everything()
    await site.run("contacts")
    assert (await site.reasons("person"))["remote_rejected"] > 3
    told = [dict(row) for row in await site.rows("SELECT message FROM entities")]
    told += [dict(row) for row in await site.rows("SELECT to_jsonb(i) AS row FROM run_items AS i")]
    told += [dict(row) for row in await site.rows("SELECT to_jsonb(e) AS row FROM run_effects AS e")]
    text = json.dumps(told, ensure_ascii=False, default=str)
    assert "کد ملی" in text
    assert "77331155" not in text


async def test_looking_at_what_is_sent_already_keeps_its_warnings(site):
    await seeded(site, "contacts")
    (one, *_) = await site.rows("SELECT key FROM entities WHERE kind = 'person' AND state = 'synced' ORDER BY idd")
    warning = {"code": "phone_not_updated", "message": "x", "params": {}, "retry": False}
    both = {**warning, "code": "both_bound"}
    await site.rows("UPDATE entities SET warnings = $1 WHERE key = $2", [warning, both], one["key"])
    await site.run("contacts", keys=[str(one["key"])])
    assert (await site.entity("person", one["key"]))["warnings"] == [warning, both]


async def test_a_wrong_organization_fails_its_invoices_and_not_the_question_whether_to_ask(site):
    await seeded(site, size=300)
    await site.run("store-invoices")  # too early: all of them are skipped
    await site.run("contacts")
    await site.run("products")
    await site.rows("UPDATE mappings SET asanito_id = '999' WHERE map_type = 'Organization'")
    await site.put_options(SyncOptions, brake_creates=10)
    run = await site.run("store-invoices")
    assert run["state"] == "partial", (run["reason_code"], run["message"])
    assert (await site.reasons("store_invoice"))["remote_rejected"] > 10


@pytest.mark.parametrize(
    ("topic", "field", "odd", "where"),
    [
        ("start_points", "membership", 10**30, "/membership"),
        ("defaults", "city_id", 10**30, "/city_id"),
        ("target", "retry_delays_seconds", [1e300], "/retry_delays_seconds/0"),
    ],
)
async def test_a_number_that_nothing_can_be_done_with_is_refused(site, topic, field, odd, where):
    async with site.api() as app, client(app, "admin") as admin:
        found = await admin.get(f"/v1/options/{topic}")
        value = {**found.json()["value"], field: odd}
        answer = await admin.put(f"/v1/options/{topic}", json=value, headers={"If-Match": found.headers["etag"]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == where
