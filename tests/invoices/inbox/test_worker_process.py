"""The whole way with the processes that run in production: a file is dropped, the worker's process does the rest."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from common.jobs import Trigger
from services.invoices.options import PickUpOptions
from tests.support.inbox_site import InboxSite, lines
from tests.support.worker import ROOT, worker_command, worker_environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.servers, pytest.mark.timeout(60)]


@asynccontextmanager
async def worker(site: InboxSite, redis_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m services.invoices worker`, told by its environment alone."""
    process = await asyncio.create_subprocess_exec(
        *worker_command(site.core),
        cwd=ROOT,
        env=worker_environment(site.settings, redis_url=redis_url, lease_seconds=2),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def until_empty(site: InboxSite, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while site.left() or await site.fetch("SELECT FROM remote_files WHERE remote_state <> 'gone'"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def enqueue(site: InboxSite) -> None:
    async with site.core.db.transaction() as conn:
        await site.core.ledger.enqueue(conn, "imports.pick_up", {}, trigger=Trigger("manual", "test"))


async def test_a_dropped_file_becomes_a_session_and_a_mail(inbox_site: InboxSite, redis_url: str) -> None:
    await inbox_site.put_options(PickUpOptions, stability_seconds=0.1)
    await inbox_site.available(600000001)
    inbox_site.drop(lines(600000001, 600000002), name=f"Letture{now_as_name()}_2.txt")
    async with worker(inbox_site, redis_url) as process:
        await enqueue(inbox_site)
        await until_empty(inbox_site)
        process.terminate()
        assert await process.wait() == 0
    (file,) = await inbox_site.files()
    assert file["state"] == "imported"
    (session,) = await inbox_site.fetch("SELECT state, kept FROM sessions")
    assert tuple(session) == ("ready", 2)
    assert "import" in await inbox_site.mails()


def now_as_name() -> str:
    return datetime.now(ZoneInfo("Europe/Rome")).strftime("%Y%m%d%H%M%S%f")[:17]
