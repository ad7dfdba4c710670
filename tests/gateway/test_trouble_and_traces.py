"""ASVS 14.2, 16.2, 16.5: a database that is away closes the door, secrets reach no log, refusals are written down."""

from __future__ import annotations

import asyncio
import io
import logging
from typing import TYPE_CHECKING

import asyncpg
import pytest

from common.logging import configure_logging
from tests.gateway.running import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gateway.conftest import Running, Start

ECHO = "/api/invoices/v1/echo"
ADMIN = {"portico": "admin", "invoices": "viewer"}


async def test_without_its_database_nobody_gets_in_and_it_recovers_by_itself(start: Start) -> None:
    running = await start()
    browser = await running.signed_in("ada", roles=ADMIN)
    name = running.database_url.rpartition("/")[2]
    admin = await asyncpg.connect(running.database_url.admin.rpartition("/")[0] + "/postgres")
    try:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await admin.fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        running.resources.doorman.forget()
        for path in (ECHO, "/api/users", "/api/auth/me"):
            response = await browser.get(path)
            assert (response.status_code, response.json()["code"]) == (503, "database_unavailable"), path
            assert response.headers["retry-after"]
        ready = await browser.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")
        assert (await browser.get("/livez")).status_code == 200
        assert running.backend.seen == []
    finally:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await admin.close()
    async with asyncio.timeout(10):
        while (await browser.get(ECHO)).status_code != 200:
            running.resources.doorman.forget()
    assert (await browser.get("/readyz")).json()["status"] == "ready"


async def test_a_schema_that_is_behind_is_not_ready(start: Start) -> None:
    running = await start()
    conn = await asyncpg.connect(running.database_url.admin)
    await conn.execute("DELETE FROM schema_migrations WHERE component = 'gateway'")
    await conn.close()
    response = await running.browser().get("/readyz")
    assert response.status_code == 503
    assert "0001_accounts.sql" in response.json()["checks"]["schema"]["detail"]


@pytest.fixture
def own_logging() -> Iterator[io.StringIO]:
    """The logging of production, written here; the test runner's again afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging("gateway", "info")
    written = io.StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the caller's own log, which holds its own requests
    yield written
    root.handlers[:], root.level = handlers, level


async def test_no_secret_reaches_a_log_line(running: Running, own_logging: io.StringIO) -> None:
    browser = await running.signed_in("ada", roles=ADMIN)
    made = (await browser.post("/api/keys", json={"name": "k", "roles": {"invoices": "viewer"}})).json()["secret"]
    await running.browser().get(ECHO, headers={"Authorization": f"Bearer {made}"})
    await running.browser().get(ECHO, headers={"Authorization": f"Bearer {made}x"})
    await browser.post("/api/auth/password", json={"current": "canary-current-password", "new": "canary-new-password"})
    await running.browser().login("ada", "canary-wrong-password")
    await browser.post(ECHO, headers={"X-CSRF-Token": "canary-token"})
    written = own_logging.getvalue()
    assert "request.refused" in written
    for secret in (PASSWORD, made.split("_")[2], browser.cookies["__Host-sid"], browser.csrf, "canary", "eyJ"):
        assert secret not in written, secret


async def test_a_refusal_is_written_down_with_who_and_where(running: Running, own_logging: io.StringIO) -> None:
    browser = await running.signed_in("ada")
    response = await browser.get(ECHO)
    line = next(line for line in own_logging.getvalue().splitlines() if "request.refused" in line)
    assert response.headers["x-request-id"] in line
    assert '"status":403' in line
    assert '"ip":"127.0.0.1"' in line


async def test_the_same_request_sent_again_adds_one_user(running: Running) -> None:
    admin = await running.signed_in("root", roles=ADMIN)
    body = {"username": "ada", "name": "Ada", "password": PASSWORD}
    answers = [await admin.post("/api/users", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotent-replayed"] == "true"
    other = await admin.post("/api/users", json=body | {"name": "x"}, headers={"Idempotency-Key": "k1"})
    assert other.json()["code"] == "idempotency_key_reused"


async def test_a_login_is_never_replayed(running: Running) -> None:
    browser = await running.signed_in("ada")
    tokens = set()
    for _ in range(2):
        response = await browser.request(
            "POST",
            "/api/auth/login",
            json={"username": "ada", "password": PASSWORD},
            headers={"Idempotency-Key": "same"},
        )
        assert response.status_code == 200
        tokens.add(browser.cookies["__Host-sid"])
    assert len(tokens) == 2
