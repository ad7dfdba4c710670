"""A warehouse that lives through a month in a minute: the whole service, the sandbox as its outside, one moved clock.

The service is real (API, jobs, outbox, schedules) over real servers; only time is not: our clock, the sandbox's, and
`now()` of the service's database are moved together, from one thing that is due to the next.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import subprocess
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import asyncpg

from common.app import create_service_app
from common.clock import SystemClock
from common.core import Core, open_core
from common.identity import Verifier, public_set_json
from common.jobs.schedules import fire_due
from common.jobs.sweeper import rescue_expired
from common.migrate import migrate
from common.outbox import send_due
from services.invoices.main import SERVICE
from services.invoices.resources import Resources, open_resources
from services.invoices.settings import InvoicesSettings
from tests.support.api import KEY, api_settings, client
from tests.support.jobs import run_now
from tests.support.sites import ServiceSite, with_clock
from tests.support.warehouse_sandbox import warehouse_sandbox
from tests.support.worker import ROOT, worker_command, worker_environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    import httpx
    from fastapi import FastAPI

    from tests.support.warehouse_sandbox import WarehouseSandbox

ROME = ZoneInfo("Europe/Rome")
LEASE_SECONDS = 8
MOMENT = timedelta(milliseconds=20)
CHIEF, DEPUTY = "warehouse@example.org", "deputy@example.org"

# What an unqualified now() means in this database, defaults of columns included: they are made under this path.
MOVED_CLOCK = """
CREATE SCHEMA moved;
GRANT USAGE ON SCHEMA moved TO PUBLIC;
CREATE TABLE moved.clock (by interval NOT NULL);
INSERT INTO moved.clock VALUES ('0');
GRANT SELECT, UPDATE ON moved.clock TO PUBLIC;
CREATE FUNCTION moved.now() RETURNS timestamptz STABLE LANGUAGE sql
    AS 'SELECT pg_catalog.now() + by FROM moved.clock';
CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
    AS 'SELECT pg_catalog.clock_timestamp() + by FROM moved.clock';
"""
OPTIONS = {
    "pick_up": {"stability_seconds": 0.05},
    "view": {"statement_timeout_seconds": 0.4},
    "dispatch": {"log_poll_seconds": 120, "progress_seconds": 600},
    "mail": {"recipients": [CHIEF, DEPUTY]},
}
NEXT_DUE = """
SELECT least(
    (SELECT min(run_at) FROM runs WHERE state = 'queued' AND run_at > now()),
    (SELECT min(lease_until) FROM runs WHERE state = 'running' AND lease_until > now()),
    (SELECT min(next_try_at) FROM outbox WHERE state = 'pending' AND next_try_at > now()),
    (SELECT min(leased_until) FROM outbox WHERE state = 'pending' AND leased_until > now()),
    (SELECT min(next_at) FROM schedules WHERE enabled AND next_at > now())
)
"""


@dataclass
class MovedClock:
    """The machine's clock, moved by as much as the test says."""

    shift: timedelta = timedelta()

    def now(self) -> datetime:
        return SystemClock(self.shift).now()


@dataclass
class Dropped:
    """A file that somebody put into the inbox or uploaded; `replaced`: the sender wrote over it before it was whole."""

    name: str
    content: bytes
    day: date
    numbers: list[int]
    replaced: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass
