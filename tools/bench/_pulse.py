"""How long the event loop was not available: a task that wants to run every few milliseconds, and a thread that looks.

Used by the measurements that promise a responsive process. The wall clock tells what others felt; the processor time of
the loop's thread tells how much of that was this process's own work and not a busy machine's.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BEAT_SECONDS = 0.005
SUSPICIOUS_SECONDS = 0.02
OURS = ("/services/", "/libs/common/", "/tools/")


@dataclass
class Stall:
    """One pause of the loop: its length, the loop thread's own work in it, and what was running."""

    seconds: float = 0.0
    busy_seconds: float = 0.0
    where: str = "nowhere"

    def __str__(self) -> str:
        return f"{self.seconds * 1000:.0f} ms ({self.busy_seconds * 1000:.0f} ms of own work) in {self.where}"


class Pulse:
    """Beats in the loop; `worst` is the longest pause so far."""

    def __init__(self) -> None:
        self.worst = Stall()
        self._loop_thread = threading.get_ident()
        self._due = time.perf_counter()
        self._seen = ""
        self._stop = threading.Event()

    async def beat(self) -> None:
        """Run until cancelled."""
        while True:
            began, worked = time.perf_counter(), time.thread_time()
            self._due, self._seen = began + BEAT_SECONDS, ""
            await asyncio.sleep(BEAT_SECONDS)
            late = time.perf_counter() - began - BEAT_SECONDS
            if late > self.worst.seconds:
                self.worst = Stall(late, time.thread_time() - worked, self._seen or "nothing that was seen")

    def watch(self) -> None:
        """Look, from another thread, what the loop is doing while it is late."""
        while not self._stop.wait(BEAT_SECONDS):
            if time.perf_counter() - self._due > SUSPICIOUS_SECONDS and not self._seen:
                self._seen = _place(self._loop_thread)

    def stop(self) -> None:
        self._stop.set()


@asynccontextmanager
async def pulse() -> AsyncIterator[Pulse]:
    """Measure the pauses of the loop during the block."""
    beating = Pulse()
    task = asyncio.create_task(beating.beat())
    watcher = threading.Thread(target=beating.watch, daemon=True)
    watcher.start()
    try:
        yield beating
        await asyncio.sleep(BEAT_SECONDS)  # the last pause counts as well
    finally:
        beating.stop()
        watcher.join()
        task.cancel()


def _place(thread: int) -> str:
    """The innermost function that runs there, and the innermost one of ours."""
    frames = traceback.extract_stack(sys._current_frames()[thread])  # noqa: SLF001 - there is no other way to look
    ours = [frame for frame in frames if any(part in frame.filename for part in OURS) and "bench" not in frame.filename]
    chosen = [frames[-1], *ours[-1:]]
    return " < ".join(dict.fromkeys(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in chosen))
