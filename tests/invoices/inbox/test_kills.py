"""kill -9 after each step of a pick-up: a real worker dies, another one continues, the file is imported exactly once.

The hooks sit in the FTP server and in the customer's database, so that nothing in the service knows of the test.
"""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from services.invoices.options import PickUpOptions
from tests.invoices.inbox.test_worker_process import enqueue, now_as_name, until_empty, worker
from tests.support.inbox_site import InboxSite, lines, numbered

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable

pytestmark = [pytest.mark.servers, pytest.mark.kill, pytest.mark.timeout(90)]

# Where the worker dies: at the n-th time that the server is asked this. What it was asked before is done.
STEPS = {
    "P1 seen, before the second look": ("SIZE", 2),
    "P2 stable, before the download": ("RETR", 1),
    "P3 downloaded, before the check": ("SIZE", 3),
    "P4 checked, before the bytes are stored": ("MDTM", 3),
    "P5 stored, before the import": ("QUIT", 1),
    "P6 imported, before the next conversation": ("USER", 2),
    "P7 delete pending, before the last check": ("SIZE", 4),
    "P8 about to delete": ("DELE", 1),
    "P9 deleted and recorded": ("QUIT", 2),
}


def killing(site: InboxSite, process: Process, nth: int, done: Callable[[str], None] | None = None):
    """A hook that kills the worker at its n-th call, once."""
    left = nth

    def hook(argument: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            if done:
                done(argument)
            os.kill(process.pid, signal.SIGKILL)

    return hook


async def check_once(site: InboxSite, redis_url: str) -> None:
    """Another worker brings it to its end: one file, one session, one mail, an empty inbox."""
    async with worker(site, redis_url):
        await until_empty(site)
        async with asyncio.timeout(20):
            while await site.fetch("SELECT FROM runs WHERE state IN ('queued', 'running')"):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    assert [file["state"] for file in await site.files()] == ["imported"]
    assert len(await site.statuses()) == 50
    assert len(await site.fetch("SELECT FROM sessions")) == 1
    assert (await site.mails()).count("import") == 1
    assert await site.fetch("SELECT FROM run_attempts WHERE outcome IS NULL") == []


@pytest.fixture
async def dropped(inbox_site: InboxSite) -> InboxSite:
    await inbox_site.put_options(PickUpOptions, stability_seconds=0.1)
    inbox_site.drop(lines(*numbered(50)), name=f"Letture{now_as_name()}_50.txt")
    await enqueue(inbox_site)
    return inbox_site


@pytest.mark.parametrize("step", STEPS)
async def test_a_worker_killed_after_a_step_imports_once(dropped: InboxSite, redis_url: str, step: str) -> None:
    command, nth = STEPS[step]
    async with worker(dropped, redis_url) as process:
        dropped.ftp.before[command] = killing(dropped, process, nth)
        assert await asyncio.wait_for(process.wait(), 30) == -signal.SIGKILL
    await check_once(dropped, redis_url)


async def test_a_worker_killed_before_it_hears_of_the_delete(dropped: InboxSite, redis_url: str) -> None:
    def delete(argument: str) -> None:
        (dropped.inbox / os.path.basename(argument)).unlink()  # noqa: PTH119 - the server gives a path of its own

    async with worker(dropped, redis_url) as process:
        dropped.ftp.before["DELE"] = killing(dropped, process, 1, delete)
        assert await asyncio.wait_for(process.wait(), 30) == -signal.SIGKILL
    await check_once(dropped, redis_url)


async def test_a_worker_killed_while_the_view_is_asked(dropped: InboxSite, redis_url: str) -> None:
    async with worker(dropped, redis_url) as process, dropped.customer.acquire() as conn, conn.transaction():
        await conn.execute("LOCK bdm.available_invoices")
        async with asyncio.timeout(30):
            while not await dropped.customer.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        process.kill()
        await process.wait()
    await check_once(dropped, redis_url)
