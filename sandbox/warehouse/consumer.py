"""The program on the warehouse's side that reads our CSV and says in its log how many lines it could read.

It takes a file as soon as it can see it under a final name, so that an upload without a temporary name is found out. It
knows the line format from the customer's description, not from our renderer: a line that does not fit is not read.
Its faults: system `consumer`, operation `read`, kinds `delay`, `fewer`, `error`, `silent`, `split`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.kit import Fault, Kit
    from sandbox.warehouse.customer import Customer
    from sandbox.warehouse.remote_log import RemoteLog

SYSTEM = "consumer"
LOOK_SECONDS = 0.2
SPLIT_SECONDS = 1.0
TEMPORARY = re.compile(r"^\.|\.(part|tmp|filepart)$", re.IGNORECASE)
LINE = re.compile(
    r"[A-Z]{2}(?P<number>\d{9})(?P<branch>[A-Z0-9]{2,4})"
    r"\|\d+\|0\|0\|0\|\|[A-Z]{2}\|\d{4}-\d\d-\d\d\|\d\d-\d\d-\d\d-\d\d\|0\|0\|0\|0\|0\|\|\|\|\|\|0\|1\|0\|"
)


@dataclass
class Reading:
    """One file that was taken, and what was told about it."""

    name: str
    size: int
    sha256: str
    at: str
    lines: int = 0
    read: int = 0
    verdict: str = "taken"


@dataclass
class Habits:
    """How the program behaves when nothing goes wrong."""

    delay_seconds: float = 1.0
    removes_files: bool = False


@dataclass
class _Memory:
    seen: list[str] = field(default_factory=list)
    readings: list[dict[str, Any]] = field(default_factory=list)


class Consumer:
    """Watches the delivery folder; remembers across restarts what it has taken."""

    def __init__(self, kit: Kit, folder: Path, log: RemoteLog, memory: Path) -> None:
        self.habits = Habits()
        self.customer: Customer | None = None
        self.folder = folder
        self.log = log
        self._kit = kit
        self._memory_path = memory
        self._memory = _Memory(**json.loads(memory.read_text(encoding="utf-8"))) if memory.exists() else _Memory()
        self._tasks: set[asyncio.Task[None]] = set()
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def readings(self) -> list[dict[str, Any]]:
        return self._memory.readings

    async def run(self) -> None:
        try:
            while True:
                self._look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            for task in self._tasks:
                task.cancel()

    def forget(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._memory = _Memory()
        self._memory_path.unlink(missing_ok=True)

    def _look(self) -> None:
        for path in sorted(self.folder.iterdir()):
            if TEMPORARY.search(path.name) or not path.is_file():
                continue
            try:
                identity = f"{path.name}:{path.stat().st_size}:{path.stat().st_mtime_ns}"
                if identity in self._memory.seen:
                    continue
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            self._memory.seen.append(identity)
            if self.habits.removes_files:
                path.unlink()
            self._take(path.name, content)

    def _take(self, name: str, content: bytes) -> None:
        at = self._kit.clock.now().isoformat(timespec="seconds")
        reading = asdict(Reading(name, len(content), hashlib.sha256(content).hexdigest(), at))
        self._memory.readings.append(reading)
        self._save()
        task = asyncio.create_task(self._read(reading, content))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read(self, reading: dict[str, Any], content: bytes) -> None:
        fault = self._kit.faults.strike(SYSTEM, "read", reading["name"])
        entry = self._kit.journal.note(SYSTEM, "read", reading["name"], fault=fault.kind if fault else "")
        late = fault.seconds if fault and fault.kind == "delay" else 0
        await asyncio.sleep(self.habits.delay_seconds + late)
        lines = content.decode("utf-8", errors="replace").split("\n")
        lines = lines[:-1] if lines and not lines[-1] else lines
        matches = [match for line in lines if (match := LINE.fullmatch(line))]
        if fault and fault.kind == "fewer":
            matches = matches[: len(matches) - max(1, fault.count)]
        reading["lines"], reading["read"] = len(lines), len(matches)
        if fault and fault.kind == "silent":
            reading["verdict"] = entry.answer = "silent"
        elif fault and fault.kind == "error":
            reading["verdict"] = entry.answer = "error"
            self.log.append(f"ERROR upload file={reading['name']} error={fault.text or 'the file is not readable'}")
        else:
            reading["verdict"] = entry.answer = "read"
            await self._write_success(reading, fault)
            if self.customer is not None:
                await self.customer.expect(reading["name"], (int(match["number"]) for match in matches))
        self._save()

    async def _write_success(self, reading: dict[str, Any], fault: Fault | None) -> None:
        line = self.log.line(f"INFO upload file={reading['name']} read={reading['read']}")
        if fault and fault.kind == "split":
            # Cut inside the number: whoever reads half of the line would believe a smaller count.
            self.log.write(line[:-2])
            await asyncio.sleep(fault.seconds or SPLIT_SECONDS)
            self.log.write(line[-2:])
        else:
            self.log.write(line)

    def _save(self) -> None:
        self._memory_path.write_text(json.dumps(asdict(self._memory)), encoding="utf-8")
