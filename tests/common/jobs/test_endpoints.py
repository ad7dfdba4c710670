"""`/v1/runs`, `/v1/jobs`, `/v1/schedules`, `/v1/pause`: the doors, as a viewer, an operator and an administrator."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from common.app import create_service_app
from common.jobs import JobSet, Outcome, Record, RunContext, SeedSchedule
from common.settings import ServiceSettings
from tests.support.api import api_settings, client, serving
from tests.support.jobs import COMPONENTS, enqueue, run_now, toy_service

pytestmark = pytest.mark.servers


class Toy(BaseModel):
    model_config = ConfigDict(extra="forbid")
    n: int = 0


jobs = JobSet()


@jobs.job("toys.play", title="Play", payload=Toy, dry_run=True)
async def play(run: RunContext[Any], toy: Toy) -> Outcome:
    """Play once."""
    await run.log("toy.began", "Began to play.", n=toy.n)
    await run.log("toy.warned", "Careful.", level="warning")
    await run.record(None, [Record(f"row {n}", "ok" if n else "problem") for n in range(toy.n)])
    if toy.n == 13:
        async with run.core.db.transaction() as conn:
            effect = await run.effects.plan(conn, target="outbox", op="put", key="13")
            await run.effects.doubt(conn, effect, "Nobody knows.")
        return Outcome.failed("unlucky", "Thirteen.")
    return Outcome.nothing_to_do() if toy.n == 0 else Outcome.succeeded("Played.", result={"n": toy.n})


@jobs.job("toys.hidden", title="Hidden", payload=Toy, startable=False, dedupe=lambda _: "", on_duplicate="refuse")
async def hidden(run: RunContext[Any], toy: Toy) -> Outcome:
    return Outcome.succeeded()


@jobs.job("toys.grave", title="Grave", payload=Toy, role="admin", dedupe=lambda _: "", on_duplicate="refuse")
async def grave(run: RunContext[Any], toy: Toy) -> Outcome:
    return Outcome.succeeded()


SERVICE = toy_service(jobs, schedules=[SeedSchedule("morning", "toys.play", ["0 8 * * 1-5"], "Europe/Rome")])


@pytest.fixture
async def app(make_database):
    async with serving(create_service_app(SERVICE, api_settings(ServiceSettings, make_database(*COMPONENTS)))) as app:
        yield app


async def play_once(app, n: int) -> str:
    run_id = await enqueue(app.state.core, "toys.play", n=n)
    await run_now(SERVICE, app.state.core)
    return str(run_id)


async def test_starting_a_job_answers_202_with_the_run_and_where_it_is(app):
    async with client(app) as api:
        started = await api.post("/v1/jobs/toys.play/runs", json={"params": {"n": 2}, "dry_run": True})
        assert started.status_code == 202
        run = (await api.get(started.headers["Location"])).json()
    assert run == started.json()
    assert (run["state"], run["trigger"]["by"], run["dry_run"]) == ("queued", "Ada Test", True)
    assert run["actions"] == ["cancel"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("toys.unknown", {}, 404, "unknown_job"),
        ("toys.play", {"params": {"n": "many"}}, 422, "invalid_input"),
        ("toys.play", {"wrong": 1}, 422, "invalid_input"),
        ("toys.hidden", {}, 409, "not_startable"),
        ("toys.grave", {}, 403, "forbidden"),
    ],
)
async def test_what_can_not_be_started_is_a_problem(app, path, body, status, code):
    async with client(app) as api:
        answer = await api.post(f"/v1/jobs/{path}/runs", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_second_equal_run_is_refused_with_a_link_to_the_first(app):
    async with client(app, "admin") as api:
        first = await api.post("/v1/jobs/toys.grave/runs", json={})
        second = await api.post("/v1/jobs/toys.grave/runs", json={})
    assert (second.status_code, second.json()["params"]["run_id"]) == (409, first.json()["id"])


async def test_the_list_hides_idle_runs_filters_and_turns_its_pages(app):
    for n in (0, 1, 2, 3, 13):
        await play_once(app, n)
    async with client(app, "viewer") as api:
        page = (await api.get("/v1/runs?limit=3")).json()
        rest = (await api.get(f"/v1/runs?limit=3&cursor={page['next']}")).json()
        back = (await api.get(f"/v1/runs?limit=3&cursor={rest['prev']}")).json()
        idle = (await api.get("/v1/runs?hide_idle=false")).json()
        failed = (await api.get("/v1/runs?state=!succeeded&trigger=system&q=thirteen")).json()
        wrong = await api.get("/v1/runs?state=happy")
        sheet = await api.get("/v1/runs.csv?state=failed")
    assert [run["params"]["n"] for run in page["items"] + rest["items"]] == [13, 3, 2, 1]
    assert back["items"] == page["items"]
    assert len(idle["items"]) == 5
    assert [run["reason_code"] for run in failed["items"]] == ["unlucky"]
    assert wrong.status_code == 422
    assert sheet.text.count("\n") == 2


async def test_a_run_shows_its_attempts_records_effects_and_log(app):
    run_id = await play_once(app, 13)
    async with client(app, "viewer") as api:
        run = await api.get(f"/v1/runs/{run_id}")
        again = await api.get(f"/v1/runs/{run_id}", headers={"If-None-Match": run.headers["ETag"]})
        attempts = (await api.get(f"/v1/runs/{run_id}/attempts")).json()["items"]
        records = (await api.get(f"/v1/runs/{run_id}/records?outcome=problem")).json()["items"]
        effects = (await api.get(f"/v1/runs/{run_id}/effects")).json()["items"]
        log = (await api.get(f"/v1/runs/{run_id}/log?level=info")).json()["items"]
        missing = await api.get("/v1/runs/01a1fe58-8be9-7000-8000-000000000000")
    assert run.json()["counts"] == {"ok": 12, "warning": 0, "problem": 1, "skipped": 0}
    assert again.status_code == 304
    assert [attempt["state"] for attempt in attempts] == ["failed"]
    assert [record["key"] for record in records] == ["row 0"]
    assert [effect["state"] for effect in effects] == ["uncertain"]
    assert [line["event"] for line in log] == ["toy.began"]
    assert missing.json()["code"] == "unknown_run"


async def test_the_log_stream_goes_on_after_the_last_line_that_was_seen(app):
    run_id = await play_once(app, 1)
    async with client(app, "viewer") as api:
        first = (await api.get(f"/v1/runs/{run_id}/log")).json()["items"][0]["seq"]
        async with asyncio.timeout(5):
            whole = (await api.get(f"/v1/runs/{run_id}/log/stream")).text
            rest = (await api.get(f"/v1/runs/{run_id}/log/stream", headers={"Last-Event-ID": str(first)})).text
            state = (await api.get(f"/v1/runs/{run_id}/events")).text
    assert (whole.count("event: line"), whole.count("event: ended")) == (2, 1)
    assert (rest.count("event: line"), "Careful." in rest) == (1, True)
    assert '"state":"succeeded"' in state


async def test_a_failure_needs_a_person_until_somebody_has_seen_it(app):
    run_id = await play_once(app, 13)
    async with client(app) as api:
        before = {item["kind"] for item in (await api.get("/v1/attention")).json()["items"]}
        seen = await api.post(f"/v1/runs/{run_id}/see", json={"note": "known"})
        effect = (await api.get(f"/v1/runs/{run_id}/effects")).json()["items"][0]["id"]
        resolved = await api.post(f"/v1/effects/{effect}/resolve", json={"verdict": "happened", "note": "I looked"})
        again = await api.post(f"/v1/effects/{effect}/resolve", json={"verdict": "absent"})
        after = (await api.get("/v1/attention")).json()["items"]
        unseen = await api.delete(f"/v1/runs/{run_id}/see")
        hits = (await api.get("/v1/search?q=thirteen")).json()["items"]
    assert before == {"run", "effect"}
    assert (seen.json()["seen"]["by"], seen.json()["actions"]) == ("Ada Test", ["retry", "rerun"])
    assert (resolved.json()["state"], resolved.json()["resolved_by"]) == ("confirmed", "Ada Test")
    assert again.status_code == 409
    assert after == []
    assert unseen.json()["seen"] is None
    assert [hit["id"] for hit in hits] == [run_id]


async def test_cancel_retry_and_run_again_answer_with_the_run(app):
    run_id = await play_once(app, 13)
    async with client(app) as api:
        retried = await api.post(f"/v1/runs/{run_id}/retry")
        cancelled = await api.post(f"/v1/runs/{run_id}/cancel")
        rerun = await api.post(f"/v1/runs/{run_id}/rerun", json={"params": {"n": 5}})
        refused = await api.post(f"/v1/runs/{run_id}/cancel")
        bulk = await api.post("/v1/runs/bulk", json={"action": "retry", "ids": [run_id, rerun.json()["id"]]})
    assert [answer.status_code for answer in (retried, cancelled, rerun, refused)] == [202, 202, 202, 409]
    assert (retried.json()["state"], cancelled.json()["state"]) == ("queued", "cancelled")
    assert (rerun.json()["rerun_of"], rerun.headers["Location"]) == (run_id, f"/v1/runs/{rerun.json()['id']}")
    assert bulk.status_code == 207
    assert [item["status"] for item in bulk.json()["items"]] == [202, 409]
    assert bulk.json()["items"][1]["problem"]["code"] == "not_retryable"


async def test_jobs_tell_what_they_do_and_whether_they_rest(app):
    await play_once(app, 1)
    async with client(app) as api:
        paused = await api.post("/v1/jobs/toys.play/pause", json={"reason": "stock-taking"})
        job = next(job for job in (await api.get("/v1/jobs")).json()["items"] if job["name"] == "toys.play")
        await api.post("/v1/jobs/toys.play/resume")
        everything = await api.put("/v1/pause", json={"reason": "move", "until": "2099-01-01T00:00:00Z"})
        held = (await api.get("/v1/pause")).json()
        ended = (await api.delete("/v1/pause")).json()
    assert paused.json()["reason"] == "stock-taking"
    assert (job["description"], job["paused"]["by"]) == ("Play once.", "Ada Test")
    assert job["last_run"]["state"] == "succeeded"
    assert len(job["schedule_ids"]) == 1
    assert everything.json()["pause"]["reason"] == held["pause"]["reason"] == "move"
    assert ended == {"pause": None}


async def test_a_slot_that_is_due_when_its_schedule_is_edited_still_fires(app):
    async with app.state.core.db.connection() as conn:
        await conn.execute(
            "UPDATE schedules SET cron = '{* * * * *}', decided_until = now() - interval '30 minutes', next_at = now()"
            " WHERE name = 'morning'"
        )
        schedule = await conn.fetchrow("SELECT id, version FROM schedules WHERE name = 'morning'")
    async with client(app, role="operator") as api:
        headers = {"If-Match": f'"v{schedule["version"]}"'}
        answer = await api.patch(f"/v1/schedules/{schedule['id']}", json={"cron": ["0 9 * * *"]}, headers=headers)
        assert answer.status_code == 200
    async with app.state.core.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM runs WHERE schedule_id = $1", schedule["id"]) == 1


async def test_a_schedule_is_edited_with_its_etag_and_shows_its_next_firings(app):
    async with client(app) as api:
        schedules = (await api.get("/v1/schedules")).json()["items"]
        path = f"/v1/schedules/{next(item['id'] for item in schedules if item['name'] == 'morning')}"
        read = await api.get(path)
        change = {"cron": ["0 6 * * *", "30 18 * * *"], "holidays": ["2026-12-25"]}
        blind = await api.patch(path, json=change)
        changed = await api.patch(path, json=change, headers={"If-Match": read.headers["ETag"]})
        stale = await api.patch(path, json=change, headers={"If-Match": read.headers["ETag"]})
        wrong = await api.patch(path, json={"cron": ["99 * * * *"]}, headers={"If-Match": "*"})
        preview = await api.post("/v1/schedules/preview", json={"cron": ["0 6 * * *"], "zone": "Asia/Tehran"})
        resting = (await api.post(f"{path}/pause", json={"reason": "holiday"})).json()
        awake = (await api.post(f"{path}/resume")).json()
    assert [answer.status_code for answer in (blind, changed, stale, wrong)] == [428, 200, 412, 422]
    assert wrong.json()["errors"][0]["pointer"] == "/cron/0"
    assert (len(changed.json()["next"]), len(preview.json()["next"])) == (5, 5)
    assert (resting["paused"]["reason"], resting["next"]) == ("holiday", [])
    assert (awake["paused"], len(awake["next"])) == (None, 5)


async def test_what_people_do_is_in_the_audit(app):
    run_id = await play_once(app, 13)
    async with client(app, "admin") as api:
        await api.post(f"/v1/runs/{run_id}/retry")
        await api.put("/v1/pause", json={"reason": "move"})
        entries = (await api.get("/v1/audit")).json()["items"]
    told = [(entry["action"], entry["target"]) for entry in entries]
    assert told == [("pause.set", "pause/*"), ("run.retry", f"runs/{run_id}")]


async def test_a_viewer_changes_nothing(app):
    run_id = await play_once(app, 13)
    async with client(app, "viewer") as api:
        answers = [
            await api.post(f"/v1/runs/{run_id}/retry"),
            await api.post("/v1/jobs/toys.play/runs", json={}),
            await api.put("/v1/pause", json={"reason": "move"}),
        ]
    assert {answer.status_code for answer in answers} == {403}
