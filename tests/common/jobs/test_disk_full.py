"""A real PostgreSQL on a disk that fills up: 503 with its code, nothing lost, and all goes on once there is room.

The disk is a small tmpfs, which only root may mount.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from pydantic import BaseModel

from common.app import create_service_app
from common.jobs import JobSet, Outcome, Record, Retry, RunContext
from common.settings import ServiceSettings
from tests.support.api import api_settings, check_problem, client, serving, stranger
from tests.support.jobs import COMPONENTS, run_row, toy_service, until_state, working
from tests.support.servers import Databases
from tools.stack.children import free_port
from tools.stack.postgres import WITHOUT_DURABILITY, PostgresError, PostgresServer, make_cluster, start_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]


class Pages(BaseModel):
    pages: int = 1


jobs = JobSet()


@jobs.job("toys.write", title="Write", payload=Pages, retry=Retry(attempts=500, first_seconds=0.1, longest_seconds=0.3))
async def write(run: RunContext[Any], given: Pages) -> Outcome:
    """Write records, a page at a time, from where the last attempt was."""
    for page in range(run.checkpoint_data.get("written", 0), given.pages):
        async with run.core.db.transaction() as conn:
            await run.guard(conn)
            await run.record(conn, [Record(f"{page}-{n}", message=secrets.token_hex(500)) for n in range(200)])
        await run.checkpoint({"written": page + 1})
    return Outcome.succeeded("All written.")


SERVICE = toy_service(jobs)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk here: only root may mount one")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Until not a byte more fits; `make_room` takes it back."""
    with (folder / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(4096))


def make_room(folder: Path) -> None:
    (folder / "filler").unlink()


