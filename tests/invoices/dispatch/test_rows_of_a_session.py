"""The rows of one session are found among those of many days without reading all of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import asyncpg
import pytest

from common.db import queries_beside
from common.migrate import COMMON_BASE, COMMON_FILES, COMMON_JOBS
from services.invoices.dispatch import repository
from services.invoices.main import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.servers import DatabaseUrl

pytestmark = pytest.mark.servers

SESSIONS, ROWS_OF_EACH = 20, 6_000
# One statement, so that the ids rise from session to session as they do from day to day.
FILL = """
WITH days AS (
    INSERT INTO sessions (business_date) SELECT date '2026-11-01' + n FROM generate_series(1, $1) AS n RETURNING id
)
INSERT INTO rows (file_id, session_id, line_number, invoice_number, quantity, description, value, status)
SELECT uuidv7(), id, n, 600000000 + n, 1, 'Toys,Pet mat', 12.5, 'valid' FROM days, generate_series(1, $2) AS n
 ORDER BY id, n
"""


async def test_the_rows_of_a_session_are_read_and_hardly_any_others(make_database: Callable[..., DatabaseUrl]) -> None:
    owner = await asyncpg.connect(make_database(COMMON_BASE, COMMON_FILES, COMMON_JOBS, *SERVICE.components).owner)
    await owner.execute(FILL, SESSIONS, ROWS_OF_EACH)
    # As the server does by itself a little later.
    await owner.execute("SELECT brin_summarize_new_values('rows_session_id_idx')")
    await owner.execute("VACUUM ANALYZE rows")
    session = await owner.fetchval("SELECT id FROM sessions ORDER BY id OFFSET 9 LIMIT 1")
    pages = await owner.fetchval("SELECT pg_relation_size('rows') / 8192")
    question = queries_beside(repository.__file__).list_shipments
    (plan,) = json.loads(await owner.fetchval(f"EXPLAIN (ANALYZE, FORMAT json) {question}", session))
    await owner.close()
    assert "rows_session_id_idx" in str(plan)
    read = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    assert read < pages / 3
