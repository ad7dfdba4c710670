"""Records over HTTP: tiles that add up, filters, masked names, decisions guarded by state, bulk over all matching."""

from __future__ import annotations

import csv
import io

import pytest

from services.asanito.main import SERVICE
from services.asanito.options import TargetOptions
from tests.support.api import client
from tests.support.jobs import run_now

pytestmark = pytest.mark.servers

STATES = ("pending", "synced", "skipped", "failed", "uncertain", "ignored", "duplicate")


@pytest.fixture
async def day(site):
    """A seeded day that has been sent: some of everything."""
    site.outside.seed(size=120)
    await site.map_everything()
    await site.run("cycle")
    return site


async def records(caller, **query):
    answer = await caller.get("/v1/entities", params={"limit": 1000, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_tiles_add_up_to_the_records_that_are_listed(day, operator):
    kinds = (await operator.get("/v1/entities/stats")).json()["kinds"]
    assert [tile["kind"] for tile in kinds] == ["person", "product", "store_invoice", "service_invoice", "receipt"]
    for tile in kinds:
        assert tile["total"] == sum(tile[state] for state in STATES)
        assert tile["total"] == len(await records(operator, kind=tile["kind"]))
        for reason in tile["reasons"]:
            listed = await records(operator, kind=tile["kind"], state=reason["state"], reason=reason["reason_code"])
            assert len(listed) == reason["count"]


async def test_viewers_see_first_letters_only(day):
    async with day.api() as app, client(app, "viewer") as viewer, client(app, "operator") as operator:
        shown = {one["key"]: one["label"] for one in await records(operator, kind="person")}
        seen = {one["key"]: one["label"] for one in await records(viewer, kind="person")}
        key = next(key for key, label in shown.items() if len(label) > 5)
        assert seen[key] != shown[key]
        assert "…" in seen[key]
        detail = (await viewer.get(f"/v1/entities/person/{key}")).json()
        assert detail["source"] is None
        assert shown[key] not in (await viewer.get(f"/v1/entities/person/{key}")).text
        assert (await viewer.get(f"/v1/entities/person/{key}/preview")).status_code == 403
        assert (await viewer.get("/v1/entities.csv")).status_code == 403


async def test_a_record_tells_all_that_is_known_of_it(day, operator):
    (one, *_) = await records(operator, kind="store_invoice", state="synced")
    detail = (await operator.get(f"/v1/entities/store_invoice/{one['key']}")).json()
    assert detail["steps"]["confirmed"] is True
    assert {effect["op"] for effect in detail["effects"]} >= {"invoice.issue", "invoice.confirm"}
    assert {effect["state"] for effect in detail["effects"]} == {"confirmed"}
    assert detail["last_sent"]["title"] == one["label"]
    preview = (await operator.get(f"/v1/entities/store_invoice/{one['key']}/preview")).json()
    assert preview["differences"] == []


async def test_nothing_would_be_sent_for_what_is_there_as_it_is_not_even_for_a_payment(day, operator):
    one = (await operator.get("/v1/entities?kind=receipt&state=synced&limit=1")).json()["items"][0]
    preview = (await operator.get(f"/v1/entities/receipt/{one['key']}/preview")).json()
    assert (preview["op"], preview["reason_code"], preview["differences"]) == ("none", None, [])


async def test_a_preview_says_why_a_record_would_not_be_sent(day, operator):
    (one, *_) = await records(operator, kind="person", reason="invalid_data")
    preview = (await operator.get(f"/v1/entities/person/{one['key']}/preview")).json()
    assert (preview["op"], preview["reason_code"]) == ("not_sent", "invalid_data")


async def test_an_action_in_the_wrong_state_is_refused(day, operator):
    (one, *_) = await records(operator, kind="product", state="synced")
    for verb in ("retry", "ignore", "unignore", "mark-distinct"):
        answer = await operator.post(f"/v1/entities/product/{one['key']}/{verb}", json={})
        assert (answer.status_code, answer.json()["code"]) == (409, "not_possible_now"), verb


async def test_a_deleted_document_is_not_brought_back_by_hand(day, operator):
    (one, *_) = await records(operator, reason="deleted_at_source")
    assert "unignore" not in one["actions"]
    answer = await operator.post(f"/v1/entities/{one['kind']}/{one['key']}/unignore", json={})
    assert answer.status_code == 409


async def test_ignoring_and_taking_back_is_audited(day, operator):
    (one, *_) = await records(operator, kind="product", state="failed")
    path = f"/v1/entities/product/{one['key']}"
    assert (await operator.post(f"{path}/ignore", json={"note": "a test article"})).json()["state"] == "ignored"
    await day.run("products")
    assert (await operator.get(path)).json()["state"] == "ignored"
    assert (await operator.post(f"{path}/unignore", json={})).json()["state"] == "pending"
    rows = await day.rows("SELECT action, after FROM audit_entries WHERE action LIKE 'record.%' ORDER BY id")
    assert [row["action"] for row in rows] == ["record.ignore", "record.unignore"]
    assert rows[0]["after"]["note"] == "a test article"


async def test_only_an_administrator_says_what_is_in_asanito(day):
    async with day.api() as app, client(app, "operator") as operator, client(app, "admin") as admin:
        (one, *_) = await records(operator, kind="product", state="failed")
        path = f"/v1/entities/product/{one['key']}"
        assert (await operator.post(f"{path}/bind", json={"asanito_id": 9})).status_code == 403
        taken = (await records(operator, kind="product", state="synced"))[0]["asanito_id"]
        refused = await admin.post(f"{path}/bind", json={"asanito_id": taken})
        assert (refused.status_code, refused.json()["code"]) == (409, "already_bound")
        bound = await admin.post(f"{path}/bind", json={"asanito_id": 987654, "note": "seen there"})
        assert (bound.json()["asanito_id"], bound.json()["state"]) == (987654, "pending")


async def test_a_lost_answer_that_nobody_can_look_up_waits_for_a_person(site):
    site.outside.seed(size=60)
    await site.map_everything()
    await site.put_options(TargetOptions, search_incomes=False)
    for job in ("dedupe", "contacts"):
        await site.run(job)
    site.outside.fault("OperatingIncome/addNew", "reset_after")
    await site.run("receipts")
    async with site.api() as app, client(app, "admin") as admin:
        (one,) = await records(admin, kind="receipt", state="uncertain")
        items = (await admin.get("/v1/attention")).json()["items"]
        assert f"record:{one['id']}" in {item["id"] for item in items}
        assert not [item for item in items if item["kind"] == "effect"]

        before = len(site.outside.books()["incomes"])
        await site.run("receipts")  # nothing is sent blindly
        assert len(site.outside.books()["incomes"]) == before

        path = f"/v1/entities/receipt/{one['key']}"
        bound = {row["asanito_id"] for row in await site.rows("SELECT asanito_id FROM bindings WHERE kind = 'receipt'")}
        (income,) = {income["id"] for income in site.outside.books()["incomes"]} - bound
        assert (await admin.post(f"{path}/bind", json={"asanito_id": income})).status_code == 200
        await site.run("receipts")
        assert (await admin.get(path)).json()["state"] == "synced"
        assert len(site.outside.books()["incomes"]) == before


async def test_what_a_person_found_absent_is_sent_again(site):
    site.outside.seed(size=60)
    await site.map_everything()
    await site.put_options(TargetOptions, search_incomes=False)
    for job in ("dedupe", "contacts"):
        await site.run(job)
    site.outside.fault("OperatingIncome/addNew", "stall", seconds=0)
    site.outside.disarm()
    site.outside.fault("OperatingIncome/addNew", "no_id")
    await site.run("receipts")
    async with site.api() as app, client(app, "admin") as admin:
        (one,) = await records(admin, kind="receipt", state="uncertain")
        path = f"/v1/entities/receipt/{one['key']}"
        assert (await admin.post(f"{path}/confirm-absent", json={"note": "looked"})).json()["state"] == "pending"
        count = len(site.outside.books()["incomes"])
        await site.run("receipts")
        assert (await admin.get(path)).json()["state"] == "synced"
        assert len(site.outside.books()["incomes"]) == count + 1


async def test_all_that_match_are_retried_at_once(day, operator):
    body = {"action": "retry", "filter": {"state": "failed,skipped"}, "dry_run": True}
    counted = (await operator.post("/v1/entities/bulk", json=body)).json()
    assert 0 < counted["affected"] <= counted["matching"]
    started = await operator.post("/v1/entities/bulk", json={**body, "dry_run": False, "expected": counted["affected"]})
    assert started.status_code == 202
    await run_now(SERVICE, day.core, day.resources)
    run = (await operator.get(started.headers["location"])).json()
    assert run["counts"]["ok"] == counted["affected"]
    assert await records(operator, state="failed,skipped") == []


async def test_the_csv_opens_in_a_spreadsheet_and_runs_nothing(day, operator):
    async with day.core.db.connection() as conn:
        await conn.execute("UPDATE entities SET label = '=cmd|x' WHERE kind = 'product' AND state = 'synced'")
    answer = await operator.get("/v1/entities.csv", params={"kind": "product"})
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert len(rows) == len(await records(operator, kind="product"))
    assert "'=cmd|x" in {row["label"] for row in rows}