class Month(ServiceSite):
    """The site, and what has happened to it outside of its own database."""

    core: Core[InvoicesSettings]
    resources: Resources
    clock: MovedClock
    admin: asyncpg.Connection
    customer: asyncpg.Pool
    outside: WarehouseSandbox
    app: FastAPI
    dropped: list[Dropped] = field(default_factory=list)
    kills: int = 0
    outside_hour: datetime | None = None

    def local(self, day: date, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute), ROME).astimezone(UTC)

    async def move_to(self, at: datetime) -> None:
        """It is `at` from now on, everywhere; time never runs backwards."""
        if at > self.clock.now():
            await self.set_clock(at)

    async def set_clock(self, at: datetime) -> None:
        self.clock.shift += at - self.clock.now()
        await self.admin.execute("UPDATE moved.clock SET by = $1", self.clock.shift)
        hour = at.replace(minute=0, second=0, microsecond=0)
        if hour != self.outside_hour:  # what is outside writes names and dates: the hour is near enough
            self.outside_hour = hour
            await asyncio.to_thread(self.outside.clock, "shifted", at.isoformat())

    async def live_until(self, end: datetime) -> None:
        """Let everything that is due by `end` happen, each thing at its time."""
        while True:
            await self.work()
            due = await self.admin.fetchval(NEXT_DUE)
            if due is None or due >= end:
                break
            await self.move_to(due + MOMENT)
        await self.move_to(end)

    async def work(self) -> None:
        """What the loops of a worker do: rescue, fire, execute, send, until there is nothing left to do now."""
        for _ in range(20):
            await rescue_expired(self.core.db, self.core, LEASE_SECONDS)
            fired = await fire_due(self.core.db, self.core.ledger, self.core.clock.now())
            executed = await run_now(SERVICE, self.core, self.resources)
            sent = await send_due(self.core.db, self.resources, SERVICE.outbox)
            if not fired + executed + sent:
                return
            await self.hear_the_receiver()

    async def hear_the_receiver(self) -> None:
        """The program that reads our file needs a moment of real time; in the month it has had its minutes."""
        for _ in range(250):
            files = {path.name for path in self.outside.delivery.iterdir() if not path.name.startswith(".")}
            verdicts = {reading["name"]: reading["verdict"] for reading in self.readings()}
            if files <= set(verdicts) and "taken" not in verdicts.values():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"the receiver does not read: {files - set(verdicts)}")

    def readings(self) -> list[dict[str, Any]]:
        """All that the receiver's program has ever taken, in order."""
        memory = self.outside.directory / "consumer.json"
        for _ in range(50):
            with suppress(FileNotFoundError, json.JSONDecodeError):  # just being written
                found: list[dict[str, Any]] = json.loads(memory.read_text())["readings"]
                return found
        return []

    async def drop(self, kind: str, rows: int, **more: Any) -> Dropped:
        """The sender writes a file; what is in it is remembered here."""
        truth = await asyncio.to_thread(self.outside.drop, kind, rows, **more)
        numbers = [*truth["valid"], *truth["not_found"], *truth["in_past"]]
        return self.remember(truth["name"], numbers)

    def remember(self, name: str, numbers: list[int]) -> Dropped:
        content = (self.outside.inbox / name).read_bytes()
        self.dropped.append(Dropped(name, content, self.today, numbers))
        return self.dropped[-1]

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(ROME).date()

    def touch(self, path: Path, at: datetime | None = None) -> None:
        moment = (at or self.clock.now()).timestamp()
        os.utime(path, (moment, moment))

    async def call(self, method: str, path: str, *, role: Any = "operator", **more: Any) -> httpx.Response:
        """A request of the operator M. Rossi, or of the administrator A. Bianchi."""
        name = {"operator": "M. Rossi", "admin": "A. Bianchi"}.get(role, "A viewer")
        async with client(self.app, role, name=name) as caller:
            return await caller.request(method, f"/v1{path}", **more)

    async def read(self, path: str, **query: Any) -> Any:
        """What the API tells a viewer."""
        answer = await self.call("GET", path, role="viewer", params=query)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def change(self, method: str, path: str, value: Any) -> None:
        """The administrator changes what has a version."""
        seen = (await self.call("GET", path, role="admin")).headers["etag"]
        answer = await self.call(method, path, role="admin", json=value, headers={"If-Match": seen})
        assert answer.is_success, answer.text

    async def kill_a_worker_at(self, job: str, pause: float) -> bool:
        """A worker process of the service takes over and is killed while it does `job`; whether it came to that."""
        process = self._start_worker()
        state = ""
        try:
            for _ in range(600):
                busy = "SELECT state FROM runs WHERE job = $1 AND state IN ('queued', 'running') ORDER BY state DESC"
                state = await self.admin.fetchval(busy, job)
                if state == "running":
                    await asyncio.sleep(pause)
                if state != "queued" and (state or await self.admin.fetchval("SELECT count(*) FROM workers")):
                    break
                await asyncio.sleep(0.02)
        finally:
            process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(process.wait)
        self.kills += 1
        return bool(state)

    def _start_worker(self) -> subprocess.Popen[bytes]:
        shift = round(self.clock.shift.total_seconds())
        return subprocess.Popen(
            worker_command(self.core),
            env=worker_environment(self.core.settings, clock_shift_seconds=shift),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


async def make_moved_database(url: Any) -> None:
    """The service's tables in an empty database whose `now()` is ours."""
    admin = await asyncpg.connect(url.admin)
    try:
        await admin.execute(MOVED_CLOCK)
        name = await admin.fetchval("SELECT current_database()")
        await admin.execute(f'ALTER DATABASE "{name}" SET search_path = public, moved, pg_catalog')
    finally:
        await admin.close()
    owner = await asyncpg.connect(url.owner)
    try:
        runtime = url.split("//")[1].split(":")[0]
        await migrate(owner, SERVICE.components, runtime_role=runtime)
    finally:
        await owner.close()


@asynccontextmanager
async def open_month(make_database: Callable[..., Any], folder: Path, start: datetime) -> AsyncIterator[Month]:
    """The site on the evening before its first day."""
    url, customer_url = make_database(), make_database()
    await make_moved_database(url)
    async with AsyncExitStack() as stack:
        gate = ("--customer-port", "0")
        outside: WarehouseSandbox = stack.enter_context(
            warehouse_sandbox(folder / "outside", customer_url=customer_url.owner, arguments=gate)
        )
        outside.change(delay_seconds=0, processing_paused=True)
        shift = start - SystemClock().now()
        settings = api_settings(
            InvoicesSettings,
            url,
            inbox_url=outside.inbox_url,
            delivery_url=outside.delivery_url,
            remote_log_url=outside.remote_log_url,
            remote_log_host_key=outside.remote_log_host_key,
            view_database_url=outside.customer_url,
            smtp_url=outside.smtp_url,
            mail_from="Portico <portico@example.org>",
            clock_shift_seconds=int(shift.total_seconds()),
            lease_seconds=LEASE_SECONDS,
        )
        clock = MovedClock()
        admin = await asyncpg.connect(url.admin, server_settings={"search_path": "public, moved, pg_catalog"})
        stack.push_async_callback(admin.close)
        core = with_clock(await stack.enter_async_context(open_core(SERVICE, settings, redis=False)), clock)
        resources = await stack.enter_async_context(open_resources(core))
        app = create_service_app(SERVICE, settings)
        app.state.core, app.state.resources = core, resources
        app.state.verifier = Verifier(public_set_json(KEY), SERVICE.name)
        customer = await stack.enter_async_context(asyncpg.create_pool(customer_url.owner, min_size=0, max_size=2))
        month = Month(core, resources, clock, admin, customer, outside, app)
        await month.set_clock(start)
        await prepare(month)
        yield month


async def prepare(month: Month) -> None:
    """Options and schedules as an administrator sets them."""
    for name, value in OPTIONS.items():
        await month.change("PUT", f"/options/{name}", value)
    [tidy] = [one for one in (await month.read("/schedules"))["items"] if one["name"] == "sessions.tidy"]
    change = {"cron": ["0 7-20 * * *"], "grace_seconds": 3600}
    await month.change("PATCH", f"/schedules/{tidy['id']}", change)
