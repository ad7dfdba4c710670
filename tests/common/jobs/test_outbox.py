"""The outbox: once per key, in order, with back-off, dead letters, and a hand on them."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta

import asyncpg
import pytest

from common import outbox
from common.errors import Conflict, Permanent, Transient
from common.outbox import InBatches, OutboxRow, send_due
from tests.support.jobs import COMPONENTS, toy_core, toy_service

pytestmark = pytest.mark.servers

SERVICE = toy_service()


class Post:
    """A mail server that answers as told, else takes everything."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.answers: deque[Exception | None] = deque()
        self.away = False

    async def handle(self, _resources: object, row: OutboxRow) -> None:
        answer = self.answers.popleft() if self.answers else None
        if self.away:
            raise Transient("The mail server is away.", target="mail")
        if answer:
            raise answer
        self.sent.append(row.key)


@pytest.fixture
async def core(make_database):
    async with toy_core(SERVICE, make_database(*COMPONENTS)) as core:
        yield core


@pytest.fixture
def post():
    return Post()


async def put(core, *keys: str) -> list[bool]:
    async with core.db.transaction() as conn:
        return [await core.outbox.put(conn, kind="mail", key=key, payload={"to": "a@example.com"}) for key in keys]


async def send(core, post) -> int:
    return await send_due(core.db, None, {"mail": post.handle})


async def hurry(core) -> None:
    async with core.db.connection() as conn:
        await conn.execute("UPDATE outbox SET next_try_at = now() - interval '1 second' WHERE state = 'pending'")


async def states(core) -> dict[str, str]:
    async with core.db.connection() as conn:
        return {row["key"]: row["state"] for row in await conn.fetch("SELECT key, state FROM outbox ORDER BY id")}


async def test_the_same_key_is_sent_once(core, post):
    assert await put(core, "a", "a") == [True, False]
    assert await send(core, post) == 1
    assert await put(core, "a") == [False]
    assert await send(core, post) == 0
    assert post.sent == ["a"]


async def test_a_row_comes_and_goes_with_its_transaction(core):
    async def fail_after_put() -> None:
        async with core.db.transaction() as conn:
            await core.outbox.put(conn, kind="mail", key="a", payload={})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_put()
    assert await states(core) == {}


async def test_after_an_outage_everything_goes_once_and_in_order(core, post):
    await put(core, "a", "b", "c")
    post.away = True
    assert await send(core, post) == 3
    assert await send(core, post) == 0, "the whole kind waits while its server is away"
    await put(core, "d")
    post.away = False
    await send(core, post)
    assert post.sent == ["a", "b", "c", "d"]


async def test_the_delays_grow_and_after_a_day_the_letter_is_dead(core, post):
    await put(core, "a")
    post.away = True
    waits = []
    for _ in range(5):
        await send(core, post)
        async with core.db.connection() as conn:
            waits.append(await conn.fetchval("SELECT round(extract(epoch FROM next_try_at - now()) / 60) FROM outbox"))
        await hurry(core)
    assert [int(wait) for wait in waits] == [1, 5, 15, 60, 60]
    async with core.db.connection() as conn:
        await conn.execute("UPDATE outbox SET created_at = now() - interval '24 hours'")
    await send(core, post)
    assert await states(core) == {"a": "dead"}


async def test_a_refused_row_is_dead_at_once_and_holds_nobody_up(core, post):
    await put(core, "a", "b")
    post.answers.append(Permanent("No such mailbox.", target="mail"))
    await send(core, post)
    assert (await states(core), post.sent) == ({"a": "dead", "b": "sent"}, ["b"])


async def test_one_row_that_fails_does_not_hold_the_next_ones_up(core, post):
    await put(core, "a", "b", "c")
    post.answers.append(Transient("Try later.", target="mail"))
    await send(core, post)
    assert post.sent == ["b", "c"]


async def test_a_dead_letter_is_sent_again_by_hand(core, post):
    await put(core, "a")
    post.answers.append(RuntimeError("a bug of ours"))
    await send(core, post)
    async with core.db.connection() as conn:
        row = await conn.fetchrow("SELECT id, error FROM outbox")
    assert row["error"] == "Internal error (RuntimeError)."
    async with core.db.transaction() as conn:
        await core.outbox.retry(conn, row["id"])
    await send(core, post)
    assert post.sent == ["a"]
    with pytest.raises(Conflict):
        async with core.db.transaction() as conn:
            await core.outbox.retry(conn, row["id"])


async def test_many_senders_send_each_row_once(core, post):
    await put(core, *(str(n) for n in range(60)))
    while sum(await asyncio.gather(*(send(core, post) for _ in range(4)))):
        pass
    assert post.sent == [str(n) for n in range(60)]


async def test_a_sender_that_outlived_its_lease_does_not_undo_what_the_next_one_sent(core, post):
    await put(core, "a")
    entered, go = asyncio.Event(), asyncio.Event()

    async def frozen(_resources: object, _row: OutboxRow) -> None:
        entered.set()
        await go.wait()
        raise Transient("No answer in time.", target="mail")

    late = asyncio.create_task(send_due(core.db, None, {"mail": frozen}))
    await entered.wait()
    async with core.db.connection() as conn:
        await conn.execute("UPDATE outbox SET leased_until = now() - interval '1 second'")
    await send(core, post)
    go.set()
    await late
    assert (await states(core), post.sent) == ({"a": "sent"}, ["a"])


