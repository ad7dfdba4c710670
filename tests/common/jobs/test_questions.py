"""A run that asks before it goes on: it waits without a worker, a person answers, it goes on or ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel

from common.app import create_service_app
from common.errors import Conflict, InvalidInput, NotFound
from common.jobs import JobSet, Outcome, Question, Record, Retry, RunContext
from common.settings import ServiceSettings
from tests.support.api import api_settings, check_problem, client, serving
from tests.support.jobs import COMPONENTS, enqueue, run_now, run_row, toy_core, toy_service

pytestmark = pytest.mark.servers

USUAL = 10


class Mirror(BaseModel):
    create: int
    who: str = "persons"


jobs = JobSet()


@jobs.job(
    "toys.mirror",
    title="Mirror persons",
    payload=Mirror,
    retry=Retry(attempts=1),
    key=lambda mirror: "crm",
    dedupe=lambda mirror: mirror.who,
)
async def mirror(run: RunContext[Any], given: Mirror) -> Outcome:
    """Create what is missing; more than usual only when a person agrees."""
    answer = await run.answer_to("brake")
    if given.create > USUAL and not (answer and given.create <= answer.counts["create"]):
        await run.checkpoint({"looked": True})
        await run.record(None, [Record("p1", "skipped", "asked")])
        return Outcome.ask(
            Question(
                code="brake",
                text=f"Would create {given.create} persons; {USUAL} is usual.",
                subject=given.who,
                params={"usual": USUAL},
                counts={"create": given.create},
                samples=[{"name": "Sara \x00", "key": "1"}],
                role="admin" if given.who == "owners" else "operator",
            )
        )
    by = f" {answer.by} said {answer.choice}: {answer.note}" if answer else ""
    return Outcome.succeeded(
        f"Created {given.create}.{by}", result={"looked": run.checkpoint_data.get("looked", False)}
    )


@jobs.job("toys.other", title="Other", payload=Mirror, key=lambda mirror: "crm")
async def other(run: RunContext[Any], given: Mirror) -> Outcome:
    """Use the same system."""
    return Outcome.succeeded()


SERVICE = toy_service(jobs)


@pytest.fixture
async def core(make_database):
    async with toy_core(SERVICE, make_database(*COMPONENTS)) as core:
        yield core


async def questions(core, state: str = "open") -> list[Any]:
    async with core.db.connection() as conn:
        return await conn.fetch("SELECT * FROM questions WHERE state = $1 ORDER BY id", state)


async def answer(core, question_id, choice: str, by: str = "Sam", note: str = ""):
    async with core.db.transaction() as conn:
        return await core.ledger.answer(conn, question_id, choice, by=by, note=note)


async def asked(core, **params: Any):
    """A run that waits, and its question."""
    run_id = await enqueue(core, "toys.mirror", **params)
    await run_now(SERVICE, core)
    assert (await run_row(core, run_id))["state"] == "waiting"
    return run_id, (await questions(core))[-1]


async def test_a_run_waits_for_the_answer_and_goes_on_with_it(core):
    run_id, question = await asked(core, create=800)
    waiting = await run_row(core, run_id)
    assert (waiting["reason_code"], waiting["lease_token"], waiting["worker_id"]) == ("brake", None, None)
    assert (question["run_id"], question["counts"], question["params"]) == (run_id, {"create": 800}, {"usual": 10})
    assert question["samples"] == [{"name": "Sara \ufffd", "key": "1"}]
    assert [choice["name"] for choice in question["choices"]] == ["go_on", "stop"]

    free = await enqueue(core, "toys.other", create=1)
    await run_now(SERVICE, core)
    assert (await run_row(core, free))["state"] == "succeeded"  # the key is free meanwhile

    assert await answer(core, question["id"], "go_on", note="checked") == run_id
    await run_now(SERVICE, core)
    ended = await run_row(core, run_id)
    assert (ended["state"], ended["message"]) == ("succeeded", "Created 800. Sam said go_on: checked")
    assert ended["result"] == {"looked": True}


async def test_an_answer_that_ends_cancels_the_run(core):
    run_id, question = await asked(core, create=800)
    await answer(core, question["id"], "stop")
    assert await run_now(SERVICE, core) == 0
    run = await run_row(core, run_id)
    assert (run["state"], run["cancel_requested_by"]) == ("cancelled", "Sam")


async def test_a_question_is_answered_once(core):
    _, question = await asked(core, create=800)
    results = await asyncio.gather(
        *(answer(core, question["id"], choice, by) for choice, by in (("go_on", "Sam"), ("stop", "Ada"))),
        return_exceptions=True,
    )
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(refused) == 1
    assert refused[0].code == "question_closed"
    with pytest.raises(InvalidInput):
        await answer(core, question["id"], "perhaps")
    with pytest.raises(NotFound):
        await answer(core, question["run_id"], "go_on")


async def test_more_than_was_agreed_to_is_asked_again(core):
    run_id, question = await asked(core, create=800)
    await answer(core, question["id"], "go_on")
    async with core.db.connection() as conn:
        await conn.execute("""UPDATE runs SET params = '{"create": 900}' WHERE id = $1""", run_id)
    await run_now(SERVICE, core)
    assert (await run_row(core, run_id))["state"] == "waiting"
    (again,) = await questions(core)
    assert again["counts"] == {"create": 900}


async def test_a_newer_run_that_asks_the_same_takes_the_place_of_the_older(core):
    old, first = await asked(core, create=800)
    elsewhere, _ = await asked(core, create=700, who="firms")
    new, second = await asked(core, create=900)
    assert {row["run_id"] for row in await questions(core)} == {elsewhere, new}
    replaced = await run_row(core, old)
    assert (replaced["state"], replaced["reason_code"]) == ("cancelled", "superseded")
    with pytest.raises(Conflict):
        await answer(core, first["id"], "go_on")
    await answer(core, second["id"], "go_on")


async def test_a_run_that_was_asked_to_stop_asks_nothing(core):
    run_id = await enqueue(core, "toys.mirror", create=40)
    async with core.db.connection() as conn:  # as when somebody asks before the worker has noticed
        await conn.execute("UPDATE runs SET cancel_requested_at = now() WHERE id = $1", run_id)
    await run_now(SERVICE, core)
    run = await run_row(core, run_id)
    assert (run["state"], run["reason_code"], run["finished_at"] is None) == ("cancelled", "cancelled", False)
    assert await questions(core) == []


async def test_an_answer_while_an_equal_run_is_live_changes_nothing(core):
    run_id, question = await asked(core, create=800)
    await enqueue(core, "toys.mirror", create=5)
    with pytest.raises(Conflict) as raised:
        await answer(core, question["id"], "go_on")
    assert raised.value.code == "already_running"
    await run_now(SERVICE, core)
    await answer(core, question["id"], "go_on")
    await run_now(SERVICE, core)
    assert (await run_row(core, run_id))["state"] == "succeeded"


@pytest.mark.parametrize("action", ["cancel", "retry"])
async def test_who_cancels_or_retries_the_run_takes_its_question_back(core, action):
    run_id, _ = await asked(core, create=800)
    async with core.db.transaction() as conn:
        await getattr(core.ledger, action)(conn, run_id, "Sam")
    assert not await questions(core)
    await run_now(SERVICE, core)
    assert len(await questions(core)) == (action == "retry")


async def test_people_find_and_answer_questions_over_http(make_database):
    settings = api_settings(ServiceSettings, make_database(*COMPONENTS), database_pool_size=5)
    async with serving(create_service_app(SERVICE, settings)) as app:
        core, api = app.state.core, client(app)
        run_id, _ = await asked(core, create=800, who="owners")
        (item,) = (await api.get("/v1/attention")).json()["items"]
        assert (item["kind"], item["severity"], item["code"]) == ("question", "question", "brake")
        assert item["params"]["create"] == 800
        go_on, stop = item["actions"]
        assert (go_on["name"], stop["name"], go_on["role"]) == ("go_on", "stop", "admin")

        (listed,) = (await api.get("/v1/questions?state=open")).json()["items"]
        assert listed == (await api.get(f"/v1/runs/{run_id}/questions")).json()["items"][0]
        assert listed["samples"][0]["key"] == "1"

        check_problem(await api.post(go_on["path"], json=go_on["body"]), 403, "forbidden")
        admin = client(app, "admin")
        check_problem(await admin.post(go_on["path"], json={"choice": "perhaps"}), 422, "unknown_choice")
        told = await admin.post(go_on["path"], json=go_on["body"] | {"note": "yes"})
        assert (told.status_code, told.headers["location"], told.json()["state"]) == (
            202,
            f"/v1/runs/{run_id}",
            "queued",
        )
        check_problem(await admin.post(stop["path"], json=stop["body"]), 409, "question_closed")
        entries = (await admin.get("/v1/audit")).json()["items"]
        assert entries[0]["action"] == "question.answered"
        assert (await api.get("/v1/attention")).json()["items"] == []
