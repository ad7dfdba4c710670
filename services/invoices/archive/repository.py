"""Rows of all days, in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.db import queries_beside
from common.errors import NotFound
from common.listing import Listing, Sort

if TYPE_CHECKING:
    from common.db import Connection

sql = queries_beside(__file__)

ID = Sort("id", int)

CATEGORIES = Listing(
    sql.categories_for_list, columns={"q": "name"}, sort=Sort("name", str), row_id=ID, descending=False
)
CATEGORY_ROWS = Listing(
    sql.category_rows_for_list, columns={"status": "status", "date": "business_date"}, sort=ID, row_id=ID
)
ROWS = Listing(
    sql.rows_for_list,
    columns={"invoice_number": "invoice_number", "status": "status", "date": "business_date"},
    sort=ID,
    row_id=ID,
)


async def check_category(conn: Connection, category_id: int) -> None:
    """Refuse a category that is not there: an empty list would look like an answer."""
    if not await conn.fetchval(sql.has_category, category_id):
        raise NotFound("There is no such category.", code="unknown_category", params={"id": category_id})
