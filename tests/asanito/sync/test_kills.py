"""kill -9 around every call that creates something: the next worker finds what arrived, and nothing is there twice."""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.support.asanito_worker import Death, start_worker
from tests.support.jobs import enqueue, until_state

pytestmark = [pytest.mark.servers, pytest.mark.kill, pytest.mark.timeout(240)]

AFTER_THE_EFFECT = {
    "contacts": [Death("add_person", "after", 2)],
    "products": [Death("add_category", "after"), Death("add_product", "after", 2)],
    "store-invoices": [Death("issue_invoice", "after", 2)],
    "service-invoices": [Death("issue_invoice", "after", 2)],
    "receipts": [Death("add_income", "after", 2)],
}
BETWEEN_STEPS = [
    Death("set_invoice_status", "before"),
    Death("set_invoice_status", "after"),
    Death("add_deal", "before"),
    Death("add_deal", "after"),
]


async def die_and_go_on(site, job: str, deaths: list[Death]) -> None:
    """One run of the job, by workers that die one after the other, and one that ends it."""
    run = await enqueue(site.core, job)
    for death in deaths:
        dying = start_worker(site, death)
        await asyncio.to_thread(dying.join, 60)
        assert dying.exitcode == -signal.SIGKILL
    last = start_worker(site)
    try:
        await until_state(site.core, run, "succeeded", "partial", seconds=60)
    finally:
        last.kill()
        last.join()


async def open_effects(site):
    return await site.rows("SELECT op, key FROM run_effects WHERE state IN ('planned', 'uncertain')")


async def arrange_deals(site) -> None:
    """Every product that is bound opens a deal."""
    level = site.outside.options()["levels"][0]["id"]
    await site.rows(
        "INSERT INTO trigger_products (asanito_product_id, product_title, funnel_level_id) "
        "SELECT asanito_id, 'x', $1 FROM bindings WHERE kind = 'product'",
        level,
    )
    codes = await site.rows(
        "SELECT (row ->> 'code')::int AS code FROM src_rows JOIN bindings USING (key) "
        "WHERE table_name = 'service' AND kind = 'product'"
    )
    site.outside.assume({row["code"]: level for row in codes})


async def test_killed_after_each_effect_one_of_each_is_there_and_bound(site):
    site.outside.seed(size=60)
    await site.map_everything()
    await site.run("dedupe")
    for job, deaths in AFTER_THE_EFFECT.items():
        await die_and_go_on(site, job, deaths)
    assert site.outside.differences() == []
    assert await open_effects(site) == []
    books = site.outside.books()
    bound = {row["kind"]: row["n"] for row in await site.rows("SELECT kind, count(*) AS n FROM bindings GROUP BY kind")}
    assert bound["person"] == len(books["contacts"])
    assert bound["store_invoice"] + bound["service_invoice"] == len(books["invoices"])
    assert bound["receipt"] == len(books["incomes"])


async def test_killed_between_the_steps_of_an_invoice_each_step_is_done_once(site):
    site.outside.seed(size=60)
    await site.map_everything()
    for job in ("dedupe", "contacts", "products"):
        await site.run(job)
    await arrange_deals(site)
    await die_and_go_on(site, "store-invoices", BETWEEN_STEPS)
    await site.run("service-invoices")
    await site.run("receipts")
    assert site.outside.differences() == []
    assert await open_effects(site) == []