async def test_a_slow_server_does_not_make_two_workers_send_the_same_letters(core, monkeypatch):
    monkeypatch.setattr(outbox, "LEASE", timedelta(seconds=1))
    await put(core, *"abcd")
    sent: list[str] = []

    async def slow(_resources: object, row: OutboxRow) -> None:
        await asyncio.sleep(0.3)
        sent.append(row.key)

    async def work() -> None:
        while len(sent) < 4:
            await send_due(core.db, None, {"mail": slow})
            await asyncio.sleep(0.01)

    async with asyncio.timeout(20):
        await asyncio.gather(work(), work())
    assert sent == [*"abcd"]


async def test_nobody_forgets_what_was_sent_or_what_a_run_told(core, post):
    async with core.db.connection() as conn:
        for statement in ("DELETE FROM outbox", "DELETE FROM run_logs", "UPDATE run_logs SET message = ''"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)


async def test_a_server_that_is_away_is_left_alone_however_much_waits(core, post):
    await put(core, *(str(n) for n in range(60)))
    post.away = True
    assert await send(core, post) > 0
    assert await send(core, post) == 0


class Mirror:
    """A database that is overwritten in batches, and may refuse some keys."""

    def __init__(self, **options) -> None:
        self.rows: dict[str, int] = {}
        self.batches: list[list[str]] = []
        self.away = False
        self.wrong: set[str] = set()
        self.kinds = {"mirror": InBatches(self.write, **({"size": 3} | options))}
        self.writing, self.go = asyncio.Event(), asyncio.Event()
        self.go.set()

    async def write(self, _resources: object, rows) -> None:
        self.batches.append([row.key for row in rows])
        self.writing.set()
        await self.go.wait()
        if self.away:
            raise Transient("The database is away.", target="mirror")
        if self.wrong & {row.key for row in rows}:
            raise Permanent("No such row.", target="mirror")
        self.rows |= {row.key: row.payload["status"] for row in rows}

    async def send(self, core) -> int:
        return await send_due(core.db, None, self.kinds)


async def latest(core, **statuses: int) -> None:
    async with core.db.transaction() as conn:
        payloads = {key: {"status": status} for key, status in statuses.items()}
        await core.outbox.put_latest(conn, kind="mirror", payloads=payloads)


async def test_of_what_waits_only_the_newest_word_goes_in_batches(core):
    mirror = Mirror()
    await latest(core, a=1, b=1)
    await latest(core, a=2, c=1, d=1)
    while await mirror.send(core):
        pass
    assert mirror.rows == {"a": 2, "b": 1, "c": 1, "d": 1}
    assert mirror.batches == [["a", "b", "c"], ["d"]]
    await latest(core, a=3)
    await mirror.send(core)
    assert mirror.rows["a"] == 3
    assert await mirror.send(core) == 0


async def test_a_word_written_while_its_row_is_sent_goes_out_too(core):
    mirror = Mirror()
    await latest(core, a=1)
    mirror.go.clear()
    sending = asyncio.create_task(mirror.send(core))
    await mirror.writing.wait()
    await latest(core, a=2)
    mirror.go.set()
    await sending
    assert (mirror.rows, await states(core)) == ({"a": 1}, {"a": "pending"})
    await mirror.send(core)
    assert (mirror.rows, await states(core)) == ({"a": 2}, {"a": "sent"})


async def test_a_wrong_row_does_not_take_its_batch_along(core):
    mirror = Mirror()
    mirror.wrong = {"b"}
    await latest(core, a=1, b=1, c=1)
    await mirror.send(core)
    assert await states(core) == {"a": "sent", "b": "dead", "c": "sent"}
    mirror.wrong = set()
    await latest(core, b=2)  # a newer word revives a dead row
    await mirror.send(core)
    assert mirror.rows == {"a": 1, "b": 2, "c": 1}


async def test_a_mirror_that_is_away_for_days_catches_up(core):
    mirror = Mirror()
    mirror.away = True
    await latest(core, a=1, b=1, c=1, d=1)
    assert await mirror.send(core) == 3
    await latest(core, a=2, e=1)
    assert await mirror.send(core) == 0, "new rows wait with the others: a busy run does not hammer a dead server"
    await hurry(core)
    async with core.db.connection() as conn:
        await conn.execute("UPDATE outbox SET created_at = now() - interval '9 days'")
    await mirror.send(core)
    assert set((await states(core)).values()) == {"pending"}
    mirror.away = False
    await hurry(core)
    while await mirror.send(core):
        pass
    assert mirror.rows == {"a": 2, "b": 1, "c": 1, "d": 1, "e": 1}


async def test_a_kind_may_give_up_when_it_is_told_to(core):
    mirror = Mirror(give_up_after=timedelta(hours=1))
    mirror.away = True
    await latest(core, a=1)
    async with core.db.connection() as conn:
        await conn.execute("UPDATE outbox SET created_at = now() - interval '2 hours'")
    await mirror.send(core)
    assert await states(core) == {"a": "dead"}


async def test_ten_thousand_words_of_one_commit_and_four_senders_arrive_once(core):
    mirror = Mirror(size=500)
    await latest(core, **{f"k{n}": n for n in range(10_000)})
    while sum(await asyncio.gather(*(mirror.send(core) for _ in range(4)))):
        pass
    assert len(mirror.rows) == sum(map(len, mirror.batches)) == 10_000
