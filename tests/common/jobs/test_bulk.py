"""Acting on all that a list shows: counted first, kept as confirmed, each item once, told item by item."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from common.app import create_service_app
from common.bulk import BulkAction, BulkCall, BulkList
from common.bulk_endpoints import bulk_router
from common.core import open_core
from common.errors import InvalidInput
from common.jobs import JobSet, Lane, Outcome, RunContext
from common.jobs.listed import RunQuery, listing_of
from common.settings import ServiceSettings
from tests.support.api import api_settings, check_problem, client, serving
from tests.support.jobs import COMPONENTS, run_now, run_row, toy_service, until_state, working
from tools.chaos.crew import Crew, settings
from tools.chaos.jobs import naps

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

POLISHED = "UPDATE runs SET progress_text = 'polished' WHERE id = $1 RETURNING message"
BROKEN = {"play 2"}  # what the action of the toys' own list refuses


class Toy(BaseModel):
    pass


jobs = JobSet()


@jobs.job("toys.play", title="Play", payload=Toy, lane="nobody")
async def play(_run: RunContext[Any], _toy: Toy) -> Outcome:
    """Play."""
    return Outcome.succeeded()


async def polish(call: BulkCall[Any]) -> None:
    message = await call.conn.fetchval(POLISHED, call.id)
    if message in BROKEN:
        raise InvalidInput(f"{message} is broken.", code="broken")


POLISH = BulkAction("polish", "Polish toys", polish, role="admin")
TOYS: BulkList[Any] = BulkList("toys", RunQuery, listing_of, [POLISH], unit="toys")
SERVICE = toy_service(
    jobs,
    TOYS.jobs,
    routers=[bulk_router(TOYS, "/toys/bulk", operation_id="act_on_toys", summary="Polish", tag="toys")],
    lanes=[Lane("nobody", 0)],
)
NOWHERE = "redis://127.0.0.1:1/0"
FILL = """
INSERT INTO runs (job, lane, state, message, trigger_type, max_attempts, created_at)
SELECT 'toys.play', 'nobody', $2, 'play ' || n, 'schedule', 5, now() - make_interval(secs => n)
FROM generate_series(1, $1::int) n
"""


@pytest.fixture
async def app(make_database):
    async with serving(create_service_app(SERVICE, api_settings(ServiceSettings, make_database(*COMPONENTS)))) as app:
        yield app


async def fill(core: Any, count: int, state: str) -> None:
    async with core.db.connection() as conn:
        await conn.execute(FILL, count, state)


async def ask(core: Any, question: str, *values: Any) -> Any:
    async with core.db.connection() as conn:
        return await conn.fetchval(question, *values)


async def post(api: Any, **body: Any) -> Any:
    return await api.post("/v1/runs/bulk", json=body)


async def test_ten_thousand_runs_are_seen_in_one_call_and_taken_back_in_another(app):
    core = app.state.core
    await fill(core, 10_000, "failed")
    await fill(core, 7, "succeeded")
    wanted = {"action": "see", "filter": {"job": "toys.play"}, "options": {"note": "known outage"}}
    async with client(app) as api:
        counted = await post(api, **wanted, dry_run=True)
        assert (counted.status_code, counted.json()) == (200, {"matching": 10_007, "affected": 10_000})
        started = await post(api, **wanted, expected=10_000)
        assert started.status_code == 202
        await run_now(SERVICE, core)
        run = (await api.get(started.headers["Location"])).json()
        assert (run["state"], run["counts"]["ok"], run["progress"]["done"]) == ("succeeded", 10_000, 10_000)
        assert run["result"] == {"count": 10_000, "done": 10_000, "skipped": 0, "problems": 0, "undo": "unsee"}
        assert await ask(core, "SELECT count(*) FROM runs WHERE seen_note = 'known outage'") == 10_000
        assert await ask(core, "SELECT count(*) FROM audit_entries WHERE action = 'run.seen'") == 10_000
        undone = await post(api, action="unsee", of=run["id"])
        await run_now(SERVICE, core)
        assert (await api.get(undone.headers["Location"])).json()["counts"]["ok"] == 10_000
    assert await ask(core, "SELECT count(*) FROM runs WHERE seen_at IS NOT NULL") == 0


async def test_another_number_than_was_confirmed_is_told_and_nothing_is_started(app):
    core = app.state.core
    await fill(core, 3, "failed")
    async with client(app) as api:
        await fill(core, 1, "failed")
        body = check_problem(
            await post(api, action="retry", filter={"state": "failed"}, expected=3), 409, "selection_changed"
        )
        assert body["params"] == {"expected": 3, "matching": 4}
        check_problem(await post(api, action="retry", filter={}), 422, "invalid_input")
        check_problem(await post(api, action="retry", filter={"stat": "failed"}, expected=4), 422, "invalid_input")
        check_problem(await post(api, action="retry"), 422, "invalid_input")
        check_problem(await post(api, action="unsee", of="0192f0c1-2345-7abc-8def-0123456789ab"), 404, "unknown_run")
    assert await ask(core, "SELECT count(*) FROM runs WHERE job LIKE 'runs.%'") == 0


async def test_what_comes_after_the_confirmation_is_not_acted_on_and_what_changed_is_left_out(app):
    core = app.state.core
    await fill(core, 5, "failed")
    async with client(app) as api:
        started = await post(api, action="retry", filter={"state": "failed"}, expected=5)
        await fill(core, 2, "failed")
        one = await ask(core, "SELECT item FROM bulk_items ORDER BY position LIMIT 1")
        assert (await api.post(f"/v1/runs/{one}/retry")).status_code == 202
        await run_now(SERVICE, core)
        run = (await api.get(started.headers["Location"])).json()
        records = (await api.get(f"/v1/runs/{run['id']}/records?outcome=skipped")).json()["items"]
    assert (run["state"], run["counts"]["ok"], run["counts"]["skipped"]) == ("succeeded", 4, 1)
    assert [(record["key"], record["reason"], record["link"]) for record in records] == [
        (one, "not_retryable", f"/runs/toys/{one}")
    ]
    assert await ask(core, "SELECT count(*) FROM runs WHERE state = 'failed'") == 2


async def test_a_list_of_the_service_is_acted_on_likewise_and_a_retry_asks_only_what_was_refused(app):
    core = app.state.core
    await fill(core, 5, "failed")
    async with client(app, "operator") as api:
        wanted = {"action": "polish", "filter": {}, "expected": 5}
        check_problem(await api.post("/v1/toys/bulk", json=wanted), 403, "forbidden")
    async with client(app, "admin") as api:
        started = (await api.post("/v1/toys/bulk", json=wanted)).json()
        await run_now(SERVICE, core)
        run = await run_row(core, started["id"])
        assert (run["job"], run["state"]) == ("toys.polish_many", "partial")
        assert (run["ok_count"], run["problem_count"]) == (4, 1)
        assert await ask(core, "SELECT count(*) FROM runs WHERE progress_text = 'polished'") == 4
        bad = (await api.get(f"/v1/runs/{run['id']}/records?outcome=problem")).json()["items"]
        assert [(record["reason"], record["message"]) for record in bad] == [("broken", "play 2 is broken.")]
        await ask(core, "UPDATE runs SET progress_text = '' RETURNING 1")
        BROKEN.clear()
        await api.post(f"/v1/runs/{run['id']}/retry")
        await run_now(SERVICE, core)
        BROKEN.add("play 2")
    again = await run_row(core, run["id"])
    assert (again["state"], again["ok_count"], again["problem_count"]) == ("succeeded", 5, 0)
    assert await ask(core, "SELECT count(*) FROM runs WHERE progress_text = 'polished'") == 1


async def test_a_few_ids_are_answered_at_once_each_for_itself(app):
    core = app.state.core
    await fill(core, 2, "failed")
    await fill(core, 1, "succeeded")
    async with client(app) as api:
        ids = [run["id"] for run in (await api.get("/v1/runs")).json()["items"]]
        counted = await post(api, action="retry", ids=ids, dry_run=True)
        answered = await post(api, action="retry", ids=ids)
        check_problem(await post(api, action="retry", ids=["1; DROP TABLE runs"]), 422, "invalid_id")
    assert counted.json() == {"matching": 3, "affected": 2}
    assert answered.status_code == 207
    assert sorted(item["status"] for item in answered.json()["items"]) == [202, 202, 409]


async def test_a_cancel_stops_between_two_items_and_a_retry_goes_on_there(app):
    core = app.state.core
    await fill(core, 3_000, "failed")
    async with client(app) as api:
        started = await post(api, action="see", filter={"state": "failed"}, expected=3_000)
        run_id = started.json()["id"]
        async with working(SERVICE, core):
            async with asyncio.timeout(30):
                while await ask(core, "SELECT count(*) FROM run_items") < 20:  # noqa: ASYNC110 - asked of the ledger
                    await asyncio.sleep(0.01)
            await api.post(f"/v1/runs/{run_id}/cancel")
            await until_state(core, run_id, "cancelled", seconds=30)
            seen = await ask(core, "SELECT count(*) FROM runs WHERE seen_at IS NOT NULL")
            assert 20 <= seen < 3_000
            assert seen == await ask(core, "SELECT count(*) FROM run_items WHERE outcome = 'ok'")
            await api.post(f"/v1/runs/{run_id}/retry")
            run = await until_state(core, run_id, "succeeded", seconds=60)
    assert run["ok_count"] == 3_000
    assert await ask(core, "SELECT count(*) FROM audit_entries WHERE action = 'run.seen'") == 3_000


async def test_a_viewer_counts_nothing_and_changes_nothing(app):
    async with client(app, "viewer") as api:
        check_problem(await post(api, action="retry", filter={}, dry_run=True), 403, "forbidden")


async def until_recorded(core: Any, run_id: UUID, least: int) -> bool:
    """Whether the run is still under way once it has `least` records."""
    async with asyncio.timeout(60):
        while (await run_row(core, run_id))["state"] != "succeeded":
            if await ask(core, "SELECT count(*) FROM run_items WHERE run_id = $1", run_id) >= least:
                return True
            await asyncio.sleep(0.01)
    return False


@pytest.mark.kill
async def test_killed_again_and_again_it_does_each_item_once(make_database):
    url, service, kills = str(make_database(*COMPONENTS)), naps(), 0
    app = create_service_app(service, api_settings(ServiceSettings, url))
    async with serving(app), open_core(service, settings(url, NOWHERE), redis=False) as core:
        await fill(core, 4_000, "failed")
        async with client(app) as api:
            started = await post(api, action="see", filter={"state": "failed"}, expected=4_000)
        run_id = started.json()["id"]
        crew = Crew(naps, settings(url, NOWHERE))
        for least in range(150, 1_000, 150):
            crew.hire()
            if await until_recorded(core, run_id, least):
                crew.kill(crew.workers[0])
                kills += 1
        crew.hire()
        await until_state(core, run_id, "succeeded", seconds=90)
        crew.dismiss()
        run = await run_row(core, run_id)
        assert await ask(core, "SELECT count(*) FROM audit_entries WHERE action = 'run.seen'") == 4_000
        assert await ask(core, "SELECT count(*) FROM runs WHERE seen_at IS NOT NULL") == 4_000
    assert kills >= 5
    assert (run["ok_count"], run["skipped_count"], run["problem_count"]) == (4_000, 0, 0)
    assert run["attempt"] > 1
