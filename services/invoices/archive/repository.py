"""Rows of all days, in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.db import queries_beside
from common.errors import NotFound
from common.listing import Listing, Sort
from services.invoices.archive.schemas import Category, CategoryQuery

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


async def find_category(conn: Connection, category_id: int) -> Category:
    """One category, counted.

    Raises:
        NotFound: `unknown_category`.
    """
    row = await conn.fetchrow(sql.find_category, category_id)
    if row is None:
        raise _unknown(category_id)
    return Category(**row)


async def search_categories(conn: Connection, text: str, limit: int) -> list[Category]:
    """Categories whose name has `text` in it, by name."""
    query = CategoryQuery(q=text, limit=limit)
    return (await CATEGORIES.page(conn, query, lambda row: Category(**row))).items


async def check_category(conn: Connection, category_id: int) -> None:
    """Refuse a category that is not there: an empty list would look like an answer."""
    if not await conn.fetchval(sql.has_category, category_id):
        raise _unknown(category_id)


def _unknown(category_id: int) -> NotFound:
    return NotFound("There is no such category.", code="unknown_category", params={"id": category_id})
