"""The lease of a sender of the outbox: renewed while a call takes, given up with the call when somebody else has it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from common import outbox
from common.outbox import InBatches, OutboxRow, send_due
from tests.support.jobs import COMPONENTS, toy_core, toy_service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from common.core import Core

pytestmark = pytest.mark.servers

SERVICE = toy_service()
LEASE = timedelta(seconds=0.6)


@pytest.fixture
async def core(make_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Core[Any]]:
    monkeypatch.setattr(outbox, "LEASE", LEASE)
    async with toy_core(SERVICE, make_database(*COMPONENTS)) as core:
        yield core


class Slow:
    """An outside system that takes its time; knows who was broken off."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done: list[str] = []
        self.broken_off: list[str] = []
        self.entered, self.go = asyncio.Event(), asyncio.Event()

    async def take(self, keys: list[str]) -> None:
        self.begun += keys
        self.entered.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.broken_off += keys
            raise
        self.done += keys

    def kind(self, *, together: bool) -> Any:
        async def one(_: object, row: OutboxRow) -> None:
            await self.take([row.key])

        async def many(_: object, rows: Any) -> None:
            await self.take([row.key for row in rows])

        return {"mail": InBatches(many) if together else one}


async def put(core: Core[Any], *keys: str) -> None:
    async with core.db.transaction() as conn:
        for key in keys:
            await core.outbox.put(conn, kind="mail", key=key, payload={})


async def states(core: Core[Any]) -> list[str]:
    async with core.db.connection() as conn:
        return [row["state"] for row in await conn.fetch("SELECT state FROM outbox ORDER BY id")]


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in batches"])
async def test_a_call_that_takes_many_leases_is_not_repeated_by_another_sender(
    core: Core[Any], *, together: bool
) -> None:
    slow = Slow()
    await put(core, "a", "b")
    sending = asyncio.create_task(send_due(core.db, None, slow.kind(together=together)))
    await slow.entered.wait()
    for _ in range(10):
        await asyncio.sleep(LEASE.total_seconds() / 4)
        assert await asyncio.wait_for(send_due(core.db, None, slow.kind(together=together)), 5) == 0
    slow.go.set()
    await sending
    assert slow.begun == slow.done == ["a", "b"]
    assert await states(core) == ["sent", "sent"]


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in batches"])
async def test_a_sender_whose_rows_went_to_another_breaks_its_call_off_and_begins_no_other(
    core: Core[Any], *, together: bool
) -> None:
    slow = Slow()
    await put(core, "a", "b")
    late = asyncio.create_task(send_due(core.db, None, slow.kind(together=together)))
    await slow.entered.wait()
    async with core.db.connection() as conn:  # the claim of another, while this one was frozen
        await conn.execute("UPDATE outbox SET leased_until = now() + interval '1 minute', attempts = attempts + 1")
    await asyncio.wait_for(late, 10)
    assert slow.broken_off == (["a", "b"] if together else ["a"])
    assert slow.done == []
    assert slow.begun == slow.broken_off
    assert await states(core) == ["pending", "pending"]
    async with core.db.connection() as conn:
        assert await conn.fetchval("SELECT bool_and(attempts = 2 AND error IS NULL) FROM outbox"), "it is the other's"


async def test_a_lease_that_ran_out_is_taken_up_again_as_long_as_nobody_else_has_it(core: Core[Any]) -> None:
    slow = Slow()
    await put(core, "a", "b")
    late = asyncio.create_task(send_due(core.db, None, slow.kind(together=False)))
    await slow.entered.wait()
    async with core.db.connection() as conn:
        await conn.execute("UPDATE outbox SET leased_until = now() - interval '1 second'")
    await asyncio.sleep(LEASE.total_seconds())
    slow.go.set()
    await asyncio.wait_for(late, 10)
    assert slow.done == ["a", "b"]
    assert await states(core) == ["sent", "sent"]
