"""What Asanito may do wrong, and what becomes of the record: nothing is sent twice, nothing given up in silence."""

from __future__ import annotations

import pytest

from services.asanito.options import TargetOptions
from tests.support.api import client

pytestmark = pytest.mark.servers

CREATES = {
    "contacts": ("Person/addLean", "person", "contacts"),
    "products": ("Product/addNew", "product", "products"),
    "store-invoices": ("Invoice/issue", "store_invoice", "invoices"),
    "receipts": ("OperatingIncome/addNew", "receipt", "incomes"),
}


async def seeded(site, *jobs: str):
    """A small source, mapped, with these jobs done."""
    site.outside.seed(size=60)
    await site.map_everything()
    for job in ("dedupe", *jobs):
        await site.run(job)
    site.outside.forget_requests()


def calls(site, operation: str) -> int:
    return sum(1 for one in site.outside.requests(operation) if one["operation"] == operation)


async def reason_of(site, state: str):
    rows = await site.rows("SELECT DISTINCT reason_code FROM entities WHERE state = $1 AND kind = 'person'", state)
    return {row["reason_code"] for row in rows}


@pytest.mark.parametrize(
    ("kind", "more"),
    [("reset_after", {}), ("reply_after", {"status": 502}), ("garbage", {}), ("no_id", {}), ("empty", {})],
    ids=["reset", "gateway", "garbage", "no id", "nothing"],
)
async def test_a_lost_answer_is_looked_up_and_never_sent_again(site, kind, more):
    await seeded(site)
    for job, (operation, entity, _) in CREATES.items():
        site.outside.fault(operation, kind, nth=2, **more)
        assert (await site.run(job))["state"] == "partial"
        assert (await site.states(entity)).get("uncertain") == 1, job
        await site.run(job)
        assert "uncertain" not in await site.states(entity), job
    await site.run("service-invoices")
    assert site.outside.differences() == []
    assert await site.rows("SELECT 1 FROM run_effects WHERE state IN ('planned', 'uncertain')") == []


async def test_a_lost_answer_about_a_category_leaves_the_products_waiting(site):
    await seeded(site)
    site.outside.fault("ProductCategory/addNew", "reset_after")
    await site.run("products")
    assert "uncertain" not in await site.states("product")
    await site.run("products")
    titles = [one["title"] for one in site.outside.books()["categories"]]
    assert len(titles) == len(set(titles)) == 4
    assert "category_pending" not in await site.reasons("product")


async def test_no_look_before_the_delay_that_the_other_side_needs_to_settle(site):
    await seeded(site)
    await site.put_options(TargetOptions, settle_seconds=600)
    site.outside.fault("Person/addLean", "reset_after")
    await site.run("contacts")
    assert await reason_of(site, "uncertain") == {"remote_uncertain"}
    before = calls(site, "Person/addLean")
    await site.run("contacts")  # not due yet
    (held,) = await site.rows("SELECT key FROM entities WHERE kind = 'person' AND state = 'uncertain'")
    await site.run("contacts", keys=[str(held["key"])])  # asked for by name, and still too early
    assert await reason_of(site, "uncertain") == {"remote_uncertain"}
    assert calls(site, "Person/addLean") == before
    await site.put_options(TargetOptions, settle_seconds=0)
    await site.rows("UPDATE entities SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL")
    await site.run("contacts")
    assert "uncertain" not in await site.states("person")
    assert calls(site, "Person/addLean") == before


@pytest.mark.parametrize("way", ["bind", "confirm-absent"])
async def test_without_a_search_a_person_says_what_became_of_it(site, way):
    await seeded(site, "contacts")
    await site.put_options(TargetOptions, search_incomes=False)
    fault = "reset_after" if way == "bind" else "reply"
    site.outside.fault("OperatingIncome/addNew", fault, **({} if way == "bind" else {"status": 503}))
    for _ in range(2):  # the second one must not send it again
        await site.run("receipts")
    (held,) = await site.rows("SELECT key, reason_code FROM entities WHERE kind = 'receipt' AND state = 'uncertain'")
    assert held["reason_code"] == "search_unsupported"
    bound = {row["asanito_id"] for row in await site.rows("SELECT asanito_id FROM bindings WHERE kind = 'receipt'")}
    unbound = [one["id"] for one in site.outside.books()["incomes"] if one["id"] not in bound]
    assert len(unbound) == (1 if way == "bind" else 0)
    async with site.api() as app, client(app, "admin") as admin:
        body = {"asanito_id": unbound[0], "note": "seen"} if way == "bind" else {"note": "looked"}
        assert (await admin.post(f"/v1/entities/receipt/{held['key']}/{way}", json=body)).is_success
    await site.run("products")
    for job in ("store-invoices", "service-invoices", "receipts"):
        await site.run(job)
    assert site.outside.differences() == []


async def test_a_search_that_is_gone_or_refuses_leaves_the_doubt_as_it_is(site):
    await seeded(site)
    site.outside.fault("Person/addLean", "reset_after")
    await site.run("contacts")
    for kind in ("error", "reply", "no_id"):
        site.outside.fault("Person/advancedSearch", kind, times=None, status=500)
        await site.run("contacts")
        assert (await site.states("person"))["uncertain"] == 1, kind
        site.outside.disarm()
    site.outside.switch_off("Person/advancedSearch")
    await site.run("contacts")
    assert await reason_of(site, "uncertain") == {"search_unsupported"}
    site.outside.switch_off()
    await site.run("contacts")
    assert "uncertain" not in await site.states("person")
    codes = [one["custom"].get("MembershipCode") for one in site.outside.books()["contacts"]]
    assert len(codes) == len(set(codes))


