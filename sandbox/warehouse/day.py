"""A warehouse day in under three minutes: what happens outside, and what the person at the console has to press.

Either a person presses (then the day waits as long as it takes), or the day plays the operator too, over REST.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sandbox.warehouse.operator import Operator, Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from sandbox.warehouse.server import Warehouse

POLL_SECONDS = 0.5
LONGEST_SECONDS = 180
PROCESSING_SECONDS = 45
ROWS = 240

State = Literal["todo", "now", "done", "failed"]


@dataclass
class Step:
    """One line of the guide. `hint` says what to do or what is awaited while the step is on."""

    name: str
    title: str
    hint: str
    state: State = "todo"
    detail: str = ""


def guide() -> list[Step]:
    return [
        Step("dropped", "The day's file arrives in the FTP inbox", "Writing the file."),
        Step("picked_up", "Portico picks it up", "In the console press “Check inbox now”, or wait for the next tick."),
        Step("started", "The operator starts the session", "In the console, screen Warehouse, press “Start session”."),
        Step("confirmed", "The warehouse reads the CSV and says so in its log", "The warehouse's program is reading."),
        Step("processed", "Shipments are processed", "The counter in the console rises."),
        Step("closed", "The session closes by itself", "Portico sees that nothing is left."),
    ]


class Day:
    """At most one day is played at a time."""

    def __init__(self, warehouse: Warehouse, portico_file: Path | None) -> None:
        self._warehouse = warehouse
        self._portico_file = portico_file
        self._task: asyncio.Task[None] | None = None
        self._steps: list[Step] = []
        self._began = 0.0
        self._ended = 0.0
        self._outcome = ""
        self._by_hand = False
        self._rows = ROWS

    @property
    def can_press(self) -> bool:
        return self._portico_file is not None and self._portico_file.exists()

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    def play(self, *, by_hand: bool, rows: int = ROWS) -> bool:
        """Starts the day; False when one is being played already."""
        if self.running:
            return False
        self._by_hand = by_hand or not self.can_press
        self._rows = rows
        self._steps, self._began, self._ended, self._outcome = guide(), time.monotonic(), 0.0, ""
        self._task = asyncio.create_task(self._play())
        return True

    async def stop(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    def describe(self) -> dict[str, Any]:
        until = self._ended or time.monotonic()
        return {
            "running": self.running,
            "by_hand": self._by_hand,
            "can_press": self.can_press,
            "seconds": round(until - self._began) if self._began else 0,
            "outcome": self._outcome,
            "steps": [vars(step) for step in self._steps],
        }

    async def _play(self) -> None:
        operator = None if self._by_hand or self._portico_file is None else Operator(self._portico_file)
        try:
            async with asyncio.timeout(None if self._by_hand else LONGEST_SECONDS):
                await self._hours(operator)
            self._outcome = "The day is done."
        except TimeoutError:
            self._fail(f"Not done after {LONGEST_SECONDS} seconds. Look at the step above, and at the console.")
        except Refused as refused:
            self._fail(f"{refused} A day has one session: `./dev reset` starts afresh.")
        except asyncio.CancelledError:
            self._fail("Stopped.")
        finally:
            self._ended = time.monotonic()
            if operator is not None:
                await operator.close()

    def _fail(self, outcome: str) -> None:
        self._outcome = outcome
        for step in self._steps:
            if step.state == "now":
                step.state = "failed"

    async def _hours(self, operator: Operator | None) -> None:
        warehouse = self._warehouse
        dropped, picked_up, started, confirmed, processed, closed = self._steps
        if warehouse.customer is not None:
            warehouse.customer.pace.seconds = PROCESSING_SECONDS
            warehouse.customer.pace.paused, warehouse.customer.pace.stop_at = False, None
        async with _doing(dropped):
            file = await warehouse.sender.drop("day", self._rows)
            dropped.detail = f"{file['name']}, {file['records']} records"
        async with _doing(picked_up):
            if operator is not None:
                await operator.check_inbox()
            await _until(lambda: not (warehouse.inbox.directory / file["name"]).exists())
        before = len(warehouse.consumer.readings)
        async with _doing(started):
            if operator is not None:
                await self._start(operator)
            await _until(lambda: len(warehouse.consumer.readings) > before)
        reading = warehouse.consumer.readings[before]
        async with _doing(confirmed):
            await _until(lambda: reading["verdict"] != "taken")
            confirmed.detail = f"{reading['name']}: {reading['read']} of {reading['lines']} lines read"
        async with _doing(processed):
            await self._work_off(processed)
        async with _doing(closed):
            if operator is not None:
                await _until_async(lambda: _is_closed(operator))

    async def _start(self, operator: Operator) -> None:
        """Pressed once the import has made the session ready."""
        await _until_async(lambda: _is_ready(operator))
        await operator.start()

    async def _work_off(self, step: Step) -> None:
        customer = self._warehouse.customer
        if customer is None:
            step.detail = "no customer database is attached"
            return
        while True:
            counts = await customer.counts()
            step.detail = f"{counts['processed']} of {counts['total']}"
            if counts["processed"] >= counts["total"]:
                return
            await asyncio.sleep(POLL_SECONDS)


class _doing:  # noqa: N801 - reads as a verb where it is used
    def __init__(self, step: Step) -> None:
        self._step = step

    async def __aenter__(self) -> None:
        self._step.state = "now"

    async def __aexit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error is None:
            self._step.state = "done"


async def _until(reached: Callable[[], bool]) -> None:
    while not reached():  # noqa: ASYNC110 - a directory and a remote server are looked at, nobody tells us
        await asyncio.sleep(POLL_SECONDS)


async def _until_async(reached: Callable[[], Awaitable[bool]]) -> None:
    while not await reached():  # noqa: ASYNC110 - as above
        await asyncio.sleep(POLL_SECONDS)


async def _is_ready(operator: Operator) -> bool:
    state = (await operator.session()).get("state")
    if state in ("opening", "open", "closed", "failed"):
        raise Refused(f"Today's session is {state} already.")
    return state == "ready"


async def _is_closed(operator: Operator) -> bool:
    return (await operator.session()).get("state") == "closed"
