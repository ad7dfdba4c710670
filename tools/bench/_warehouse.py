"""A warehouse to measure in: the whole invoices service, a customer's view of millions of rows, files of any size."""

from __future__ import annotations

import itertools
import random
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg

from common.core import Core, open_core
from common.migrate import migrate
from services.invoices.imports.rules import NewFile
from services.invoices.main import SERVICE
from services.invoices.resources import Resources, open_resources
from services.invoices.settings import InvoicesSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from common.db import Connection
    from services.invoices.imports.rules import StoredFile
    from tools.chaos.lab import Lab

DAY = date(2026, 11, 20)
VIEW_ROWS = 2_400_000
STEP = 41
"""Between two numbers of the view."""
UNKNOWN_SHARE, PAST_SHARE = 0.03, 50
CATEGORIES = 280
BLOCK_BYTES = 2**20
LINES_AT_ONCE = 10_000

CUSTOMER = """
CREATE SCHEMA bdm;
CREATE TABLE bdm.invoices (number int, destination_branch text, date date, partial boolean, weight numeric);
CREATE VIEW bdm.available_invoices AS SELECT number, destination_branch, date, partial, weight FROM bdm.invoices;
CREATE TABLE bdm.processing (invoice_number int, process_date date);
"""
FILL = """
INSERT INTO bdm.invoices
SELECT 600000000 + n * $2::int, (ARRAY['LT', 'VM', 'BZ01', 'R151'])[1 + n % 4],
       $3::date + CASE WHEN n % $4::int = 7 THEN -3 ELSE 400 END, true, (1 + n % 20) / 10.0
  FROM generate_series(0, $1::int - 1) AS n
 ORDER BY hashint4(n)
"""


@dataclass(frozen=True)
class Warehouse:
    """The service with its outside, and its databases' addresses."""

    core: Core[InvoicesSettings]
    resources: Resources
    database_url: str
    folder: Path

    async def store(self, path: Path, day: date) -> StoredFile:
        """Keep a file's bytes as the inbox does, as a file of `day`."""
        new = NewFile(path.name, "ftp", day, datetime.now(UTC))
        async with self.core.db.transaction() as conn:
            return await self.resources.imports.store(conn, blocks(path), new)

    async def do_import(self, file: StoredFile) -> None:
        """The complete import of a stored file.

        Raises:
            RuntimeError: it was not imported.
        """
        report = await self.resources.imports.import_stored(file, today=file.business_date, guard=no_guard)
        if report.file.state != "imported":
            raise RuntimeError(f"{file.name} is {report.file.state}: {report.file.reason}")


async def no_guard(_: Connection) -> None:
    """Nobody else works on it."""


async def blocks(path: Path) -> AsyncIterator[bytes]:
    """A file as the inbox reads it."""
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def days() -> itertools.chain[date]:
    """One business date after the other: each import has a session of its own."""
    return itertools.chain(DAY + timedelta(days=number) for number in itertools.count())


def write_file(path: Path, rows: int, *, seed: int) -> None:
    """A file like the real ones: 280 categories of very different frequency, about two per row, a few odd blanks.

    Nearly all numbers are in the view; a few are unknown, a few in the past. The same seed gives the same bytes.
    """
    draw = random.Random(seed)  # noqa: S311 - a file that can be made again
    names = [f"{word} {number}" for number, word in zip(range(CATEGORIES), itertools.cycle(WORDS), strict=False)]
    weights = list(itertools.accumulate(1 / (number + 5) for number in range(CATEGORIES)))
    numbers = draw.sample(range(VIEW_ROWS), rows)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for start in range(0, rows, LINES_AT_ONCE):
            some = numbers[start : start + LINES_AT_ONCE]
            file.writelines(_line(number, draw, names, weights) for number in some)


WORDS = ("Toys", "Pet mat", "Women'S Dress", "Shoes", "Kitchen ware", "Garden tools", "Phone case", "Lamp")


def _line(number: int, draw: random.Random, names: list[str], weights: list[float]) -> str:
    count = draw.choices((1, 2, 3, 4, 5), (40, 30, 18, 8, 4))[0]
    chosen = ",".join(dict.fromkeys(draw.choices(names, cum_weights=weights, k=count)))
    if draw.random() < 0.01:  # noqa: PLR2004
        chosen = chosen.replace(" ", "\N{NO-BREAK SPACE}")
    unknown = draw.random() < UNKNOWN_SHARE
    return f"{600_000_000 + number * STEP + unknown}|1|{chosen}|{draw.randint(2, 9676) / 100:.2f}\n"


@asynccontextmanager
async def open_warehouse(database_url: str, customer_url: str, folder: Path) -> AsyncIterator[Warehouse]:
    """The service over databases of the lab, with a filled view."""
    await _prepare(database_url, customer_url)
    for name in ("inbox", "delivery", "log"):
        (folder / name).mkdir()
    settings = InvoicesSettings.model_validate(
        {
            "environment": "development",
            "database_url": database_url,
            "redis_url": "redis://127.0.0.1:1/0",
            "identity_keys": '{"keys": []}',
            "inbox_url": f"file://{folder}/inbox",
            "delivery_url": f"file://{folder}/delivery",
            "remote_log_url": f"file://{folder}/log/import.log",
            "remote_log_host_key": "",
            "view_database_url": customer_url,
            "smtp_url": "smtp://127.0.0.1:1",
            "mail_from": "Portico <portico@example.org>",
        }
    )
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(SERVICE, settings, redis=False))
        resources = await stack.enter_async_context(open_resources(core))
        yield Warehouse(core, resources, database_url, folder)


def lab_urls(lab: Lab) -> tuple[str, str]:
    """New databases: ours and the customer's."""
    return lab.database("bench_invoices"), lab.database("bench_customer")


async def _prepare(database_url: str, customer_url: str) -> None:
    ours = await asyncpg.connect(database_url)
    await migrate(ours, SERVICE.components)
    await ours.close()
    customer = await asyncpg.connect(customer_url)
    await customer.execute(CUSTOMER)
    await customer.execute(FILL, VIEW_ROWS, STEP, DAY, PAST_SHARE, timeout=300)
    await customer.execute("CREATE INDEX ON bdm.invoices (number)", timeout=300)
    await customer.execute("VACUUM ANALYZE bdm.invoices", timeout=300)
    await customer.close()
