"""Deals: one for each line that sells a trigger product; a missing level waits; a retry opens it."""

from __future__ import annotations

import pytest

from services.asanito.main import SERVICE
from services.asanito.options import TargetOptions
from tests.support.api import client
from tests.support.jobs import run_now

pytestmark = pytest.mark.servers


async def trigger(site, operator, **more):
    """Make the first product that is sold somewhere a trigger."""
    product = (await site.rows("SELECT asanito_id FROM bindings WHERE kind = 'product' ORDER BY asanito_id"))[0]
    level = site.outside.options()["levels"][0]
    item = {"asanito_product_id": product["asanito_id"], "product_title": "x", "funnel_id": level["funnelId"]}
    item = {**item, "funnel_level_id": level["id"], **more}
    seen = (await operator.get("/v1/deals/triggers")).headers["ETag"]
    saved = await operator.put("/v1/deals/triggers", json={"items": [item]}, headers={"If-Match": seen})
    assert saved.status_code == 200, saved.text
    return item


async def test_an_invoice_that_sells_a_trigger_product_opens_one_deal_whatever_runs_follow(site, operator):
    site.outside.seed(size=120)
    await site.map_everything()
    for job in ("contacts", "products"):
        await site.run(job)
    await trigger(site, operator)
    for _ in range(2):
        await site.run("store-invoices")
        await site.run("service-invoices")
    deals = site.outside.books()["deals"]
    rows = await site.rows("SELECT state FROM deals")
    assert len(deals) == len(rows) > 0
    assert {row["state"] for row in rows} == {"synced"}
    told = (await operator.get("/v1/deals")).json()["items"]
    assert all(deal["amount"].isdigit() for deal in told), "an amount with all its digits"


async def test_a_deal_without_a_level_waits_and_is_opened_once_there_is_one(site, operator):
    site.outside.seed(size=120)
    await site.map_everything()
    for job in ("contacts", "products"):
        await site.run(job)
    await trigger(site, operator, funnel_level_id=None)
    await site.run("store-invoices")
    listed = (await operator.get("/v1/deals?state=skipped")).json()["items"]
    assert {deal["reason_code"] for deal in listed} == {"funnel_level_missing"}
    assert site.outside.books()["deals"] == {} or site.outside.books()["deals"] == []
    await trigger(site, operator)
    deal = listed[0]
    path = f"/v1/deals/{deal['invoice_kind']}/{deal['invoice_key']}/{deal['item_key']}/retry"
    assert (await operator.post(path)).is_success
    await site.run("store-invoices")
    assert (await operator.post(path)).status_code == 409
    opened = (await operator.get("/v1/deals?state=synced")).json()["items"]
    assert deal["item_key"] in {one["item_key"] for one in opened}


@pytest.mark.parametrize("way", ["bind", "confirm-absent"])
async def test_a_deal_that_nobody_can_look_up_is_settled_by_a_person(site, operator, way):
    site.outside.seed(size=120)
    await site.map_everything()
    await site.put_options(TargetOptions, search_deals=False)
    for job in ("contacts", "products"):
        await site.run(job)
    await trigger(site, operator)
    site.outside.fault("Negotiation/addNew", *(["reset_after"] if way == "bind" else ["reply"]), status=503)
    for _ in range(2):  # the second run must not send it again
        await site.run("store-invoices")
        await site.run("service-invoices")
    (deal,) = (await operator.get("/v1/deals?state=uncertain")).json()["items"]
    assert deal["actions"] == ["check", "bind", "confirm_absent"]
    path = f"/v1/deals/{deal['invoice_kind']}/{deal['invoice_key']}/{deal['item_key']}/{way}"
    assert (await operator.post(path, json={"note": ""})).status_code in (403, 422)
    known = {row["deal_id"] for row in await site.rows("SELECT deal_id FROM deals WHERE deal_id IS NOT NULL")}
    body = {"note": "looked"}
    if way == "bind":
        (there,) = {one["id"] for one in site.outside.books()["deals"]} - known
        body["deal_id"] = there
    async with site.api() as app, client(app, "admin") as admin:
        turn = "UPDATE run_effects SET state = $2 WHERE key LIKE 'deal:%' AND state = $1"
        await site.rows(turn, "uncertain", "planned")
        assert (await admin.post(path, json=body)).json()["code"] == "not_possible_now", "a call is under way"
        await site.rows(turn, "planned", "uncertain")
        assert (await admin.post(path, json=body)).is_success
        assert (await admin.post(path, json=body)).status_code == 409
    await site.run("store-invoices")
    await site.run("service-invoices")
    rows = await site.rows("SELECT state FROM deals")
    assert {row["state"] for row in rows} == {"synced"}
    assert len(site.outside.books()["deals"]) == len(rows)
    assert await site.rows("SELECT 1 FROM run_effects WHERE state IN ('planned', 'uncertain')") == []


async def test_a_deal_in_doubt_is_looked_up_at_once_when_asked_and_sent_no_second_time(site, operator):
    site.outside.seed(size=120)
    await site.map_everything()
    for job in ("contacts", "products"):
        await site.run(job)
    await trigger(site, operator)
    site.outside.fault("Negotiation/addNew", "reset_after")
    await site.run("store-invoices")
    await site.run("service-invoices")
    (deal,) = (await operator.get("/v1/deals?state=uncertain")).json()["items"]
    path = f"/v1/deals/{deal['invoice_kind']}/{deal['invoice_key']}/{deal['item_key']}"
    assert (await operator.post(f"{path}/retry")).status_code == 409
    asked = await operator.post(f"{path}/check")
    assert asked.status_code == 202, asked.text
    assert asked.json()["params"]["keys"] == [deal["invoice_key"]]
    await run_now(SERVICE, site.core, site.resources)
    found = (await operator.get(f"/v1/deals?q={deal['invoice_key']}")).json()["items"]
    assert {one["item_key"]: one["state"] for one in found}[deal["item_key"]] == "synced"
    assert len(site.outside.books()["deals"]) == len(await site.rows("SELECT FROM deals WHERE deal_id IS NOT NULL"))
    assert (await operator.post(f"{path}/check")).status_code == 409


async def test_trigger_products_that_somebody_else_or_a_take_over_changed_are_not_overwritten_unseen(site, operator):
    item = {"asanito_product_id": 7, "product_title": "x"}
    assert (await operator.put("/v1/deals/triggers", json={"items": [item]})).status_code == 428
    first = await operator.get("/v1/deals/triggers")
    saved = await operator.put(
        "/v1/deals/triggers", json={"items": [item]}, headers={"If-Match": first.headers["ETag"]}
    )
    assert saved.status_code == 200, saved.text
    now = saved.headers["ETag"]
    assert now == (await operator.get("/v1/deals/triggers")).headers["ETag"] != first.headers["ETag"]
    async with site.core.db.connection() as conn:
        await conn.execute("UPDATE trigger_products SET funnel_level_id = 72")
    late = await operator.put("/v1/deals/triggers", json={"items": []}, headers={"If-Match": now})
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    kept = (await operator.get("/v1/deals/triggers")).json()["items"]
    assert [(one["asanito_product_id"], one["funnel_level_id"]) for one in kept] == [(7, 72)]
