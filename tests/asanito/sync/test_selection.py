"""Which records a run takes up: the newest version, what is above the start point, everything however much waits."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.asanito.options import StartOptions, SyncOptions
from tests.support.api import client

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]


def calls(site, operation: str) -> int:
    return len(site.outside.requests(operation))


async def test_a_new_version_is_an_update_and_one_that_came_between_two_runs_is_not_lost(site):
    site.outside.seed(size=60)
    await site.map_everything()
    await site.run("dedupe")
    await site.run("contacts", limit=5)
    keys = [UUID(key) for key in site.outside.grow("versions", "membership", count=6)]
    before = calls(site, "Person/addLean")
    await site.run("dedupe")
    await site.run_all()
    assert {(await site.entity("person", key))["state"] for key in keys} <= {"synced", "failed", "duplicate"}
    people = await site.rows("SELECT count(*) AS n FROM bindings WHERE kind = 'person'")
    assert calls(site, "Person/addLean") == people[0]["n"] > before
    assert site.outside.differences() == []


async def test_an_older_version_is_never_sent_whatever_became_of_the_newest(site):
    site.outside.seed(size=60)
    await site.map_everything()
    await site.run("dedupe")
    await site.run("contacts")
    site.outside.forget_requests()
    await site.rows("UPDATE scan_marks SET idd = 0")  # every version is read again, the older ones as well
    await site.run("contacts")
    assert site.outside.writes() == []
    newest: dict[str, int] = {}
    for row in site.outside.rows("membership"):
        newest[row["personVId"]] = max(row["idd"], newest.get(row["personVId"], 0))
    held = await site.rows("SELECT key, idd FROM src_rows WHERE table_name = 'membership'")
    assert {str(row["key"]): row["idd"] for row in held} == newest


async def test_a_thousand_that_wait_do_not_keep_one_from_being_sent(site):
    site.outside.seed(size=0, members=1000)
    await site.map_everything()
    await site.put_options(SyncOptions, batch_size=200)
    await site.run("contacts", limit=1)  # the copy is made; nothing else is known of them yet
    await site.rows(
        """UPDATE src_rows SET row = row || '{"gender": 77}' WHERE table_name = 'membership'
        AND key <> (SELECT key FROM entities WHERE kind = 'person' AND state <> 'synced' ORDER BY idd DESC LIMIT 1)"""
    )
    await site.rows("DELETE FROM creations")  # one of a thousand is no measure of what is usual
    run = await site.run("contacts")
    assert run["state"] == "succeeded"
    states = await site.states("person")
    assert states["skipped"] >= 998
    last = await site.rows("SELECT state FROM entities WHERE kind = 'person' ORDER BY idd DESC LIMIT 1")
    assert last[0]["state"] == "synced"


async def test_rows_below_the_start_point_are_not_sent_and_their_bindings_are_used(site):
    site.outside.seed(size=120)
    await site.map_everything()
    await site.run("dedupe")
    await site.run("contacts")
    bound = await site.rows("SELECT count(*) AS n FROM bindings WHERE kind = 'person'")
    (row,) = await site.rows("SELECT max(idd) AS newest FROM entities WHERE kind = 'person'")
    await site.put_options(StartOptions, membership=row["newest"] + 1)
    added = calls(site, "Person/addLean")
    await site.run_all()
    assert calls(site, "Person/addLean") == added
    synced = (await site.states("receipt"))["synced"]
    assert synced > 0, "a receipt goes to a person below the start point"

    (key, *_) = [UUID(key) for key in site.outside.grow("versions", "membership", count=1)]
    await site.run("contacts")  # its newest version is above the start point: an update, no second contact
    assert calls(site, "Person/addLean") == added
    assert (await site.rows("SELECT count(*) AS n FROM bindings WHERE kind = 'person'"))[0]["n"] == bound[0]["n"]
    assert (await site.entity("person", key))["state"] in ("synced", "duplicate", "pending", "failed")


async def test_a_start_point_that_is_no_number_is_refused(site):
    async with site.api() as app, client(app, "admin") as admin:
        found = await admin.get("/v1/options/start_points")
        value = {**found.json()["value"], "membership": "many"}
        answer = await admin.put("/v1/options/start_points", json=value, headers={"If-Match": found.headers["etag"]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/membership"


async def test_a_source_that_is_down_or_lacks_a_column_fails_the_run_and_leaves_nothing_half_done(site, source):
    import asyncpg  # noqa: PLC0415 - one test alone changes the legacy database

    site.outside.seed(size=40)
    await site.map_everything()
    owner = await asyncpg.connect(source.owner)
    try:
        await owner.execute('ALTER TABLE dbo."receipt" RENAME COLUMN "Amount" TO "Betrag"')
        run = await site.run("receipts")
        assert (run["state"], run["reason_code"]) == ("failed", "source_refused")
        assert site.outside.writes() == []
        assert await site.rows("SELECT 1 FROM entities WHERE kind = 'receipt'") == []
    finally:
        await owner.execute('ALTER TABLE dbo."receipt" RENAME COLUMN "Betrag" TO "Amount"')
        await owner.close()
    assert (await site.run("receipts"))["state"] in ("succeeded", "partial")
