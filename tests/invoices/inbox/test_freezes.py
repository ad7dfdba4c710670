"""A worker that freezes about its DELE and goes on when others have moved on: no file is deleted that was not imported.

FTP can't delete "if it is still this one". While the worker is frozen another one deletes the file, and the sender puts
a new one under the very same name. SIGSTOP is what a paused virtual machine is to us.
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

pytestmark = [pytest.mark.servers, pytest.mark.kill, pytest.mark.timeout(90)]

MOMENTS = {
    "when the last look is asked for its size": ("SIZE", 4),
    "between the last look and the delete": ("MDTM", 4),
    "before it hears of the delete": ("DELE", 1),
}
"""What the server is asked when the worker freezes; the answer waits for it."""


class Freezer:
    """Freezes the worker at the n-th occasion, once."""

    def __init__(self, process: Process, nth: int) -> None:
        self._pid = process.pid
        self._left = nth
        self._loop = asyncio.get_running_loop()
        self.done = asyncio.Event()

    def __call__(self, _argument: str) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(self._pid, signal.SIGSTOP)
            self._loop.call_soon_threadsafe(self.done.set)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_worker_frozen_about_its_delete_deletes_nothing_that_came_since(
    inbox_site: InboxSite, redis_url: str, moment: str
) -> None:
    site, (command, nth) = inbox_site, MOMENTS[moment]
    await site.put_options(PickUpOptions, stability_seconds=0.1)
    name = f"Letture{now_as_name()}_50.txt"
    site.drop(lines(*numbered(50)), name=name)
    await enqueue(site)
    async with worker(site, redis_url) as frozen:
        freezer = site.ftp.before[command] = Freezer(frozen, nth)
        try:
            await asyncio.wait_for(freezer.done.wait(), 30)
            async with worker(site, redis_url):
                await until_empty(site)
                await until_idle(site)
            site.drop(lines(*numbered(50, start=610_000_000)), name=name)
            asked = len(site.ftp.journal)
        finally:
            os.kill(frozen.pid, signal.SIGCONT)
        await asyncio.sleep(4)  # it goes on, finds that its run is another's, and sends no DELE
        later = site.ftp.journal[asked:]
        assert not [order for order in later if order.startswith("DELE")], later
        assert site.left() == [name]
        site.touch(name)
        await enqueue(site)
        await until_empty(site)
        await until_idle(site)
    assert [file["state"] for file in await site.files()] == ["imported", "imported"]
    assert len(await site.statuses()) == 100


async def until_idle(site: InboxSite) -> None:
    async with asyncio.timeout(30):
        while await site.fetch("SELECT FROM runs WHERE state IN ('queued', 'running')"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
