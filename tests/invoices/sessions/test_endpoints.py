"""The four buttons over HTTP: names, codes, payload, roles, the live stream."""

import asyncio
from contextlib import asynccontextmanager

import orjson
import pytest

from common.app import create_service_app
from common.identity import Verifier, public_set_json
from common.sse import Streams
from services.invoices.sessions.attention import failed_sessions
from services.invoices.sessions.endpoints import DAYS
from services.invoices.sessions.search import search_sessions
from tests.support.api import KEY, check_problem, client, stranger
from tests.support.session_site import ADMIN as ADMIN_OF_TEST
from tests.support.session_site import COMPONENTS, DAY, Site, open_site

pytestmark = pytest.mark.servers

A, B, C = 600000001, 600000002, 600000003


@pytest.fixture
async def site(make_database, tmp_path):
    async with open_site(make_database(*COMPONENTS), tmp_path) as opened:
        yield opened


@pytest.fixture
def app(site: Site):
    """The real application over the test's site."""
    app = create_service_app(site.definition, site.core.settings)
    app.state.definition, app.state.core, app.state.resources = site.definition, site.core, site
    app.state.verifier = Verifier(public_set_json(KEY), "invoices")
    return app


async def call(app, method, path, role="operator", **more):
    async with client(app, role) as caller:
        return await caller.request(method, f"/v1{path}", **more)


async def test_a_day_without_a_session_says_what_is_awaited(app):
    answer = await call(app, "GET", "/session", "viewer")
    body = answer.json()
    assert (body["business_date"], body["state"], body["files"], body["version"]) == ("2026-11-20", "none", [], 0)
    assert body["text"] == "No session for 2026-11-20 yet: the day's file has not been imported"
    assert body["buttons"]["upload"] == {"enabled": True, "code": None, "why": None, "needs_force": False}
    assert body["buttons"]["start"]["code"] == "no_session"
    assert "day's file is imported" in body["buttons"]["start"]["why"]


async def test_the_day_over_http(app, site: Site):
    await site.add_session(A, B, C)
    started = await call(app, "POST", "/session/start")
    assert started.status_code == 202
    assert started.headers["location"] == f"/v1/runs/{started.json()['run_id']}"
    assert started.json()["state"] == "opening"
    again = await call(app, "POST", "/session/start")
    params = check_problem(again, 409, "already_started")["params"]
    assert (params["by"], params["at"]) == ("Ada Test", "2026-11-20T08:00:00+01:00")
    await site.work()
    site.log(f"file={(await site.session()).remote_name} read=3\n")
    await site.work_again()
    await site.process(A)
    body = (await call(app, "POST", "/session/check")).json()
    assert body["text"] == "Session opened for 2026-11-20 - 1 shipments processed out of 3 total"
    assert (body["processed"], body["total"], body["generated"], body["attempt"]) == (1, 3, 3, 1)
    assert (body["started_by"], body["stale"], body["last_checked_at"]) == ("Ada Test", False, "2026-11-20T07:00:00Z")
    assert [file["name"] for file in body["files"]] == ["Letture20261120080000000_3.txt"]
    assert body["buttons"]["close"] == {"enabled": True, "code": None, "why": None, "needs_force": True}
    early = await call(app, "POST", "/session/close", json={"force": False})
    assert check_problem(early, 409, "incomplete")["params"]["processed"] == 1
    closed = (await call(app, "POST", "/session/close", json={"force": True})).json()
    assert (closed["changed"], closed["state"], closed["reason"], closed["closed_by"]) == (
        True,
        "closed",
        "forced",
        "Ada Test",
    )
    assert (await call(app, "POST", "/session/close")).json()["changed"] is False
    check_problem(await call(app, "POST", "/session/start"), 409, "closed")
    csv = await call(app, "GET", "/sessions/2026-11-20/csv", "viewer")
    assert csv.content == site.delivered()[0].read_bytes()
    assert csv.headers["content-type"].startswith("text/csv")
    assert (await site.session()).remote_name in csv.headers["content-disposition"]


async def test_a_get_never_changes_anything(app, site: Site):
    await site.add_session(A)
    await site.set(state="open")
    await site.process(A)
    before = await site.session()
    for path in ("/session", "/sessions", "/sessions/2026-11-20"):
        assert (await call(app, "GET", path, "viewer")).status_code == 200
    assert await site.session() == before


async def test_the_text_is_in_the_callers_language(app):
    answer = await call(app, "GET", "/session", headers={"Accept-Language": "it-IT,it;q=0.9"})
    assert answer.json()["text"].startswith("Nessuna sessione per il 2026-11-20")