class Server:
    """PostgreSQL that is started again when it ends, as the supervisor of the stack or a container's engine does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.password, self.port = secrets.token_urlsafe(18), free_port()
        self.running: PostgresServer | None = None
        self.ended = 0
        self.is_closing = False

    def start(self) -> PostgresServer:
        options = WITHOUT_DURABILITY | {"min_wal_size": "32MB", "max_wal_size": "2GB", "checkpoint_timeout": "1h"}
        self.running = start_postgres(
            self.folder / "data", port=self.port, password=self.password, log=self.folder / "log", options=options
        )
        return self.running

    async def watch(self) -> None:
        while not self.is_closing:
            await asyncio.sleep(0.2)
            if self.running and self.running.process.poll() is not None:
                self.ended += 1
                with suppress(PostgresError):
                    await asyncio.to_thread(self.start)


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Server]:
    server = Server(folder)
    await asyncio.to_thread(make_cluster, folder / "data", server.password, sync=False)
    await asyncio.to_thread(server.start)
    watching = asyncio.create_task(server.watch())
    try:
        yield server
    finally:
        server.is_closing = True
        await watching  # cancelled, it would leave a server behind that a thread is starting
        if server.running:
            await asyncio.to_thread(server.running.stop)


@asynccontextmanager
async def whole_service(url: str) -> AsyncIterator[tuple[Any, Any]]:
    """API and worker of the toys; the application and the worker."""
    settings = api_settings(ServiceSettings, url, lease_seconds=5, database_pool_size=5)
    async with serving(create_service_app(SERVICE, settings)) as app, working(SERVICE, app.state.core) as worker:
        yield app, worker


async def post_until_refused(app: Any, job: str = "toys.write") -> Any:
    """Start runs until the database takes no more; what fits into pages that are there already is taken still."""
    for _ in range(3000):
        answer = await client(app).post(f"/v1/jobs/{job}/runs", json={"params": {"pages": 0}})
        if answer.status_code != 202:
            return answer
    raise AssertionError("the disk never was full")


async def test_full_tables_are_a_503_and_runs_go_on_when_there_is_room(tmp_path):
    disk = tmp_path / "disk"
    with small_disk(disk, 48):
        (disk / "tables").mkdir(mode=0o700)
        async with watched(tmp_path) as server:
            url = Databases(server.running.url).create(COMPONENTS)
            admin = await asyncpg.connect(server.running.url)
            await admin.execute(f"CREATE TABLESPACE small LOCATION '{disk / 'tables'}'")
            await admin.execute(f'ALTER DATABASE "{url.rpartition("/")[2]}" SET TABLESPACE small')
            await admin.close()
            async with whole_service(url) as (app, worker):
                core = app.state.core
                api = client(app)
                started = await api.post("/v1/jobs/toys.write/runs", json={"params": {"pages": 40}})
                run_id = started.json()["id"]
                await until_progress(core, run_id)
                fill(disk)
                refused = await post_until_refused(app)
                check_problem(refused, 503, "database_full")
                assert refused.headers["retry-after"] == "30"
                assert (await api.get(f"/v1/runs/{run_id}")).status_code == 200, "what is there can still be read"
                assert (await stranger(app).get("/livez")).status_code == 200
                await asyncio.sleep(3)  # the worker goes on trying meanwhile
                assert not worker.task.done()
                assert (await run_row(core, run_id))["state"] in {"queued", "running"}

                make_room(disk)
                ended = await until_state(core, run_id, "succeeded", "failed", "partial", seconds=60)
                assert (ended["state"], ended["ok_count"]) == ("succeeded", 40 * 200)
                answer = await api.post("/v1/jobs/toys.write/runs", json={"params": {"pages": 0}})
                assert answer.status_code == 202
                assert await queue_is_empty(core)
            assert server.ended == 0


async def test_a_full_disk_of_the_whole_server_is_a_503_and_all_comes_back_when_there_is_room(tmp_path):
    disk = tmp_path / "disk"
    with small_disk(disk, 240):
        async with watched(disk) as server:
            url = Databases(server.running.url).create(COMPONENTS)
            async with whole_service(url) as (app, worker):
                core, api = app.state.core, client(app)
                started = await api.post("/v1/jobs/toys.write/runs", json={"params": {"pages": 60}})
                run_id = started.json()["id"]
                await until_progress(core, run_id)
                fill(disk)
                refused = await post_until_refused(app)
                assert (refused.status_code, refused.json()["code"]) in {
                    (503, "database_full"),
                    (503, "database_unavailable"),
                }
                await write_ahead(url.admin)
                async with asyncio.timeout(20):
                    while not server.ended:  # noqa: ASYNC110 - asked of the process
                        await asyncio.sleep(0.05)
                check_problem(await api.get(f"/v1/runs/{run_id}"), 503, "database_unavailable")
                assert (await stranger(app).get("/livez")).status_code == 200
                await asyncio.sleep(3)
                assert not worker.task.done()

                make_room(disk)
                async with asyncio.timeout(60):
                    while (await api.get(f"/v1/runs/{run_id}")).status_code != 200:  # noqa: ASYNC110 - asked of the API
                        await asyncio.sleep(0.2)
                ended = await until_state(core, run_id, "succeeded", "failed", "partial", seconds=60)
                assert (ended["state"], ended["ok_count"]) == ("succeeded", 60 * 200)
                assert (await stranger(app).get("/readyz")).json()["checks"]["database"]["ok"]


async def until_progress(core: Any, run_id: str) -> None:
    async with asyncio.timeout(20):
        while not (await run_row(core, run_id))["ok_count"]:  # noqa: ASYNC110 - asked of the ledger
            await asyncio.sleep(0.01)


async def queue_is_empty(core: Any) -> bool:
    async with asyncio.timeout(30):
        async with core.db.connection() as conn:
            while await conn.fetchval("SELECT count(*) FROM runs WHERE state IN ('queued', 'running')"):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    return True


async def write_ahead(admin: str) -> None:
    """Make the server need another segment of its log, without which it can't go on."""
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        conn = await asyncpg.connect(admin)
        try:
            for _ in range(40):
                await conn.execute("SELECT pg_logical_emit_message(false, 'full', repeat('x', 1000000))")
        finally:
            conn.terminate()
