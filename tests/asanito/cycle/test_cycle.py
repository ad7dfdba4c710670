"""The cycle: every job in the order of dependencies, stopped by what makes the next one pointless."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.servers

ORDER = ["dedupe", "contacts", "products", "store-invoices", "service-invoices", "receipts"]


async def test_the_cycle_runs_all_jobs_in_order_and_the_books_are_right(site):
    site.outside.seed(size=120)
    await site.map_everything()
    run = await site.run("cycle")
    assert run["state"] == "partial", run["message"]  # the seed has records that nobody can send
    children = await site.rows("SELECT job, state FROM runs WHERE parent_id = $1 ORDER BY created_at", run["id"])
    assert [child["job"] for child in children] == ORDER
    assert site.outside.differences() == []


async def test_a_wrong_password_stops_the_cycle_and_leaves_every_record_pending(site):
    site.outside.seed(size=60)
    await site.map_everything()
    site.outside.fault("Account/LoginWithPhoneNumber", "reply", status=401, times=None)
    run = await site.run("cycle")
    assert run["state"] == "failed"
    children = await site.rows("SELECT job, state, reason_code FROM runs WHERE parent_id = $1 ORDER BY id", run["id"])
    assert [(child["job"], child["reason_code"]) for child in children][1] == ("contacts", "remote_unauthorized")
    assert len(children) == 2
    assert set(await site.states("person")) <= {"pending", "duplicate"}


async def test_schedules_are_there_and_only_the_watch_is_enabled(site):
    rows = await site.rows("SELECT name, zone, enabled FROM schedules WHERE job <> 'ledger.clean_up' ORDER BY name")
    assert {row["name"] for row in rows} >= {"cycle", *ORDER}
    assert {row["name"] for row in rows if row["enabled"] and row["zone"] == "Asia/Tehran"} == {"watch"}
