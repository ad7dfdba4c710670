"""How hard one outside system may be asked, and when to stop asking. Used by asanito, bursar, infoenergia and scraper.

    limit = TargetLimit("crm", per_second=4, concurrency=2)      # one per target and process, made in resources
    limit.follow(read_rate)                                      # where an administrator may change it meanwhile
    async with limit.turn():                                     # `common.http` takes a turn for each request itself
        ...
    patience = Patience("crm")                                   # one per run
    try:
        await send(record)
    except Transient as error:
        patience.failed(error)                                   # the fifth in a row ends the run: `target_down`
    else:
        patience.succeeded()

Limits hold within one process: two workers are twice as fast, and a process gets its share by `per_second`
(`core.process` says which one it is). Nothing here retries: a run that can't go on is queued again by its job's policy.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from common.errors import PorticoError, Transient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

LONGEST_WAIT_SECONDS = 30.0
FAILURES_IN_A_ROW = 5
LOOK_EVERY_SECONDS = 5.0
"""How soon a rate that was changed holds."""


class Rate(NamedTuple):
    """How hard a target may be asked; None: any number."""

    per_second: float | None
    concurrency: int | None


class TargetLimit:
    """Rate, concurrency and the target's own wish to be left alone.

    Args:
        target: the name of the connection, as `/v1/connections` lists it.
        per_second: turns that may begin in a second, evenly spaced; None: any number.
        concurrency: turns that may be under way at a time; None: any number.
        longest_wait_seconds: who would wait longer for a turn is sent away instead, and keeps no worker busy.
    """

    def __init__(
        self,
        target: str,
        *,
        per_second: float | None = None,
        concurrency: int | None = None,
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
    ) -> None:
        self.target = target
        self._longest = longest_wait_seconds
        self._look: Callable[[], Awaitable[Rate]] | None = None
        self._look_at = 0.0
        self._take(Rate(per_second, concurrency))
        self._next = 0.0
        self._closed_until = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until another request may begin; it counts as under way until the block ends.

        Raises:
            Transient: `target_busy`, with the time after which it is worth trying again.
        """
        await self._look_again()
        async with AsyncExitStack() as held:
            if self._slots:
                await held.enter_async_context(self._slots)
            await self._wait()
            yield

    def follow(self, look: Callable[[], Awaitable[Rate]]) -> None:
        """Ask for the rate every few seconds while there are turns, so that a change needs no restart."""
        self._look = look

    def hold_off(self, seconds: float) -> None:
        """The target asked for rest (Retry-After): nobody of this process begins before that."""
        self._closed_until = max(self._closed_until, monotonic() + seconds)

    def _take(self, rate: Rate) -> None:
        self._rate = rate
        self._gap = 1 / rate.per_second if rate.per_second else 0.0
        # Who is under way or waits keeps the place that he has; the new number is for those who come now.
        self._slots = asyncio.Semaphore(rate.concurrency) if rate.concurrency else None

    async def _look_again(self) -> None:
        if self._look is None or monotonic() < self._look_at:
            return
        self._look_at = monotonic() + LOOK_EVERY_SECONDS
        with suppress(PorticoError):  # the options can't be read now, or are not valid: the last known ones hold
            rate = await self._look()
            if rate != self._rate:
                self._take(rate)

    async def _wait(self) -> None:
        while True:
            now = monotonic()
            begins = max(now, self._next, self._closed_until)
            if begins - now > self._longest:
                raise Transient(
                    f"{self.target} wants to be left alone for {begins - now:.0f} s.",
                    target=self.target,
                    code="target_busy",
                    retry_after_seconds=begins - now,
                )
            self._next = begins + self._gap
            await asyncio.sleep(begins - now)
            if self._closed_until <= monotonic():
                return


class Patience:
    """Counts what fails in a row within one run, so that a target that is down ends the run and not every record.

    Args:
        most: failures in a row after which the target counts as down.
    """

    def __init__(self, target: str, most: int = FAILURES_IN_A_ROW) -> None:
        self._target = target
        self._most = most
        self._failed = 0

    def succeeded(self) -> None:
        self._failed = 0

    def failed(self, error: Transient) -> None:
        """Note a failure of the target itself; what it refused is no failure of this kind.

        Raises:
            Transient: `target_down`, it was one too many. The run ends with this reason, or comes back by its policy.
        """
        self._failed += 1
        if self._failed >= self._most:
            raise Transient(
                f"{self._target} failed {self._failed} times in a row; the last time: {error.detail}",
                target=self._target,
                code="target_down",
                params={"failures": self._failed},
                retry_after_seconds=error.retry_after_seconds,
            ) from error
