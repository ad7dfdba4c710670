"""Rows of all days, over HTTP: by category, by invoice number; pages cost the same however much there is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg
import pytest

from common.app import create_service_app
from services.invoices.archive.repository import CATEGORIES, CATEGORY_ROWS, ROWS
from services.invoices.archive.schemas import ArchiveQuery, CategoryRowQuery
from services.invoices.main import SERVICE
from tests.support.api import client, serving
from tests.support.inbox_site import MORNING, InboxSite, lines, open_inbox_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    import httpx

    from common.listing import Listing, ListQuery
    from tests.support.servers import DatabaseUrl

MANY_ROWS = """
WITH session AS (
    INSERT INTO sessions (business_date, state, reason)
    SELECT date '2025-01-01' + n, 'closed', 'completed' FROM generate_series(0, 99) AS n RETURNING id, business_date
), file AS (
    INSERT INTO files (sha256, name, source, size_bytes, business_date, received_at, state, session_id)
    SELECT id::text, 'a.txt', 'ftp', 1, business_date, now(), 'imported', id FROM session RETURNING id, session_id
)
INSERT INTO rows (file_id, session_id, line_number, invoice_number, quantity, description, value, status)
SELECT id, session_id, n, 600000000 + n, 1, 'Toys', 1, 'valid' FROM file, generate_series(1, 400) AS n
"""
MANY_KINDS = """
WITH kinds AS (
    INSERT INTO categories (key, name, row_count) SELECT n::text, 'Kind ' || n, 4000 FROM generate_series(1, 50) AS n
    RETURNING id
), rare AS (
    INSERT INTO categories (key, name, row_count) VALUES ('rare', 'Rare', 8) RETURNING id
)
UPDATE rows
   SET category_ids = ARRAY(SELECT kinds.id FROM kinds WHERE kinds.id % 10 = rows.id % 10)
                      || CASE WHEN rows.id % 5000 = 11 THEN ARRAY(SELECT id FROM rare) ELSE '{}' END
