"""Starting over, and removing a person's data: what goes, what stays, and who may."""

from __future__ import annotations

import json

import pytest

from services.asanito.admin.rules import without_texts
from tests.support.api import client

PHRASE = {"phrase": "DELETE ALL DATA"}


@pytest.fixture
async def admin(site):
    async with site.api() as app, client(app, "admin", name="A. Bianchi") as caller:
        yield caller


async def count(site, table: str) -> int:
    return (await site.rows(f"SELECT count(*) AS n FROM {table}"))[0]["n"]  # noqa: S608 - names of this file


def test_texts_go_and_amounts_stay():
    sent = {"description": "x", "cashPayments": [{"description": "y", "amount": 7}], "checkPayments": []}
    assert without_texts(sent) == {
        "description": "", "cashPayments": [{"description": "", "amount": 7}], "checkPayments": [],
    }  # fmt: skip


@pytest.mark.servers
async def test_a_reset_wants_its_phrase_an_administrator_and_no_run_under_way(site, outside, admin, operator):
    assert (await operator.post("/v1/admin/reset", json=PHRASE)).status_code == 403
    wrong = await admin.post("/v1/admin/reset", json={"phrase": "delete all data"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/phrase")
    outside.seed(size=20, seed=2)
    queued = await operator.post("/v1/jobs/contacts/runs", json={"params": {}})
    busy = await admin.post("/v1/admin/reset", json=PHRASE)
    assert (busy.status_code, busy.json()["code"], busy.json()["params"]["jobs"]) == (409, "runs_active", "contacts")
    await operator.post(f"/v1/runs/{queued.json()['id']}/cancel")
    assert (await admin.post("/v1/admin/reset", json=PHRASE)).status_code == 200


@pytest.mark.servers
async def test_after_a_reset_nothing_is_created_twice(site, outside, admin):
    outside.seed(size=30, seed=2)
    await site.map_everything()
    await site.run_all()
    before = outside.books()
    bound = await count(site, "bindings")
    await site.rows(
        "INSERT INTO deals (invoice_kind, invoice_key, item_key, state, deal_id) "
        "VALUES ('store_invoice', gen_random_uuid(), gen_random_uuid(), 'synced', 7)"
    )
    audited = await count(site, "audit_entries")
    removed = (await admin.post("/v1/admin/reset", json=PHRASE)).json()["removed"]
    assert removed["records"] > 0
    assert removed["mappings"] > 0
    assert "bindings" not in removed
    for table in ("entities", "src_rows", "mappings", "trigger_products", "scan_marks"):
        assert await count(site, table) == 0
    assert await count(site, "bindings") == bound
    assert await count(site, "deals") == 1
    assert await count(site, "audit_entries") == audited + 1

    await site.map_everything()
    outside.forget_requests()
    await site.run_all()
    assert [one["operation"] for one in outside.writes()] == []
    assert {name: len(rows) for name, rows in outside.books().items()} == {
        name: len(rows) for name, rows in before.items()
    }


@pytest.mark.servers
async def test_an_open_effect_survives_a_reset_and_is_looked_up_first(site, outside, admin):
    outside.seed(size=20, seed=2)
    await site.map_everything()
    outside.fault("Person/addLean", "reset_after")
    await site.run("contacts")
    assert (await site.states("person")).get("uncertain") == 1
    contacts = len(outside.books()["contacts"])
    await admin.post("/v1/admin/reset", json=PHRASE)
    await site.map_everything()
    await site.run("contacts")
    assert "uncertain" not in await site.states("person")
    assert len(outside.books()["contacts"]) == contacts


@pytest.mark.servers
async def test_bindings_and_deals_go_when_it_is_said(site, outside, admin):
    outside.seed(size=20, seed=2)
    await site.map_everything()
    await site.run("contacts")
    everything = {**PHRASE, "keep_bindings": False, "keep_deal_links": False}
    removed = (await admin.post("/v1/admin/reset", json=everything)).json()["removed"]
    assert removed["bindings"] > 0
    assert removed["tenant"] == 1
    assert removed["deals"] == 0
    assert await count(site, "bindings") == 0


@pytest.mark.servers
async def test_a_forgotten_person_leaves_no_value_behind_and_is_not_created_again(site, outside, admin, operator):
    outside.seed(size=40, seed=2)
    await site.map_everything()
    await site.run_all()
    [person] = await site.rows(
        "SELECT b.key, b.asanito_id, row.row FROM bindings AS b JOIN src_rows AS row ON row.key = b.key "
        "JOIN src_aliases AS a ON a.person_key = b.key JOIN src_rows AS paid ON paid.parent_key = a.member_key "
        "AND paid.table_name = 'receipt' JOIN bindings AS posted ON posted.key = paid.key "
        "WHERE b.kind = 'person' AND (SELECT count(*) FROM src_rows AS other WHERE other.mobile = row.mobile) = 1 "
        "ORDER BY b.asanito_id LIMIT 1"
    )
    key, mobile = str(person["key"]), person["row"]["MobilePhoneNumber1"]
    assert (await operator.post(f"/v1/entities/person/{key}/forget", json={})).status_code == 403
    forgotten = await admin.post(f"/v1/entities/person/{key}/forget", json={"note": "asked by letter"})
    assert forgotten.status_code == 200, forgotten.text
    assert forgotten.json()["asanito_id"] == person["asanito_id"]
    assert forgotten.json()["receipts"] >= 1
    await nothing_left(site, key, mobile)

    contacts = len(outside.books()["contacts"])

    await site.rows("UPDATE scan_marks SET idd = 0")  # everything is read again, as by a rescan
    await site.rows("UPDATE src_rows SET hash = '' WHERE key = $1", person["key"])
    await site.run("contacts")
    await nothing_left(site, key, mobile)
    assert len(outside.books()["contacts"]) == contacts
    record = (await admin.get(f"/v1/entities/person/{key}")).json()
    assert (record["state"], record["reason_code"], record["label"]) == ("ignored", "forgotten", "")
    assert "unignore" not in record["actions"]
    assert record["asanito_id"] == person["asanito_id"]
    [entry] = await site.rows("SELECT after FROM audit_entries WHERE action = 'person.forgotten'")
    assert entry["after"]["note"] == "asked by letter"


async def nothing_left(site, key: str, mobile: str) -> None:
    """No table of ours holds the person's number, and none of its records a text about it."""
    for table in (
        "src_rows",
        "bindings",
        "entities",
        "run_items",
        "run_effects",
        "run_logs",
        "outbox",
        "audit_entries",
    ):
        rows = await site.rows(f"SELECT to_jsonb(t) AS row FROM {table} AS t")  # noqa: S608 - names of this list
        assert not [row for row in rows if mobile in json.dumps(row["row"], ensure_ascii=False)], table
    [row] = await site.rows("SELECT row FROM src_rows WHERE key = $1", key)
    assert row["row"]["personVId"] == key
    assert row["row"]["lastname"] is None
    [bound] = await site.rows("SELECT synced_payload FROM bindings WHERE kind = 'person' AND key = $1", key)
    assert bound["synced_payload"] is None


@pytest.mark.servers
async def test_nobody_can_be_forgotten_who_is_not_there(admin):
    missing = await admin.post("/v1/entities/person/00000000-0000-0000-0000-000000000001/forget", json={})
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_record")
