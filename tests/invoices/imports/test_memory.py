"""An import needs the same memory for a file of any size: what it grows by is held to a part of what its rows weigh."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.invoices.imports.rules import NewFile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.inbox_site import InboxSite

ROWS = 200_000
MEBI = 2**20
FILL = """
INSERT INTO bdm.available_invoices (number, destination_branch, date, partial, weight)
SELECT 600000000 + n, 'LT', date '2026-11-20', true, 0.3 FROM generate_series(0, $1::int - 1) AS n
"""


async def content(rows: int) -> AsyncIterator[bytes]:
    for start in range(600_000_000, 600_000_000 + rows, 10_000):
        yield b"".join(b"%d|1|Toys,Kind %d|12.50\n" % (n, n % 300) for n in range(start, start + 10_000))


def status_bytes(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


async def do_import(site: InboxSite, rows: int) -> None:
    imports, today = site.resources.imports, await site.resources.imports.today()
    async with site.core.db.transaction() as conn:
        file = await imports.store(conn, content(rows), NewFile(f"{rows}.txt", "ftp", today, site.clock.now()))
    report = await imports.import_stored(file, today=today, guard=nobody_else)
    assert report.file.counters["kept"] + report.file.counters["duplicates"] == rows


async def nobody_else(_conn: object) -> None:
    """No other run works on the file."""


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("known", "most"),
    [
        pytest.param(True, 96 * MEBI, id="all rows at once, as objects, would be 180 MB"),
        pytest.param(False, 192 * MEBI, id="the mail lists 150,000 that are not in the view, and no more"),
    ],
)
async def test_a_big_file_is_imported_in_bounded_memory(inbox_site: InboxSite, *, known: bool, most: int) -> None:
    if known:
        await inbox_site.customer.execute(FILL, ROWS)
    await do_import(inbox_site, 10_000)
    gc.collect()
    forget_peak()
    before = status_bytes("VmRSS")
    await do_import(inbox_site, ROWS)
    assert status_bytes("VmHWM") - before < most
