"""The database is stopped and started under a running service: 503 with Retry-After meanwhile, nothing lost after."""

import asyncio
import secrets
import time

import asyncpg
import pytest

from common.app import create_service_app
from common.db import cut_off_is_a_lost_connection
from common.settings import ServiceSettings
from tests.common.http.sample.service import SAMPLE
from tests.support.api import api_settings, check_problem, client, serving, stranger
from tests.support.servers import Databases
from tools.stack.children import free_port
from tools.stack.postgres import WITHOUT_DURABILITY, make_cluster, start_postgres

CUT_OFF = "cannot switch to state 12; another operation (2) is in progress"
pytestmark = [pytest.mark.servers, pytest.mark.timeout(90)]


async def test_a_stopped_database_is_a_503_and_the_service_recovers_by_itself(tmp_path) -> None:
    password, port = secrets.token_urlsafe(18), free_port()

    def start():
        return start_postgres(
            tmp_path / "data", port=port, password=password, log=tmp_path / "log", options=WITHOUT_DURABILITY
        )

    await asyncio.to_thread(make_cluster, tmp_path / "data", password, sync=False)
    server = await asyncio.to_thread(start)
    try:
        database = Databases(server.url).create(SAMPLE.components)
        settings = api_settings(ServiceSettings, database)
        async with serving(create_service_app(SAMPLE, settings)) as app:
            api = client(app)
            assert (await api.post("/v1/notes", json={"text": "kept"})).status_code == 201
            await asyncio.to_thread(server.stop)

            began = time.monotonic()
            key = {"Idempotency-Key": secrets.token_hex(8)}
            for answer in (
                await api.get("/v1/notes"),
                await api.post("/v1/notes", json={"text": "lost"}),
                await api.post("/v1/notes", json={"text": "lost"}, headers=key),
            ):
                check_problem(answer, 503, "database_unavailable")
                assert int(answer.headers["retry-after"]) > 0
            assert time.monotonic() - began < 10
            assert (await stranger(app).get("/livez")).status_code == 200
            told = await stranger(app).get("/readyz")
            assert (told.status_code, told.json()["status"]) == (503, "unavailable")
            assert not told.json()["checks"]["database"]["ok"]

            server = await asyncio.to_thread(start)
            assert (await api.post("/v1/notes", json={"text": "again"}, headers=key)).status_code == 201
            texts = [note["text"] for note in (await api.get("/v1/notes")).json()["items"]]
            assert texts == ["again", "kept"]
            assert (await stranger(app).get("/readyz")).json()["checks"]["database"]["ok"]
    finally:
        await asyncio.to_thread(server.stop)


@pytest.mark.parametrize(
    ("said", "told"), [(CUT_OFF, asyncpg.ConnectionDoesNotExistError), ("x", asyncpg.InternalClientError)]
)
def test_a_session_that_was_cut_off_is_told_as_a_lost_connection(said: str, told: type[Exception]) -> None:
    with pytest.raises(told), cut_off_is_a_lost_connection():
        raise asyncpg.InternalClientError(said)
