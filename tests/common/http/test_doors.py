"""Options, audit, attention, search, connections, health: what every service offers to operators."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from common.app import create_service_app
from common.errors import Conflict
from common.settings import ServiceSettings
from tests.common.http.sample.service import SAMPLE, LookOptions
from tests.support.api import api_settings, check_problem, client, serving, stranger


async def test_options_have_their_defaults_until_somebody_changes_them(app) -> None:
    api = client(app, "admin")
    answer = await api.get("/v1/options/look")
    topic = answer.json()
    assert answer.headers["etag"] == '"v0"'
    assert (topic["version"], topic["value"]) == (0, {"colour": "red", "size": 12})
    assert topic["json_schema"]["properties"]["size"]["description"] == "Points."
    assert topic["description"] == "How notes look."
    changed = await api.put("/v1/options/look", json={"colour": "blue", "size": 20}, headers={"If-Match": '"v0"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"v1"')
    assert await app.state.core.options.get(LookOptions) == LookOptions(colour="blue", size=20)
    listed = (await api.get("/v1/options")).json()["items"]
    assert [item["value"] for item in listed if item["name"] == "look"] == [{"colour": "blue", "size": 20}]


async def test_of_two_changes_at_once_one_wins_at_every_version(app) -> None:
    api = client(app, "admin")
    for version in range(3):
        answers = await asyncio.gather(
            *(
                api.put("/v1/options/look", json={"size": 10 + n}, headers={"If-Match": f'"v{version}"'})
                for n in range(8)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_wrong_options_are_refused_with_the_place(app) -> None:
    api = client(app, "admin")
    seen = {"If-Match": '"v0"'}
    refused = await api.put("/v1/options/look", json={"size": 2, "x": 1}, headers=seen)
    body = check_problem(refused, 422, "invalid_input")
    assert {error["pointer"] for error in body["errors"]} == {"/size", "/x"}
    check_problem(await api.put("/v1/options/look", json={}), 428, "if_match_required")
    check_problem(await api.put("/v1/options/none", json={}, headers=seen), 404, "unknown_options")
    check_problem(await client(app, "operator").get("/v1/options"), 403, "forbidden")


async def test_options_that_a_later_release_refuses_can_be_seen_and_corrected(app) -> None:
    options = app.state.core.options
    async with app.state.core.db.connection() as conn:
        await conn.execute(
            "INSERT INTO options (name, value, updated_by) VALUES ('look', $1, 'x')", {"size": 2, "colour": "blue"}
        )
    with pytest.raises(Conflict, match="size") as refused:
        await options.get(LookOptions)
    assert (refused.value.code, refused.value.params) == ("options_not_valid", {"name": "look", "fields": "size"})
    api = client(app, "admin")
    shown = await api.get("/v1/options/look")
    assert (shown.status_code, shown.json()["value"]) == (200, {"size": 2, "colour": "blue"})
    seen = {"If-Match": shown.headers["etag"]}
    assert (await api.put("/v1/options/look", json={"size": 9}, headers=seen)).status_code == 200
    assert await options.get(LookOptions) == LookOptions(size=9)


async def test_options_of_an_older_version_still_read(app) -> None:
    async with app.state.core.db.connection() as conn:
        await conn.execute(
            "INSERT INTO options (name, value, updated_by) VALUES ('look', $1, 'x')", {"size": 9, "gone": True}
        )
    assert await app.state.core.options.get(LookOptions) == LookOptions(size=9)


async def test_each_change_is_in_the_audit_with_before_and_after(app) -> None:
    request_id = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
    await client(app, "admin", name="Grace").put(
        "/v1/options/look",
        json={"size": 20},
        headers={"If-Match": '"v0"', "X-Request-ID": request_id, "X-Forwarded-For": "203.0.113.9"},
    )
    await client(app).post("/v1/notes", json={"text": "other"})
    page = (await client(app, "admin").get("/v1/audit?target=options/look&actor=Grace")).json()
    (entry,) = page["items"]
    assert entry["action"] == "options.changed"
    assert (entry["actor"], entry["actor_kind"], entry["service"]) == ("Grace", "user", "sample")
    assert (entry["ip"], entry["request_id"]) == ("203.0.113.9", request_id)
    assert (entry["before"]["size"], entry["after"]["size"]) == (12, 20)
    check_problem(await client(app, "operator").get("/v1/audit"), 403, "forbidden")


async def test_nobody_changes_the_audit_not_even_we(app) -> None:
    await client(app).post("/v1/notes", json={"text": "x"})
    async with app.state.core.db.connection() as conn:
        for statement in ("UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)


async def test_attention_lists_what_waits_and_passes_over_what_is_down(app) -> None:
    items = (await client(app, "viewer").get("/v1/attention")).json()["items"]
    assert [(item["code"], item["service"]) for item in items] == [("note_waits", "sample")]


async def test_search_finds_by_text(app) -> None:
    hits = (await client(app, "viewer").get("/v1/search?q=%20blue%20")).json()["items"]
    assert [hit["title"] for hit in hits] == ["about blue"]
    for nothing in ("", "%20", "%00"):
        check_problem(await client(app).get(f"/v1/search?q={nothing}"), 422, "invalid_input")


async def test_a_connection_test_says_which_step_failed_and_hides_the_password(app) -> None:
    api = client(app, "operator")
    good = (await api.post("/v1/connections/good/test")).json()
    assert good["ok"]
    assert [(step["name"], step["detail"]) for step in good["steps"]] == [("connect", ""), ("list", "3 files")]
    bad = (await api.post("/v1/connections/bad/test")).json()
    assert [(step["name"], step["ok"]) for step in bad["steps"]] == [("connect", True), ("sign in", False)]
    assert "hunter2" not in str(bad)
    slow = (await api.post("/v1/connections/slow/test")).json()
    assert slow["detail"] == "connect: No answer within 0.05 s."
    listed = (await api.get("/v1/connections")).json()["items"]
    assert {item["name"]: item["last_test"] and item["last_test"]["ok"] for item in listed} == {
        "good": True,
        "bad": False,
        "slow": False,
    }
    assert "hunter2" not in str(listed)
    check_problem(await api.post("/v1/connections/none/test"), 404, "unknown_connection")
    check_problem(await client(app, "viewer").post("/v1/connections/good/test"), 403, "forbidden")


async def test_a_message_is_listed_and_a_dead_one_revived(app) -> None:
    api = client(app, "operator")
    async with app.state.core.db.transaction() as conn:
        payload = {
            "to": "ada@example.test",
            "subject": "No file",
            "kind": "no_file",
            "refused": {"bo@example.test": "550"},
        }
        assert await app.state.core.outbox.put(conn, kind="mail", key="no_file:1", payload=payload)
    (listed,) = (await api.get("/v1/outbox?state=pending&kind=mail&q=no file")).json()["items"]
    told = {"to": "ada@example.test", "subject": "No file", "topic": "no_file", "refused": ["bo@example.test"]}
    assert listed["summary"] == told
    path = f"/v1/outbox/{listed['id']}"
    assert (await api.get(path)).json()["payload"] == payload
    async with app.state.core.db.connection() as conn:
        await conn.execute("UPDATE outbox SET state = 'dead'")
    assert (await api.post(f"{path}/retry")).json()["state"] == "pending"
    async with app.state.core.db.connection() as conn:
        await conn.execute("UPDATE outbox SET next_try_at = now() + interval '1 hour', attempts = 2")
    sooner = (await api.post(f"{path}/retry")).json()
    assert (sooner["state"], sooner["attempts"]) == ("pending", 2)
    assert datetime.fromisoformat(sooner["next_try_at"]) <= datetime.now(UTC) + timedelta(minutes=1)
    async with app.state.core.db.connection() as conn:
        await conn.execute("UPDATE outbox SET state = 'sent'")
    check_problem(await api.post(f"{path}/retry"), 409, "already_sent")
    check_problem(await api.get("/v1/outbox/00000000-0000-7000-8000-000000000000"), 404, "unknown_message")


async def test_health_is_open_and_degrades_by_what_is_missing(app, redis_url, make_database) -> None:
    assert (await stranger(app).get("/livez")).json() == {"status": "alive"}
    told = await stranger(app).get("/readyz")
    assert (told.status_code, told.json()["status"]) == (200, "degraded")
    assert not told.json()["checks"]["redis"]["ok"]
    assert not told.json()["checks"]["workers"]["ok"]
    settings = api_settings(ServiceSettings, make_database(*SAMPLE.components), redis_url)
    async with serving(create_service_app(SAMPLE, settings)) as whole, whole.state.core.db.connection() as conn:
        await conn.execute("INSERT INTO workers (id, version, lanes) VALUES (uuidv7(), '1', ARRAY['default'])")
        assert (await stranger(whole).get("/readyz")).json()["status"] == "ready"
        await conn.execute("UPDATE workers SET last_seen_at = last_seen_at - interval '31 seconds'")
        assert (await stranger(whole).get("/readyz")).json()["status"] == "degraded"


async def test_a_schema_that_is_behind_makes_the_service_unavailable(make_database) -> None:
    database = make_database(*SAMPLE.components)
    async with serving(create_service_app(SAMPLE, api_settings(ServiceSettings, database))) as app:
        owner = await asyncpg.connect(database.owner)
        await owner.execute("DELETE FROM schema_migrations WHERE component = 'sample'")
        await owner.close()
        told = await stranger(app).get("/readyz")
        assert told.status_code == 503
        assert told.json()["checks"]["schema"]["detail"] == "missing: sample/0001_notes.sql"


async def test_metrics_count_by_route_template(app) -> None:
    await client(app).get("/v1/notes/00000000-0000-7000-8000-000000000000")
    text = (await stranger(app).get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/v1/notes/{note_id}",service="sample",status="404"}' in text
    assert "00000000-0000-7000" not in text


async def test_metrics_tell_what_the_ledger_holds(app) -> None:
    async with app.state.core.db.connection() as conn:
        await conn.execute(
            "INSERT INTO runs (job, lane, trigger_type, max_attempts, run_at)"
            " VALUES ('sample.job', 'slow', 'system', 1, clock_timestamp() - interval '90 seconds')"
        )
        await conn.execute("INSERT INTO outbox (kind, key, payload, state) VALUES ('mail', 'a', '{}', 'dead')")
    text = (await stranger(app).get("/metrics")).text
    assert 'job_queue_depth{lane="slow",service="sample",state="queued"} 1.0' in text
    assert 'outbox_depth{service="sample",state="dead"} 1.0' in text
    (oldest,) = [line for line in text.splitlines() if line.startswith('job_oldest_ready_seconds{service="sample"}')]
    assert 90 <= float(oldest.split()[1]) < 150