async def test_days_are_listed_newest_first_and_filtered(app, site: Site):
    await site.add_session(A)
    await site.sessions.close(ADMIN_OF_TEST, force=True)
    page = (await call(app, "GET", "/sessions?state=closed&business_date=2026-11-01..2026-11-30", "viewer")).json()
    assert [(day["business_date"], day["state"], day["reason"]) for day in page["items"]] == [
        ("2026-11-20", "closed", "forced")
    ]
    assert (await call(app, "GET", "/sessions?state=!closed", "viewer")).json()["items"] == []
    check_problem(await call(app, "GET", "/sessions?state=gone"), 422, "invalid_input")


async def test_days_are_saved_as_csv_with_the_filters_of_the_list(app, site: Site):
    for day in (18, 19, 20):
        await site.add_session(A, day=DAY.replace(day=day))
    answer = await call(app, "GET", "/sessions.csv?business_date=2026-11-19..&state=ready", "viewer")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert "sessions.csv" in answer.headers["content-disposition"]
    heading, *rows = answer.content.decode("utf-8-sig").splitlines()
    assert heading.startswith("business_date,state,reason,expired,processed,total,not_found,started_by,started_at,")
    assert [row.split(",")[:2] for row in rows] == [["2026-11-20", "ready"], ["2026-11-19", "ready"]]
    check_problem(await call(app, "GET", "/sessions.csv?business_date=soon"), 422, "invalid_input")


@pytest.mark.parametrize("path", ["/sessions/2026-11-19", "/sessions/2026-11-19/csv"])
async def test_a_day_without_a_session_is_not_found(app, path):
    check_problem(await call(app, "GET", path), 404, "no_session")


async def test_a_session_without_a_csv_has_none_to_show(app, site: Site):
    await site.add_session(A)
    check_problem(await call(app, "GET", "/sessions/2026-11-20/csv"), 404, "no_csv")


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "/session", "viewer"),
        ("POST", "/session/start", "operator"),
        ("POST", "/session/check", "operator"),
        ("POST", "/session/close", "operator"),
        ("POST", "/session/confirm", "admin"),
        ("GET", "/sessions", "viewer"),
        ("GET", "/sessions.csv", "viewer"),
    ],
)
async def test_each_door_has_its_role(app, method, path, needed):
    below = {"viewer": None, "operator": "viewer", "admin": "operator"}[needed]
    body = {"note": "seen"} if path.endswith("confirm") else None
    check_problem(await call(app, method, path, below, json=body), 403, "forbidden")
    async with stranger(app) as nobody:
        check_problem(await nobody.request(method, f"/v1{path}", json=body), 401, "unauthorized")


async def test_a_confirmation_needs_a_reason_and_a_failed_delivery(app, site: Site):
    check_problem(await call(app, "POST", "/session/confirm", "admin", json={"note": ""}), 422, "invalid_input")
    await site.add_session(A)
    refused = await call(app, "POST", "/session/confirm", "admin", json={"note": "seen"})
    check_problem(refused, 409, "not_confirmable")
    await site.set(state="failed", reason="log_timeout")
    assert (await call(app, "POST", "/session/confirm", "admin", json={"note": "seen"})).json()["state"] == "open"


@asynccontextmanager
async def listening_to(site: Site):
    """The events of the day, as they come."""
    async with Streams(site.core.db, poll_seconds=0.02).running() as streams:
        body = streams.response(DAYS, key=DAY.isoformat()).body_iterator

        async def following():
            async for chunk in body:
                if chunk.startswith(b"id:"):
                    yield dict(line.split(b": ", 1) for line in chunk.strip().split(b"\n"))

        events = following()
        yield events
        await events.aclose()
        await body.aclose()


async def test_the_stream_begins_with_the_whole_state_and_tells_each_change_by_its_version(site: Site):
    await site.add_session(A)
    async with asyncio.timeout(5), listening_to(site) as events:
        first = await anext(events)
        assert int(first[b"id"]) == (await site.session()).version
        state = orjson.loads(first[b"data"])
        assert (state["state"], state["buttons"]["start"]["enabled"]) == ("ready", True)
        await site.sessions.start(ADMIN_OF_TEST)
        second = await anext(events)
        assert int(second[b"id"]) > int(first[b"id"])
        assert orjson.loads(second[b"data"])["state"] == "opening"


async def test_a_failed_session_needs_a_person_with_the_buttons_that_fit(site: Site):
    assert await failed_sessions(site) == []
    await site.add_session(A)
    for reason, names in {
        "upload_failed": ["start", "close"],
        "log_timeout": ["check", "confirm", "close"],
        "records_not_read": ["confirm", "close"],
    }.items():
        await site.set(state="failed", reason=reason, error="Something.")
        [item] = await failed_sessions(site)
        assert (item.code, [action.name for action in item.actions]) == (f"session_{reason}", names)


@pytest.mark.parametrize(
    ("text", "found"), [("2026-11-20", 1), ("20261120", 1), ("2026-11-19", 0), ("2026-13-45", 0), ("shoes", 0)]
)
async def test_a_session_is_found_by_its_day(site: Site, text, found):
    await site.add_session(A)
    assert len(await search_sessions(site, text, 10)) == found