"""


@pytest.fixture
async def api(inbox_site: InboxSite) -> AsyncIterator[httpx.AsyncClient]:
    shift = int((MORNING - datetime.now(UTC)).total_seconds())
    settings = inbox_site.settings.model_copy(update={"clock_shift_seconds": shift})
    async with serving(create_service_app(SERVICE, settings)) as app, client(app, role="viewer") as caller:
        yield caller


async def import_days(site: InboxSite) -> None:
    """Thursday's file and Friday's."""
    site.clock.advance(days=-1)
    site.drop(lines(600000001, 600000002, description="Toys,Pet mat"), name="Letture20261119190411123_2.txt")
    await site.pick_up()
    site.clock.advance(days=1)
    await site.available(600000001)
    site.drop(lines(600000001, 600000003, description="pet\u00a0MAT"))
    await site.pick_up()


async def explain(site: InboxSite, listing: Listing, query: ListQuery, within: dict[str, object]) -> str:
    """The plan of a page that follows another."""
    async with site.core.db.connection() as conn:
        first = await listing.page(conn, query, dict, within=within)
        following = query.model_copy(update={"cursor": first.next})
        digested = following.digested() | {name: str(value) for name, value in within.items()}
        cursor = listing._cursor(following, digested) if first.next else None
        statement = listing._statement(following, cursor, within)
        return "\n".join(row[0] for row in await conn.fetch("EXPLAIN " + statement.text(), *statement.values))


async def test_categories_are_counted_and_searched(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    await import_days(inbox_site)
    items = (await api.get("/v1/categories")).json()["items"]
    assert [(item["name"], item["rows"]) for item in items] == [("Pet mat", 4), ("Toys", 2)]
    items = (await api.get("/v1/categories", params={"q": "toy"})).json()["items"]
    assert [item["name"] for item in items] == ["Toys"]


async def test_all_invoices_of_a_category_over_all_days_newest_first(
    api: httpx.AsyncClient, inbox_site: InboxSite
) -> None:
    await import_days(inbox_site)
    mat = (await api.get("/v1/categories", params={"q": "mat"})).json()["items"][0]["id"]
    seen, cursor = [], None
    while True:
        query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await api.get(f"/v1/categories/{mat}/rows", params=query)).json()
        seen += [(row["business_date"], row["invoice_number"]) for row in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert seen == [
        ("2026-11-20", 600000003),
        ("2026-11-20", 600000001),
        ("2026-11-19", 600000002),
        ("2026-11-19", 600000001),
    ]
    of_day = (await api.get(f"/v1/categories/{mat}/rows", params={"date": "2026-11-19..2026-11-19"})).json()["items"]
    assert len(of_day) == 2


async def test_an_unknown_category_is_told(api: httpx.AsyncClient) -> None:
    answer = await api.get("/v1/categories/77/rows")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_category")
    assert (await api.get("/v1/categories/99999999999/rows")).status_code == 422


async def test_a_category_has_a_name_of_its_own_and_is_found_by_it(
    api: httpx.AsyncClient, inbox_site: InboxSite
) -> None:
    await import_days(inbox_site)
    (hit,) = list((await api.get("/v1/search", params={"q": "pet"})).json()["items"])
    assert (hit["kind"], hit["title"], hit["detail"]) == ("category", "Pet mat", "4 invoices, over all days")
    assert hit["link"] == f"/invoices/archive?category={hit['id']}"
    found = (await api.get(f"/v1/categories/{hit['id']}")).json()
    assert found == {"id": int(hit["id"]), "name": "Pet mat", "rows": 4}
    answer = await api.get("/v1/categories/77")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_category")


async def test_the_csv_has_the_rows_that_one_sees(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    await import_days(inbox_site)
    toys = (await api.get("/v1/categories", params={"q": "toy"})).json()["items"][0]["id"]
    for path, query in (("rows", {"status": "valid"}), (f"categories/{toys}/rows", {"date": "2026-11-19..2026-11-19"})):
        seen = (await api.get(f"/v1/{path}", params=query)).json()["items"]
        answer = await api.get(f"/v1/{path}.csv", params=query)
        assert answer.headers["content-disposition"].startswith("attachment;")
        heading, *told = answer.content.decode("utf-8-sig").splitlines()
        assert heading == "business_date,invoice_number,status,quantity,description,value,file_name,line_number"
        assert [line.split(",")[:3] for line in told] == [
            [row["business_date"], str(row["invoice_number"]), row["status"]] for row in seen
        ]
        assert told
    assert (await api.get("/v1/categories/77/rows.csv")).status_code == 404


async def test_an_invoice_is_found_on_all_its_days(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    await import_days(inbox_site)

    async def days(**query: str) -> list[tuple[str, str]]:
        items = (await api.get("/v1/rows", params={"invoice_number": "600000001"} | query)).json()["items"]
        return [(item["business_date"], item["status"]) for item in items]

    assert await days() == [("2026-11-20", "valid"), ("2026-11-19", "not_found")]
    assert await days(status="valid") == [("2026-11-20", "valid")]
    assert await days(date="..2026-11-19") == [("2026-11-19", "not_found")]
    assert (await api.get("/v1/rows", params={"invoice_number": "x"})).status_code == 422


async def test_all_invoices_of_a_category_are_one_indexed_query(
    make_database: Callable[..., DatabaseUrl], tmp_path: Path
) -> None:
    url = make_database(*SERVICE.components)
    owner = await asyncpg.connect(url.owner)
    await owner.execute(MANY_ROWS)
    await owner.execute(MANY_KINDS)
    await owner.execute("VACUUM ANALYZE rows")  # as autovacuum does after an import
    frequent, rare = await owner.fetchrow("SELECT min(id), max(id) FROM categories")
    await owner.close()
    async with open_inbox_site(url, make_database(), tmp_path) as site:
        of_rare = await explain(site, CATEGORY_ROWS, CategoryRowQuery(limit=1), {"category_ids": [rare]})
        plan = await explain(site, CATEGORY_ROWS, CategoryRowQuery(), {"category_ids": [frequent]})
    assert "rows_category_ids_idx" in of_rare, of_rare
    assert "Seq Scan on rows" not in of_rare, of_rare
    assert "rows_pkey" in plan, plan
    assert "Sort" not in plan, plan
    assert "Seq Scan on rows" not in plan, plan


async def test_pages_come_from_an_index_without_sorting(inbox_site: InboxSite) -> None:
    async with inbox_site.core.db.connection() as conn:
        await conn.execute(MANY_ROWS)
        await conn.execute(MANY_KINDS)
    plan = await explain(inbox_site, ROWS, ArchiveQuery(invoice_number=600000007), {})
    assert "rows_invoice_number_session_id_key" in plan or "rows_pkey" in plan, plan
    assert "Seq Scan on rows" not in plan, plan
    async with inbox_site.core.db.connection() as conn:
        page = await CATEGORIES.page(conn, CategoryRowQuery(limit=2), dict)
    assert page.items[0]["rows"] == 4000
