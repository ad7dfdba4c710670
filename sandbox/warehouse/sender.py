"""The customer's system that writes the Letture files into the FTP inbox."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.warehouse.letture import Generator

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sandbox.kit import Kit
    from sandbox.warehouse.customer import Customer
    from sandbox.warehouse.letture import Kind, LettureFile


class Sender:
    """Files appear under their final name at once, or grow slowly under it; their time is the sandbox clock's."""

    def __init__(self, kit: Kit, inbox: Path, customer: Customer | None, counter: Path, first_seed: int) -> None:
        self._kit = kit
        self._inbox = inbox
        self._customer = customer
        self._counter = counter
        self._first_seed = first_seed
        self._used: set[datetime] = set()
        self._writing: set[asyncio.Task[None]] = set()

    async def drop(
        self, kind: Kind, rows: int, *, seed: int | None = None, slow_seconds: float = 0.0, stocked: bool = True
    ) -> dict[str, Any]:
        """Puts a file into the inbox and what the customer knows of it into the view; gives the truth about it.

        With `slow_seconds` the file has only begun to grow when this returns.
        """
        file = self._draw(kind, rows, seed)
        if self._customer is not None and stocked:
            await self._customer.stock(file.stock)
        self._kit.journal.note("sender", "drop", file.name)
        path = self._inbox / file.name
        if slow_seconds:
            task = asyncio.create_task(self._write_slowly(path, file.content, slow_seconds))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        else:
            hidden = path.with_name(f".in.{file.name}.")
            hidden.write_bytes(file.content)
            self._date(hidden)
            hidden.replace(path)
        return {name: value for name, value in vars(file).items() if name not in ("content", "stock")}

    async def stop(self) -> None:
        """Leaves half-written files as they are."""
        for task in self._writing:
            task.cancel()
        await asyncio.gather(*self._writing, return_exceptions=True)

    def _draw(self, kind: Kind, rows: int, seed: int | None) -> LettureFile:
        now = self._kit.clock.now()
        while now in self._used:  # names differ even when the clock stands still
            now += timedelta(milliseconds=1)
        self._used.add(now)
        return Generator(self._next_seed() if seed is None else seed, now).make(kind, rows)

    def _next_seed(self) -> int:
        """Counted across restarts, so that a second file of a day has other numbers than the first."""
        seed = int(self._counter.read_text()) + 1 if self._counter.exists() else self._first_seed
        self._counter.write_text(str(seed))
        return seed

    async def _write_slowly(self, path: Path, content: bytes, seconds: float) -> None:
        """Piece by piece, as a sender without a temporary name does: what must not be taken too early."""
        pieces = max(2, int(seconds * 2))
        size = -(-len(content) // pieces)
        for start in range(0, len(content), size):
            with path.open("ab") as growing:
                growing.write(content[start : start + size])
            self._date(path)
            await asyncio.sleep(seconds / pieces)

    def _date(self, path: Path) -> None:
        now = self._kit.clock.now().timestamp()
        os.utime(path, (now, now))
