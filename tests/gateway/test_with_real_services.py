"""The gateway in front of two real services: identities are accepted, lists merge and page, a stream is resumed."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import uvicorn

from common.app import create_service_app
from common.core import Core, ServiceDefinition
from common.identity import public_set_json
from common.settings import ServiceSettings
from tests.gateway.conftest import SIGNING_KEY
from tests.gateway.running import running_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.gateway.conftest import Running, Start
    from tests.support.servers import Databases

RUNS = """
INSERT INTO runs (job, lane, state, message, params, trigger_type, max_attempts, created_at)
SELECT 'sample.tidy', 'default', CASE WHEN n % 4 = 0 THEN 'failed' ELSE 'succeeded' END, $1, '{}', 'schedule', 5,
       timestamptz '2026-11-20 08:00Z' + make_interval(secs => n / 2)
FROM generate_series(1, $2::int) n
"""


def definition(name: str) -> ServiceDefinition[ServiceSettings, None]:
    @asynccontextmanager
    async def nothing(_: Core[ServiceSettings]) -> AsyncIterator[None]:
        yield

    return ServiceDefinition(name, name.capitalize(), ServiceSettings, Path(__file__).with_name("nothing"), nothing)


@pytest.fixture
async def fronted(start: Start, databases: Databases, redis_url: str) -> AsyncIterator[Running]:
    """A gateway before the services `one` and `two`, which have 11 and 6 runs of the same half-seconds."""
    async with AsyncExitStack() as stack:
        urls = {}
        for name, count in (("one", 11), ("two", 6)):
            service = definition(name)
            database = databases.create(service.components[:3])
            stack.callback(databases.drop, database)
            conn = await asyncpg.connect(database.admin)
            await conn.execute(RUNS, name, count)
            await conn.close()
            settings = ServiceSettings.model_validate(
                {"database_url": database, "redis_url": redis_url, "identity_keys": public_set_json(SIGNING_KEY)}
            )
            config = uvicorn.Config(create_service_app(service, settings), port=0, log_config=None, access_log=False)
            urls[name] = await stack.enter_async_context(running_server(config))
        yield await start(upstreams=urls)


async def walk(browser: Any, query: str, way: str = "next", cursor: str | None = None) -> list[list[dict[str, Any]]]:
    """Every page from the first (or from `cursor`) on, in the direction `way`."""
    pages = []
    while True:
        address = f"/api/runs?{query}" + (f"&cursor={cursor}" if cursor else "")
        response = await browser.get(address)
        assert response.status_code == 200, response.text
        page = response.json()
        assert page["errors"] == []
        pages.append(page)
        cursor = page[way]
        if cursor is None:
            return pages


@pytest.mark.parametrize("limit", [1, 3, 5, 17, 1000])
async def test_runs_of_real_services_page_forward_and_back(fronted: Running, limit: int) -> None:
    browser = await fronted.signed_in("ada", roles={"one": "viewer", "two": "viewer"})
    forward = await walk(browser, f"limit={limit}&hide_idle=false")
    shown = [(run["created_at"], run["id"], run["service"]) for page in forward for run in page["items"]]
    assert len(shown) == 17
    assert shown == sorted(shown, reverse=True)
    assert len({run_id for _, run_id, _ in shown}) == 17
    if forward[-1]["prev"]:
        backward = await walk(browser, f"limit={limit}&hide_idle=false", "prev", forward[-1]["prev"])
        again = [run["id"] for page in reversed(backward) for run in page["items"]]
        assert again == [run_id for _, run_id, _ in shown][: len(again)]


async def test_filters_and_cursors_mean_the_same_to_gateway_and_services(fronted: Running) -> None:
    browser = await fronted.signed_in("ada", roles={"one": "viewer", "two": "viewer"})
    for query, count in (
        ("state=failed", 3),
        ("state=!failed&created_at=2026-11-20..2026-11-20", 14),
        ("service=one", 11),
        ("service=!one&q=two", 6),
        ("job=nothing", 0),
        ("trigger=schedule&created_at=2026-11-20T08:00:02Z..", 11),
    ):
        pages = await walk(browser, f"limit=2&{query}")
        assert sum(len(page["items"]) for page in pages) == count, query


async def test_the_roles_that_services_ask_for_are_those_of_the_session(fronted: Running) -> None:
    browser = await fronted.signed_in("ada", roles={"one": "viewer", "two": "admin"})
    answers = [await browser.request("PUT", f"/api/{name}/v1/pause", json={"reason": "x"}) for name in ("one", "two")]
    assert [answer.status_code for answer in answers] == [403, 200]
    paused = (await browser.get("/api/pause")).json()["items"]
    assert {item["service"]: item["pause"] and item["pause"]["by"] for item in paused} == {"one": None, "two": "ada"}
    told = (await browser.request("PUT", "/api/pause", json={"reason": "stocktaking"})).json()
    assert [(error["service"], error["code"]) for error in told["errors"]] == [("one", "forbidden")]


async def test_the_health_of_real_services_is_told(fronted: Running) -> None:
    browser = await fronted.signed_in("ada", roles={"one": "viewer"})
    health = (await browser.get("/api/health")).json()
    assert [service["name"] for service in health["services"]] == ["one"]
    assert {"database", "redis", "workers"} <= set(health["services"][0]["checks"])


async def test_the_audit_of_real_services_and_of_the_gateway_is_one_list(fronted: Running) -> None:
    browser = await fronted.signed_in("ada", roles={"one": "admin", "portico": "admin"})
    await browser.request("PUT", "/api/one/v1/pause", json={"reason": "stocktaking"})
    entries = (await browser.get("/api/audit?limit=2")).json()
    assert [(entry["service"], entry["action"]) for entry in entries["items"]] == [
        ("one", "pause.set"),
        ("portico", "session.opened"),
    ]
    assert entries["items"][0]["ip"] == "127.0.0.1"
    follow = (await browser.get(f"/api/audit?limit=2&cursor={entries['next']}")).json()
    assert [entry["action"] for entry in follow["items"]] == ["user.created"]
