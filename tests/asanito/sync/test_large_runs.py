"""Many records in one run: all of them in batches, and a stop request in the middle of them."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from services.asanito.options import SyncOptions
from services.asanito.sync.repository import SyncRepository
from tests.support.api import client
from tests.support.asanito_worker import start_worker
from tests.support.jobs import enqueue, until_state

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

SERVICES = """
INSERT INTO dbo."service" ("serviceVid", "type", "code", "title", "unitref", "serviceGroup", "price", "isChange")
SELECT gen_random_uuid(), 1, 100000 + n, 'service ' || n, $2, 'group', 1000, true FROM generate_series(1, $1) AS n
"""


async def add_services(site, source, count: int) -> None:
    unit = int(next(iter(site.outside.mappings()["ProductUnit"])))
    conn = await asyncpg.connect(source.owner)
    await conn.execute(SERVICES, count, unit)
    await conn.close()
    await site.map_everything()


async def test_five_thousand_records_go_through_one_run_in_batches_of_two_hundred(site, source, monkeypatch):
    await add_services(site, source, 5000)
    asked: list[tuple[int, int]] = []
    list_due = SyncRepository.list_due

    async def counted(self, kind, *, limit, **more):
        found = await list_due(self, kind, limit=limit, **more)
        asked.append((limit, len(found)))
        return found

    monkeypatch.setattr(SyncRepository, "list_due", counted)
    run = await site.run("products", dry_run=True)
    assert (run["state"], run["result"]) == ("succeeded", {"synced": 5000})
    assert (await site.core.options.get(SyncOptions)).batch_size == 200
    assert asked == [(200, 200)] * 25 + [(200, 0)]
    told = await site.rows("SELECT count(*) AS n, count(DISTINCT key) AS keys FROM run_items")
    assert tuple(told[0]) == (5000, 5000)


async def test_a_stop_among_a_thousand_comes_after_the_call_in_hand_and_the_next_run_goes_on(site, source):
    await add_services(site, source, 1000)
    run_id = await enqueue(site.core, "products")
    worker = start_worker(site)
    try:
        async with asyncio.timeout(30):
            while len(await site.rows("SELECT FROM bindings")) < 30:  # noqa: ASYNC110 - happens in another process
                await asyncio.sleep(0.01)
        async with site.api() as app, client(app, "operator") as operator:
            assert (await operator.post(f"/v1/runs/{run_id}/cancel")).status_code == 202
        sent = len(site.outside.requests("Product/addNew"))
        await until_state(site.core, run_id, "cancelled")
        assert len(site.outside.requests("Product/addNew")) <= sent + 1
        stopped = await consistent(site)
        await asyncio.sleep(0.3)
        assert len(site.outside.requests("Product/addNew")) == stopped < 1000

        following = await enqueue(site.core, "products", limit=40)
        await until_state(site.core, following, "succeeded", seconds=30)
        assert await consistent(site) == stopped + 40
    finally:
        worker.kill()
        worker.join()


async def consistent(site) -> int:
    """How many records are in Asanito: each once, bound, and told as sent; the others wait."""
    titles = [one["title"] for one in site.outside.books()["products"]]
    assert len(set(titles)) == len(titles)
    bound = {row["asanito_id"] for row in await site.rows("SELECT asanito_id FROM bindings WHERE kind = 'product'")}
    assert bound == {one["id"] for one in site.outside.books()["products"]}
    assert await site.states("product") == {"synced": len(titles), "pending": 1000 - len(titles)}
    assert await site.rows("SELECT op, key FROM run_effects WHERE state IN ('planned', 'uncertain')") == []
    assert len(site.outside.requests("Product/addNew")) == len(titles)
    return len(titles)
