"""Starts the processes of a table in the order of their needs, restarts what dies, stops all in reverse order.

Used by `./dev up` alone; `tools/stack/topology.py` is the table. One thread, no event loop: every child is forked by
the thread that lives as long as the supervisor, and is killed by the kernel when that thread is gone.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from tools.stack.children import Prepare, start_child
from tools.stack.postgres import last_words

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path
    from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TICK_SECONDS = 0.05
CALM_SECONDS = 1.0
FIRST_BACK_OFF_SECONDS = 0.5
LONGEST_BACK_OFF_SECONDS = 30.0
VITAL_TRIES = 3  # one that was killed a moment ago may still hold its port or its data
STEADY_SECONDS = 60.0  # having lived this long, a process starts again with the shortest back-off

Probe = Callable[[], bool]


@dataclass(frozen=True)
class Process:
    """A line of the table."""

    name: str
    command: Sequence[str | Path]
    ready: Probe | None = None  # None: a step that is done when it exits with 0
    needs: tuple[str, ...] = ()
    env: Callable[[], Mapping[str, str]] = dict  # asked at each start: what it tells may be known by then only
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 25
    death_signal: signal.Signals = signal.SIGKILL
    prepare: Prepare | None = None
    start_seconds: float = 60
    vital: bool = False  # nothing can run without it: when it can't start, give up

    @property
    def is_step(self) -> bool:
        return self.ready is None


class Phase(Enum):
    """Where a process is."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    RESTARTING = "restarting"
    STOPPED = "stopped"


@dataclass
class Child:
    """A process of the table while it is watched."""

    spec: Process
    log: Path
    phase: Phase = Phase.WAITING
    process: subprocess.Popen[bytes] | None = None
    since: float = 0.0
    restarts: int = 0
    back_off: float = FIRST_BACK_OFF_SECONDS
    stop_sent: float | None = None

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    @property
    def serves(self) -> bool:
        return self.phase in {Phase.READY, Phase.DONE}


class CannotStart(Exception):
    """A vital process did not come up; the text says which and its last words."""


class Supervisor:
    """Watches the children of one table."""

    def __init__(
        self, table: Sequence[Process], logs: Path, say: Callable[[str], None], changed: Callable[[Supervisor], None]
    ) -> None:
        self.children = {spec.name: Child(spec, logs / f"{spec.name}.log") for spec in table}
        self._say = say
        self._changed = changed
        self._stop_asked = 0
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)

    @property
    def is_ready(self) -> bool:
        return all(child.serves for child in self.children.values())

    def run(self, on_ready: Callable[[], None]) -> None:
        """Until SIGINT or SIGTERM. Calls `on_ready` once, when everything is up for the first time.

        Raises:
            CannotStart: a vital process failed; everything else is stopped by then.
        """
        announced = False
        with self._wake, self._waker, self._signals_taken():
            try:
                while not self._stop_asked:
                    self._look_at_all()
                    if self.is_ready and not announced:
                        announced = True
                        on_ready()
                    self._sleep(CALM_SECONDS if self.is_ready else TICK_SECONDS)
            finally:
                self.stop()

    def stop(self) -> None:
        """Stop in reverse order of needs: nothing loses what it still needs. A second Ctrl-C stops at once."""
        while alive := [child for child in self.children.values() if child.process]:
            needed = {name for child in alive for name in self._all_needs(child.spec)}
            for child in alive:
                self._stop_one(child, held=child.spec.name in needed)
            self._sleep(TICK_SECONDS)
        self._changed(self)

    def _all_needs(self, spec: Process) -> set[str]:
        """Direct and indirect: a step that is done and gone passes on what it needed."""
        found = set(spec.needs)
        for name in spec.needs:
            found |= self._all_needs(self.children[name].spec)
        return found

    def _stop_one(self, child: Child, *, held: bool) -> None:
        process = child.process
        assert process is not None  # noqa: S101 - only the living are stopped
        if process.poll() is not None:
            child.process, child.phase = None, Phase.STOPPED
            kill_group(process.pid)
            return
        hurried = self._stop_asked > 1
        if child.stop_sent is None and (not held or hurried):
            child.stop_sent = time.monotonic()
            self._say(f"stopping {child.spec.name}")
            process.send_signal(child.spec.stop_signal)
        elif child.stop_sent is not None and time.monotonic() - child.stop_sent > child.spec.stop_seconds:
            self._say(f"{child.spec.name} does not stop; it is killed")
            kill_group(process.pid)

    def _look_at_all(self) -> None:
        for child in self.children.values():
            before = (child.phase, child.pid)
            self._look_at(child)
            if (child.phase, child.pid) != before:
                self._changed(self)

    def _look_at(self, child: Child) -> None:
        if child.phase is Phase.WAITING:
            if all(self.children[name].serves for name in child.spec.needs):
                self._start(child)
        elif child.phase is Phase.RESTARTING:
            if time.monotonic() - child.since >= child.back_off:
                child.back_off = min(child.back_off * 2, LONGEST_BACK_OFF_SECONDS)
                child.restarts += 1
                self._start(child)
        elif child.process and (code := child.process.poll()) is not None:
            self._ended(child, code)
        elif child.phase is Phase.STARTING:
            self._probe(child)

    def _start(self, child: Child) -> None:
        spec = child.spec
        child.process = start_child(
            spec.command,
            log=child.log,
            env={**os.environ, **spec.env()},
            death_signal=spec.death_signal,
            prepare=spec.prepare,
        )
        child.phase, child.since = Phase.STARTING, time.monotonic()

    def _probe(self, child: Child) -> None:
        took = time.monotonic() - child.since
        if child.spec.ready and child.spec.ready():
            child.phase = Phase.READY
            self._say(f"{child.spec.name} is up ({took:.1f} s)")
        elif took > child.spec.start_seconds and child.process:
            kill_group(child.process.pid)

    def _ended(self, child: Child, code: int) -> None:
        if child.process:
            kill_group(child.process.pid)
        child.process = None
        lived, child.since = time.monotonic() - child.since, time.monotonic()
        if child.spec.is_step and code == 0:
            child.phase = Phase.DONE
            self._say(f"{child.spec.name} is done ({lived:.1f} s)")
            return
        was_up = child.phase is Phase.READY
        if child.spec.vital and not was_up and child.restarts + 1 >= VITAL_TRIES:
            raise CannotStart(f"{child.spec.name} can't start: {last_words(child.log)} (all of it: {child.log})")
        if lived > STEADY_SECONDS:
            child.back_off = FIRST_BACK_OFF_SECONDS
        child.phase = Phase.RESTARTING
        what = "died" if was_up else "failed" if child.spec.is_step else "did not start"
        self._say(f"{child.spec.name} {what} (exit {code}), again in {child.back_off:g} s: {last_words(child.log, 1)}")

    @contextmanager
    def _signals_taken(self) -> Iterator[None]:
        """SIGINT, SIGTERM and SIGHUP ask for the stop; these and SIGCHLD end a sleep."""
        wakeup = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        handlers = {number: signal.signal(number, self._ask_to_stop) for number in STOP_SIGNALS}
        handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_asked += 1

    def _sleep(self, seconds: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake, selectors.EVENT_READ)
            if selector.select(seconds):
                self._wake.recv(4096)


def kill_group(pid: int) -> None:
    """Kill what is left of a child's session: its own children too."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
