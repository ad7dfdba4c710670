"""Imports and dispatch of the invoices service, beside psql's copy of the same file into a table of four typed columns.

The file of a million rows comes from our own database, as after a pick-up; the view has 2.4 million rows. Rounds
alternate with the reference. A task that wants to run every 5 ms tells how long the event loop was not available, and
`VmHWM` how much memory the process grew by. The bench adds to the process what it needs itself: a pool and a thread.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from common.identity import SYSTEM
from common.jobs.worker import Worker
from services.invoices.formats.dispatch_csv import Layout, Shipment, render
from services.invoices.main import SERVICE
from tools.bench._memory import memory
from tools.bench._pulse import Stall, pulse
from tools.bench._warehouse import VIEW_ROWS, Warehouse, days, lab_urls, open_warehouse, write_file
from tools.chaos.lab import open_lab
from tools.stack.postgres import libpq_environment, programs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import date

MANY, DAILY, LINES = 1_000_000, 12_345, 12_000
ROUNDS, DAILY_ROUNDS = 3, 5
STAGING_TIMES, IMPORT_TIMES, STRETCH_TIMES = 5, 40, 20
MOST_GROWTH_MB = 256
MOST_STALL_SECONDS = 0.1
IDLE_STALL_SECONDS = 0.015
"""An idle process that pauses for longer shows that the machine is busy; two busy processes of ours are not enough."""
DAILY_SECONDS, CSV_SECONDS = 1.0, 0.5

REFERENCE = "CREATE TABLE IF NOT EXISTS copied (number int, quantity int, description text, value numeric)"


@dataclass
class Findings:
    """What was measured, and whether all of it is within the limits."""

    passed: bool = True
    stalls: dict[str, Stall] = field(default_factory=dict)

    def tell(self, name: str, text: str, *, ok: bool) -> None:
        print(f"{'ok  ' if ok else 'MISS'} {name:26} {text}", flush=True)
        self.passed &= ok

    @asynccontextmanager
    async def watched(self, name: str) -> AsyncIterator[None]:
        """Remember the worst pause of the loop in the block."""
        async with pulse() as beating:
            yield
        before = self.stalls.get(name, Stall())
        self.stalls[name] = max(before, beating.worst, key=lambda stall: stall.seconds)


def measure() -> bool:
    """Print the figures; False when one misses what the issue names."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with open_lab() as lab, tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        return asyncio.run(_measure(*lab_urls(lab), Path(folder)))


async def _measure(database_url: str, customer_url: str, folder: Path) -> bool:
    findings, calendar = Findings(), iter(days())
    async with open_warehouse(database_url, customer_url, folder) as warehouse:
        await _daily(warehouse, findings, calendar)
        await _many(warehouse, findings, calendar)
        await _dispatch(warehouse, findings)
    _csv(findings)
    for name, stall in findings.stalls.items():
        ok = stall.seconds <= MOST_STALL_SECONDS
        limit = f"limit {MOST_STALL_SECONDS * 1000:.0f} ms"
        if not ok and stall.idle_seconds > IDLE_STALL_SECONDS:
            limit, ok = "not measurable now: others use the cores as well", True
        findings.tell(f"loop: {name}", f"{stall}  ({limit})", ok=ok)
    return findings.passed


async def _daily(warehouse: Warehouse, findings: Findings, calendar: Iterator[date]) -> None:
    """A day's file against the big view, warm: the first round does not count."""
    path, times, copies = warehouse.folder / f"Letture20261120190411123_{DAILY}.txt", [], []
    for number in range(DAILY_ROUNDS + 1):
        write_file(path, DAILY, seed=number)
        copies.append(_copied(warehouse.database_url, path))
        file = await warehouse.store(path, next(calendar))
        async with findings.watched("a day's import"):
            began = time.perf_counter()
            await warehouse.do_import(file)
            times.append(time.perf_counter() - began)
    seconds = median(times[1:])
    findings.tell(
        f"import of {DAILY:,} rows",
        f"{seconds:6.2f} s  (limit {DAILY_SECONDS:g} s; {_rounds(times)}; view of {VIEW_ROWS:,} rows; "
        f"psql's copy {median(copies):.2f} s)",
        ok=seconds <= DAILY_SECONDS,
    )


