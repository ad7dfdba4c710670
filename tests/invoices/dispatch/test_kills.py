"""kill -9 after each step of a dispatch: a real worker dies, another one continues, the file is delivered exactly once.

The hooks sit in the servers outside, so that nothing in the service knows of the test.
"""

import asyncio
import os
import signal
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.invoices.options import DispatchOptions
from services.invoices.sessions.rules import State
from tests.support.session_site import COMPONENTS, LOG, OPERATOR, Site, open_site
from tests.support.worker import ROOT, worker_command, worker_environment

pytestmark = [pytest.mark.servers, pytest.mark.kill, pytest.mark.timeout(90)]

A, B = 600000001, 600000002


@pytest.fixture
async def site(make_database, tmp_path):
    url = make_database(*COMPONENTS)
    async with open_site(url, tmp_path) as opened:
        opened.clock.at = datetime.now(UTC)
        await opened.put_options(DispatchOptions, log_poll_seconds=0.2, progress_seconds=0.5)
        day = await opened.sessions.today()
        await opened.customer.executemany(
            "INSERT INTO bdm.available_invoices VALUES ($1, 'LT', $2, true, 0.3)", [(A, day), (B, day)]
        )
        await opened.add_session(A, B, day=day, available=False)
        yield opened


@contextmanager
def worker(site: Site):
    """A real worker process of the service."""
    environment = worker_environment(site.core.settings, lease_seconds=2)
    process = subprocess.Popen(worker_command(site.core), env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(20)


async def until(look, seconds: float = 20):
    async with asyncio.timeout(seconds):
        while not (seen := await look()):  # noqa: ASYNC110 - what is waited for happens in other processes
            await asyncio.sleep(0.02)
    return seen


class Killer:
    """Kills the worker at the n-th occasion, once."""

    def __init__(self, nth: int = 1) -> None:
        self.pid = 0
        self._left = nth

    def __call__(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(self.pid, signal.SIGKILL)


def rename_then(killer: Killer, site: Site):
    """The server renames, and the worker dies before it hears so."""

    def hook(name: str) -> None:
        site.part(name).rename(site.ftp.folder / Path(name).name)
        killer()

    return hook


async def die_while_the_view_is_asked(site: Site, process: subprocess.Popen[bytes]) -> None:
    """D1: the session is opening and nothing else has happened; the view is locked until the worker is dead."""
    async with site.customer.acquire() as conn, conn.transaction():
        await conn.execute("LOCK TABLE bdm.available_invoices IN ACCESS EXCLUSIVE MODE")
        waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
        await until(lambda: site.customer.fetchval(waiting))
        process.kill()
        process.wait()


ARRANGE = {
    "D2 rendered": lambda site, killer: site.ssh.on_open.append(killer),
    "D3 baseline": lambda site, killer: site.ftp.before.update(STOR=killer),
    "D4 temporary stored": lambda site, killer: site.ftp.before.update(SIZE=killer),
    "D5 size checked": lambda site, killer: site.ftp.before.update(RNFR=killer),
    "D6 renamed": lambda site, killer: site.ftp.before.update(RNTO=rename_then(killer, site)),
    "D7 recorded": lambda site, killer: site.ssh.on_open.append(killer),
    "D8 watching": lambda site, killer: site.ssh.on_open.append(killer),
}
NTH = {"D4 temporary stored": 2, "D7 recorded": 2, "D8 watching": 3}


@pytest.mark.parametrize("step", ["D1 opening", *ARRANGE])
async def test_a_worker_killed_after_a_step_delivers_once_and_opens_the_session(site: Site, step: str):
    killer = Killer(NTH.get(step, 1))
    await site.sessions.start(OPERATOR)
    with worker(site) as process:
        killer.pid = process.pid
        if step in ARRANGE:
            ARRANGE[step](site, killer)
            await asyncio.to_thread(process.wait, 20)
        else:
            await die_while_the_view_is_asked(site, process)
        assert process.returncode == -signal.SIGKILL
    await check_that_another_worker_ends_it(site)


async def check_that_another_worker_ends_it(site: Site) -> None:
    today = await site.sessions.today()
    with worker(site):

        async def is_delivered():
            return (await site.session(today)).uploaded_at

        await until(is_delivered)
        session = await site.session(today)
        assert [file.name for file in site.delivered()] == [session.remote_name]
        assert site.delivered()[0].read_bytes().count(b"\n") == session.csv_lines == 2
        site.log(f"file={session.remote_name} read=2\n")

        async def is_open():
            return (await site.session(today)).state is State.OPEN

        await until(is_open)
    final = [line for line in site.ftp.journal if line.startswith("RNTO") and not line.endswith(".part")]
    assert len(final) == 1
    assert await site.mail_keys() == [f"success:{session.id}"]
    assert [run["state"] for run in await site.runs("dispatch.send")] == ["succeeded"]
    assert "planned" not in await site.effects()
    assert "uncertain" not in await site.effects()


async def test_a_worker_killed_after_the_verdict_changes_nothing_more(site: Site):
    """D9: verdict, state and mail are one transaction; the session stays open and its watch goes on."""
    today = await site.sessions.today()
    await site.sessions.start(OPERATOR)
    with worker(site) as process:

        async def is_delivered():
            return (await site.session(today)).uploaded_at

        await until(is_delivered)
        site.log(f"file={(await site.session(today)).remote_name} read=2\n")

        async def is_open():
            return (await site.session(today)).state is State.OPEN

        await until(is_open)
        process.kill()
    with worker(site):
        await site.process(A, B, day=today)

        async def is_closed():
            return (await site.session(today)).state is State.CLOSED

        await until(is_closed)
    session = await site.session(today)
    assert (session.reason, session.processed) == ("completed", 2)
    assert await site.mail_keys() == [f"success:{session.id}"]
    assert (site.ssh.folder / LOG).exists()
