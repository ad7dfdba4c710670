"""Two worker processes and one mail server: one worker dies or freezes with a mail in hand, the other goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from services.asanito.mails.samples import SAMPLES
from tests.support.asanito_worker import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.asanito_site import AsanitoSite
    from tests.support.mail_server import MailServer

pytestmark = [pytest.mark.servers, pytest.mark.kill, pytest.mark.timeout(90)]

KEYS = ("target_down:1", "target_down:2", "target_down:3")
WITHIN_SECONDS = 15


class Stuck:
    """A mail server that does not answer the `nth` conversation at one step, until it is told to."""

    def __init__(self, server: MailServer, step: str, nth: int) -> None:
        self._answer = getattr(server, step)
        self._nth = nth
        self.calls = 0
        self.go = threading.Event()
        setattr(server, step, self._wait)

    @property
    def has_begun(self) -> bool:
        return self.calls >= self._nth

    async def _wait(self, *given: Any) -> str:
        self.calls += 1
        if self.calls == self._nth:
            await asyncio.to_thread(self.go.wait)
        answer: str = await self._answer(*given)
        return answer


async def until(true: Callable[[], bool], *, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - the mail server runs in another thread
            await asyncio.sleep(0.05)


async def put_all(site: AsanitoSite) -> None:
    async with site.core.db.transaction() as conn:
        for key in KEYS:
            await site.resources.mails.put(conn, "target_down", key, SAMPLES["target_down"])


def copies(server: MailServer) -> list[int]:
    """How often each mail has come."""
    return sorted(Counter(message["Message-ID"] for _, message in server.received).values())


async def test_when_a_worker_is_killed_with_a_mail_in_hand_the_other_sends_it_within_seconds(
    mailing: AsanitoSite, server: MailServer
) -> None:
    stuck = Stuck(server, "handle_DATA", nth=2)
    first = start_worker(mailing)
    await put_all(mailing)
    await until(lambda: stuck.has_begun, seconds=30)
    second = start_worker(mailing)
    try:
        await asyncio.sleep(5)  # it is there, and waits
        assert copies(server) == [1]
        first.kill()
        killed = monotonic()
        await until(lambda: len(server.received) == len(KEYS), seconds=60)
        took = monotonic() - killed
    finally:
        stuck.go.set()
        second.kill()
    assert took < WITHIN_SECONDS
    assert copies(server) == [1, 1, 1]


async def test_a_worker_that_was_frozen_sends_nothing_that_the_other_has_sent(
    mailing: AsanitoSite, server: MailServer
) -> None:
    stuck = Stuck(server, "handle_RCPT", nth=2)
    first = start_worker(mailing)
    await put_all(mailing)
    await until(lambda: stuck.has_begun, seconds=30)
    os.kill(first.pid, signal.SIGSTOP)
    second = start_worker(mailing)
    try:
        await until(lambda: len(server.received) == len(KEYS), seconds=60)
        os.kill(first.pid, signal.SIGCONT)
        await asyncio.sleep(2)
        stuck.go.set()
        await asyncio.sleep(2)
        [row] = await mailing.rows("SELECT count(*) AS n FROM outbox WHERE kind = 'mail' AND state = 'sent'")
    finally:
        stuck.go.set()
        first.kill()
        second.kill()
    assert row["n"] == len(KEYS)
    assert copies(server) == [1, 1, 1]
