"""How hard a target is asked: spacing, concurrency, rest on request, and a run that stops when it is down."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from common import limits
from common.errors import Transient, Unavailable
from common.limits import Patience, Rate, TargetLimit


async def take(limit: TargetLimit, begun: list[float], seconds: float = 0) -> None:
    async with limit.turn():
        begun.append(monotonic())
        await asyncio.sleep(seconds)


async def test_turns_begin_evenly_spaced():
    limit, begun = TargetLimit("crm", per_second=50), []
    await asyncio.gather(*(take(limit, begun) for _ in range(6)))
    assert 0.09 < begun[-1] - begun[0] < 0.5


async def test_rest_is_not_saved_up():
    limit, begun = TargetLimit("crm", per_second=20), []
    await take(limit, begun)
    await asyncio.sleep(0.2)
    await asyncio.gather(*(take(limit, begun) for _ in range(3)))
    assert begun[3] - begun[1] > 0.09


async def test_no_more_turns_at_a_time_than_allowed():
    limit, now, most = TargetLimit("crm", concurrency=2), 0, 0

    async def work() -> None:
        nonlocal now, most
        async with limit.turn():
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.01)
            now -= 1

    await asyncio.gather(*(work() for _ in range(7)))
    assert (now, most) == (0, 2)


async def test_a_rate_that_was_changed_holds_without_a_restart(monkeypatch):
    monkeypatch.setattr(limits, "LOOK_EVERY_SECONDS", 0)
    limit, now, most = TargetLimit("crm", per_second=1000, concurrency=1), 0, 0
    rates = [Rate(1000, 1), Rate(20, 3)]

    async def look() -> Rate:
        return rates[0]

    async def work() -> None:
        nonlocal now, most
        async with limit.turn():
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.12)
            now -= 1

    limit.follow(look)
    await asyncio.gather(work(), work())
    assert most == 1
    del rates[0]
    begun = monotonic()
    await asyncio.gather(*(work() for _ in range(3)))
    assert most == 3
    assert monotonic() - begun > 0.2  # three turns at 20 a second, and the time of the last one


async def test_a_rate_that_can_not_be_read_stays_as_it_was():
    async def look() -> Rate:
        raise Unavailable("The database is away.", code="database_unavailable")

    limit, begun = TargetLimit("crm", per_second=50), []
    limit.follow(look)
    await asyncio.gather(*(take(limit, begun) for _ in range(3)))
    assert begun[-1] - begun[0] > 0.03


async def test_who_waits_already_waits_for_the_rest_too():
    limit, begun = TargetLimit("crm", per_second=10), []
    await take(limit, begun)
    waiting = asyncio.create_task(take(limit, begun))
    await asyncio.sleep(0.02)
    limit.hold_off(0.3)
    await waiting
    assert begun[1] - begun[0] > 0.3


async def test_nobody_is_kept_waiting_for_long_and_a_failed_turn_is_given_back():
    limit = TargetLimit("crm", concurrency=1, longest_wait_seconds=1)
    with pytest.raises(ValueError, match="mine"):
        async with limit.turn():
            raise ValueError("mine")
    limit.hold_off(3600)
    for _ in range(2):
        with pytest.raises(Transient) as raised:
            await take(limit, [])
        assert raised.value.code == "target_busy"
        assert raised.value.retry_after_seconds > 3500


def test_a_target_that_fails_again_and_again_ends_the_run():
    patience = Patience("crm", most=3)
    away = Transient("Away.", target="crm", retry_after_seconds=40)
    patience.failed(away)
    patience.failed(away)
    patience.succeeded()
    patience.failed(away)
    patience.failed(away)
    with pytest.raises(Transient) as raised:
        patience.failed(away)
    assert (raised.value.code, raised.value.params, raised.value.retry_after_seconds) == (
        "target_down",
        {"failures": 3},
        40,
    )