async def _many(warehouse: Warehouse, findings: Findings, calendar: Iterator[date]) -> None:
    """A million rows: the reference, parsing and staging alone, the whole import, in turns."""
    path = warehouse.folder / f"Letture20261120190411123_{MANY}.txt"
    copied, staged, imported = [], [], []
    grown: list[float] = []
    for number in range(ROUNDS):
        write_file(path, MANY, seed=100 + number)
        copied.append(_copied(warehouse.database_url, path))
        file = await warehouse.store(path, next(calendar))
        with memory(grown):
            async with findings.watched("a million rows, staging"):
                began = time.perf_counter()
                content = partial(warehouse.core.files.open, file.sha256)
                async with warehouse.resources.imports.read(path.name, content):
                    staged.append(time.perf_counter() - began)
            async with findings.watched("a million rows, import"):
                began = time.perf_counter()
                await warehouse.do_import(file)
                imported.append(time.perf_counter() - began)
    size = path.stat().st_size >> 20
    print(f"     psql's copy of {MANY:,}   {median(copied):6.2f} s  ({_rounds(copied)}; {size} MB)")
    for name, times, limit in (("parse and stage", staged, STAGING_TIMES), ("complete import", imported, IMPORT_TIMES)):
        ratio = median(times) / median(copied)
        stretch = f", stretch {STRETCH_TIMES} x" if limit == IMPORT_TIMES else ""
        text = f"{median(times):6.2f} s  {ratio:5.1f} x  (limit {limit} x{stretch}; {_rounds(times)})"
        findings.tell(name, text, ok=ratio <= limit)
    findings.tell("memory", f"+{max(grown):.0f} MB  (limit {MOST_GROWTH_MB} MB)", ok=max(grown) <= MOST_GROWTH_MB)


async def _dispatch(warehouse: Warehouse, findings: Findings) -> None:
    """Start of a session of 12,000 rows, from the view to the delivered file, as the worker does it."""
    path = warehouse.folder / f"Letture20261120190411123_{LINES}.txt"
    write_file(path, LINES, seed=7)
    file = await warehouse.store(path, await warehouse.resources.imports.today())
    await warehouse.do_import(file)
    (warehouse.folder / "log" / "import.log").touch()
    await warehouse.resources.sessions.start(SYSTEM)
    async with findings.watched("dispatch of 12,000 rows"):
        began = time.perf_counter()
        await Worker(SERVICE, warehouse.core, warehouse.resources, warehouse.core.db).work_off()
        seconds = time.perf_counter() - began
    sent = [path for path in (warehouse.folder / "delivery").iterdir() if path.is_file()]
    findings.tell("dispatch of 12,000 rows", f"{seconds:6.2f} s  (no limit of its own)", ok=len(sent) == 1)


def _csv(findings: Findings) -> None:
    shipments = [Shipment(600_000_000 + number, "LT", Decimal("0.3")) for number in range(LINES)]
    began = time.perf_counter()
    file = render(shipments, at=datetime.now(UTC), zone=ZoneInfo("Europe/Rome"), layout=Layout())
    seconds = time.perf_counter() - began
    ok = seconds <= CSV_SECONDS and file.lines == LINES
    findings.tell(f"CSV of {LINES:,} lines", f"{seconds:6.2f} s  (limit {CSV_SECONDS:g} s)", ok=ok)


def _copied(url: str, path: Path) -> float:
    """Seconds of the reference, the client's start included."""
    psql, env = [str(programs() / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"], libpq_environment(url)
    subprocess.run([*psql, "-c", REFERENCE, "-c", "TRUNCATE copied"], check=True, capture_output=True, env=env)
    began = time.perf_counter()
    copy = f"\\copy copied from '{path}' with (delimiter '|')"
    subprocess.run([*psql, "-c", copy], check=True, capture_output=True, env=env)
    return time.perf_counter() - began


def _rounds(times: list[float]) -> str:
    return "rounds " + ", ".join(f"{value:.2f}" for value in times)
