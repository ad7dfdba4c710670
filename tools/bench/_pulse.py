"""How long the event loop was not available: a task that wants to run every few milliseconds, and a thread that looks.

Used by the measurements that promise a responsive process. The wall clock tells what others felt. Two figures beside it
tell how much of that was the machine: the processor time of the loop's thread during the pause, and the longest pause
of a process that does nothing but wait, in the same minutes.

    python -m tools.bench._pulse        the process that waits; prints its longest pause when its input ends
"""

from __future__ import annotations

import asyncio
import subprocess
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
    """One pause of the loop: its length, own work in it, what was running; and the longest of an idle process."""

    seconds: float = 0.0
    busy_seconds: float = 0.0
    where: str = "nowhere"
    idle_seconds: float = 0.0

    def __str__(self) -> str:
        own, idle = self.busy_seconds * 1000, self.idle_seconds * 1000
        return (
            f"{self.seconds * 1000:.0f} ms ({own:.0f} ms of own work; an idle process: {idle:.0f} ms) in {self.where}"
        )


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
    command = [sys.executable, "-m", __name__]
    idle = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    watcher.start()
    try:
        yield beating
        await asyncio.sleep(BEAT_SECONDS)  # the last pause counts as well
    finally:
        beating.stop()
        watcher.join()
        task.cancel()
        told, _ = await idle.communicate(b"")  # closes its input
        beating.worst.idle_seconds = float(told)


def _place(thread: int) -> str:
    """The innermost function that runs there, and the innermost one of ours."""
    frames = traceback.extract_stack(sys._current_frames()[thread])  # noqa: SLF001 - there is no other way to look
    ours = [frame for frame in frames if any(part in frame.filename for part in OURS) and "bench" not in frame.filename]
    chosen = [frames[-1], *ours[-1:]]
    return " < ".join(dict.fromkeys(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in chosen))


def _wait() -> float:
    """The longest pause of a process without any work, until its input ends."""
    worst = 0.0
    reader = threading.Thread(target=sys.stdin.read, daemon=True)
    reader.start()
    while reader.is_alive():
        began = time.perf_counter()
        time.sleep(BEAT_SECONDS)
        worst = max(worst, time.perf_counter() - began - BEAT_SECONDS)
    return worst


if __name__ == "__main__":
    print(_wait())
