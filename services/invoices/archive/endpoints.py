"""The rows of all days over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from common.auth import Viewer
from common.csv_export import csv_response
from common.inside import CoreOf
from common.listing import Page
from common.problem import problems
from services.invoices.archive.repository import CATEGORIES, CATEGORY_ROWS, ROWS, check_category, find_category
from services.invoices.archive.schemas import CSV, ArchivedRow, ArchiveQuery, Category, CategoryQuery, CategoryRowQuery

router = APIRouter(tags=["archive"])

LARGEST_ID = 2**31 - 1
CategoryId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
RowsOf = Annotated[ArchiveQuery, Query()]
CategoryRowsOf = Annotated[CategoryRowQuery, Query()]


@router.get("/categories", operation_id="list_categories", summary="Categories of goods, by name")
async def list_categories(core: CoreOf, _: Viewer, query: Annotated[CategoryQuery, Query()]) -> Page[Category]:
    async with core.db.connection() as conn:
        return await CATEGORIES.page(conn, query, lambda row: Category(**row))


@router.get("/categories/{category_id}", operation_id="get_category", summary="A category", responses=problems(404))
async def get_category(category_id: CategoryId, core: CoreOf, _: Viewer) -> Category:
    async with core.db.connection() as conn:
        return await find_category(conn, category_id)


@router.get(
    "/categories/{category_id}/rows",
    operation_id="list_category_rows",
    summary="All invoices of a category, newest first",
    responses=problems(404),
)
async def list_category_rows(
    category_id: CategoryId, core: CoreOf, _: Viewer, query: CategoryRowsOf
) -> Page[ArchivedRow]:
    async with core.db.connection() as conn:
        await check_category(conn, category_id)
        return await CATEGORY_ROWS.page(conn, query, ArchivedRow.of, within={"category_ids": [category_id]})


@router.get(
    "/categories/{category_id}/rows.csv",
    operation_id="export_category_rows",
    summary="All invoices of a category as CSV",
    response_class=StreamingResponse,
    responses=problems(404),
)
async def export_category_rows(
    category_id: CategoryId, core: CoreOf, _: Viewer, query: CategoryRowsOf
) -> StreamingResponse:
    async with core.db.connection() as conn:
        await check_category(conn, category_id)
    rows = CATEGORY_ROWS.every(core.db, query, within={"category_ids": [category_id]})
    return csv_response(rows, CSV, name=f"invoices-of-category-{category_id}.csv")


@router.get("/rows.csv", operation_id="export_rows", summary="The same rows as CSV", response_class=StreamingResponse)
async def export_rows(core: CoreOf, _: Viewer, query: RowsOf) -> StreamingResponse:
    return csv_response(ROWS.every(core.db, query), CSV, name="invoices.csv")


@router.get("/rows", operation_id="list_rows", summary="Invoices of all days, newest first")
async def list_rows(core: CoreOf, _: Viewer, query: RowsOf) -> Page[ArchivedRow]:
    async with core.db.connection() as conn:
        return await ROWS.page(conn, query, ArchivedRow.of)
