"""A worker that freezes directly before a send and goes on when another one has done its work: nothing is sent twice.

SIGSTOP is what a paused virtual machine is to us. The moment lies between the last look at the lease and the send.
"""

import asyncio
import os
import signal

import pytest

from services.invoices.sessions.rules import State
from tests.invoices.dispatch.test_kills import site, until, worker
from tests.support.session_site import OPERATOR, Site

__all__ = ["site"]

pytestmark = [pytest.mark.servers, pytest.mark.kill, pytest.mark.timeout(90)]

MOMENTS = {
    "before it is written": ("STOR", 1),
    "before the final name is looked for": ("SIZE", 3),
    "before the old name is told": ("RNFR", 1),
    "before the new name is told": ("RNTO", 1),
}
"""What the server is asked when the worker freezes; what it was asked before is done."""


class Freezer:
    """Freezes the worker at the n-th occasion, once."""

    def __init__(self, pid: int, nth: int) -> None:
        self._pid = pid
        self._left = nth
        self.done = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def __call__(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(self._pid, signal.SIGSTOP)
            self._loop.call_soon_threadsafe(self.done.set)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_frozen_worker_that_goes_on_later_sends_nothing_again(site: Site, moment: str):
    today = await site.sessions.today()
    command, nth = MOMENTS[moment]
    await site.sessions.start(OPERATOR)
    with worker(site) as frozen:
        freezer = Freezer(frozen.pid, nth)
        site.ftp.before[command] = freezer
        await asyncio.wait_for(freezer.done.wait(), 20)
        try:
            with worker(site):

                async def is_delivered():
                    return (await site.session(today)).uploaded_at

                await until(is_delivered, 30)
                session = await site.session(today)
                (site.ftp.folder / session.remote_name).unlink()  # the receiver fetches it at once
                os.kill(frozen.pid, signal.SIGCONT)
                await nothing_comes(site, session.remote_name)
                site.log(f"file={session.remote_name} read=2\n")

                async def is_open():
                    return (await site.session(today)).state is State.OPEN

                await until(is_open)
        finally:
            os.kill(frozen.pid, signal.SIGCONT)
    assert site.delivered() == [], "nor is a temporary file left"
    assert await site.mail_keys() == [f"success:{session.id}"]
    assert [run["state"] for run in await site.runs("dispatch.send")] == ["succeeded"]
    assert set(await site.effects()) <= {"confirmed", "absent"}
    assert (await site.effects()).count("confirmed") == 1


async def nothing_comes(site: Site, name: str, seconds: float = 4) -> None:
    """The file does not appear again, however often one looks."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        assert not (site.ftp.folder / name).exists()
        await asyncio.sleep(0.01)
