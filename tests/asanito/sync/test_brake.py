"""A run that would create far more than usual, or anything for the first time, asks before it sends."""

from __future__ import annotations

import pytest

from services.asanito.main import SERVICE
from services.asanito.options import SyncOptions
from services.asanito.source.rules import Kind
from services.asanito.sync.brake import allowed, question
from tests.support.jobs import run_now, run_row

pytestmark = pytest.mark.servers


def test_three_times_the_usual_is_too_much():
    options = SyncOptions(brake_creates=500)
    assert allowed([], options) == 0
    assert allowed([40, 50, 60], options) == 150
    assert allowed([0, 0, 0], options) == 20
    assert allowed([4000], options) == 500
    assert allowed([], SyncOptions(brake_first_run=False)) == 500


def test_a_question_shows_first_letters_only():
    asked = question(Kind.PERSON, 3, 0, [])
    assert asked.counts == {"create": 3}
    assert "3" in asked.text


async def test_the_first_run_waits_for_a_person_and_then_goes_on(site, operator):
    site.outside.seed(size=60)
    await site.map_everything()
    await site.put_options(SyncOptions, brake_first_run=True)
    run = await site.run("contacts")
    assert (run["state"], run["reason_code"]) == ("waiting", "brake")
    assert site.outside.writes() == []

    (asked,) = (await operator.get("/v1/questions?state=open")).json()["items"]
    assert asked["counts"]["create"] > 0
    assert all("…" in sample["label"] for sample in asked["samples"])
    answer = await operator.post(f"/v1/questions/{asked['id']}/answer", json={"choice": "go_on", "note": "checked"})
    assert answer.is_success
    await run_now(SERVICE, site.core, site.resources)
    assert (await run_row(site.core, run["id"]))["state"] in ("succeeded", "partial")
    assert site.outside.books()["contacts"]


async def test_nothing_is_sent_when_a_person_says_stop(site, operator):
    site.outside.seed(size=60)
    await site.put_options(SyncOptions, brake_first_run=True)
    run = await site.run("contacts")
    (asked,) = (await operator.get("/v1/questions?state=open")).json()["items"]
    await operator.post(f"/v1/questions/{asked['id']}/answer", json={"choice": "stop", "note": ""})
    assert (await run_row(site.core, run["id"]))["state"] == "cancelled"
    assert site.outside.writes() == []


async def test_one_record_that_a_person_chose_does_not_ask(site):
    site.outside.seed(size=60)
    await site.map_everything()
    await site.run("contacts", limit=1)
    await site.put_options(SyncOptions, brake_first_run=True)
    (left, *_) = await site.rows("SELECT key FROM entities WHERE kind = 'person' AND state = 'pending' ORDER BY idd")
    assert (await site.run("contacts", keys=[str(left["key"])]))["state"] in ("succeeded", "partial")


async def test_records_that_would_only_be_skipped_again_do_not_ask_and_those_that_would_be_made_do(site):
    site.outside.seed(size=300)
    await site.map_everything()
    await site.put_options(SyncOptions, brake_first_run=False)
    await site.run("store-invoices")  # neither their persons nor their products are there
    assert (await site.states("store_invoice"))["skipped"] > allowed([0], SyncOptions())
    assert (await site.run("store-invoices"))["state"] != "waiting"
    assert site.outside.writes() == []
    await site.run("contacts")
    await site.run("products")
    await site.put_options(SyncOptions, brake_creates=10, brake_first_run=False)
    run = await site.run("store-invoices")
    assert (run["state"], run["reason_code"]) == ("waiting", "brake")
    assert site.outside.books()["invoices"] == []