async def test_an_error_inside_a_good_answer_is_a_failure_that_a_retry_heals(site):
    await seeded(site, "contacts")
    site.outside.fault("OperatingIncome/addNew", "error")
    assert (await site.run("receipts"))["state"] == "partial"
    (held,) = await site.rows("SELECT key FROM entities WHERE kind = 'receipt' AND reason_code = 'remote_rejected'")
    before = calls(site, "OperatingIncome/addNew")
    await site.run("receipts")
    assert calls(site, "OperatingIncome/addNew") == before
    async with site.api() as app, client(app, "operator") as operator:
        assert (await operator.post(f"/v1/entities/receipt/{held['key']}/retry", json={"note": ""})).is_success
    await site.run("receipts")
    assert calls(site, "OperatingIncome/addNew") == before + 1


async def test_five_failures_in_a_row_end_the_run_and_leave_the_records_pending(site):
    await seeded(site)
    before = await site.states("person")
    site.outside.fault("Person/advancedSearch", "reply", times=None, status=503)
    run = await site.run("contacts")
    assert (run["state"], run["reason_code"]) in {("failed", "target_down"), ("queued", "target_down")}
    assert await site.states("person") == before
    assert site.outside.writes() == []
    site.outside.disarm()
    await site.rows("UPDATE runs SET run_at = now() WHERE state = 'queued'")
    for _ in range(2):  # the run that stopped goes on where it was; the next one takes what it had to leave
        await site.run("contacts")
    assert "pending" not in await site.states("person")


async def test_five_creations_without_an_answer_end_the_run_and_are_known_as_uncertain(site):
    await seeded(site)
    site.outside.fault("Person/addLean", "reply", times=None, status=503)
    await site.run("contacts")
    assert (await site.states("person"))["uncertain"] == 5
    assert calls(site, "Person/addLean") == 5


async def test_a_record_that_too_many_runs_could_not_send_waits_for_a_person(site):
    await seeded(site)
    await site.put_options(TargetOptions, give_up_after_runs=2, down_after=100, retry_delays_seconds=[0])
    site.outside.fault("Person/advancedSearch", "reply", times=None, status=503, match="09")
    await site.run("contacts", limit=1)
    (tried,) = await site.rows("SELECT reason_code, attempts FROM entities WHERE kind = 'person' AND attempts > 0")
    assert (tried["reason_code"], tried["attempts"]) == ("remote_failed", 1)
    await site.run("contacts", limit=1)
    assert await reason_of(site, "failed") == {"retries_exhausted"}


async def test_a_wish_to_be_left_alone_is_honoured(site):
    await seeded(site)
    site.outside.fault("Person/addLean", "reply", status=429, retry_after="1")
    assert (await site.run("contacts"))["state"] in ("succeeded", "partial")
    first, second = site.outside.requests("Person/addLean")[:2]
    assert first["status"] == 429
    assert first["body"] == second["body"]
    assert second["at"] > first["at"]
    assert "uncertain" not in await site.states("person")


async def test_a_token_that_expires_in_the_middle_costs_one_log_in_and_nothing_else(site):
    await seeded(site, "products")  # logged in
    site.outside.fault("Person/addLean", "expire", nth=3)
    await site.run("contacts")
    assert calls(site, "Account/LoginWithPhoneNumber") == 1
    assert "uncertain" not in await site.states("person")
    codes = [one["custom"].get("MembershipCode") for one in site.outside.books()["contacts"]]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("status", [401, 403])
async def test_a_login_that_is_refused_ends_the_run_and_leaves_every_record_pending(site, status):
    await seeded(site)
    before = await site.states("person")
    site.outside.fault("Person/addLean", "reply", times=None, status=status)
    run = await site.run("contacts")
    assert run["state"] == "failed"
    assert run["reason_code"] == ("remote_unauthorized" if status == 401 else "remote_forbidden")
    assert await site.states("person") == before


async def test_what_was_deleted_in_asanito_is_made_again_once(site):
    await seeded(site, "contacts", "products")
    site.outside.grow("versions", "membership", count=2, seed=3)
    site.outside.grow("versions", "service", count=1, seed=3)
    for operation in ("Person/editLean", "Product/edit"):
        site.outside.fault(operation, "absent")
    old = {row["asanito_id"] for row in await site.rows("SELECT asanito_id FROM bindings")}
    site.outside.forget_requests()
    await site.put_options(TargetOptions, adopt_existing=False)
    await site.run("contacts")
    await site.run("products")
    assert (calls(site, "Person/addLean"), calls(site, "Product/addNew")) == (1, 1)
    new = {row["asanito_id"] for row in await site.rows("SELECT asanito_id FROM bindings")}
    assert len(new - old) == 2
    assert {"created_again"} == {
        warning["code"]
        for row in await site.rows('SELECT warnings FROM entities WHERE warnings @> \'[{"code": "created_again"}]\'')
        for warning in row["warnings"]
        if warning["code"] == "created_again"
    }
