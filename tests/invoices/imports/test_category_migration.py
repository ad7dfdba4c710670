"""Rows that were imported before categories stood in the rows keep theirs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import asyncpg

from common.migrate import COMMON_BASE, COMMON_FILES, COMMON_JOBS, Component, migrate
from services.invoices.main import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.servers import DatabaseUrl

BEFORE = ("0001_invoices.sql", "0002_dispatch.sql")
IMPORTED = """
WITH session AS (
    INSERT INTO sessions (business_date) VALUES ('2026-11-20') RETURNING id
), file AS (
    INSERT INTO files (sha256, name, source, size_bytes, business_date, received_at, state, session_id)
    SELECT 'x', 'a.txt', 'ftp', 1, '2026-11-20', now(), 'imported', id FROM session RETURNING id, session_id
), kinds AS (
    INSERT INTO categories (key, name) VALUES ('toys', 'Toys'), ('pet mat', 'Pet mat'), ('lamp', 'Lamp')
), entered AS (
    INSERT INTO rows (file_id, session_id, line_number, invoice_number, quantity, description, value, status)
    SELECT id, session_id, n, 600000000 + n, 1, 'x', 1, 'valid' FROM file, generate_series(1, 3) AS n
)
SELECT
"""
LINKED = "INSERT INTO row_categories (row_id, category_id, position) VALUES (1, 1, 2), (1, 2, 1), (2, 1, 1)"


async def test_links_become_ids_in_the_row_in_their_order(
    make_database: Callable[..., DatabaseUrl], tmp_path: Path
) -> None:
    for name in BEFORE:
        shutil.copy(SERVICE.migrations / name, tmp_path / name)
    owner = await asyncpg.connect(make_database(COMMON_BASE, COMMON_FILES, COMMON_JOBS).owner)
    await migrate(owner, [Component("invoices", tmp_path)])
    await owner.execute(IMPORTED)
    await owner.execute(LINKED)
    await migrate(owner, [Component("invoices", SERVICE.migrations)])
    rows = await owner.fetch("SELECT category_ids FROM rows ORDER BY id")
    assert [row["category_ids"] for row in rows] == [[2, 1], [1], []]
    counts = await owner.fetch("SELECT name, row_count FROM categories ORDER BY id")
    assert [tuple(row) for row in counts] == [("Toys", 2), ("Pet mat", 1), ("Lamp", 0)]
    await owner.close()
