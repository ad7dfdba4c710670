"""The rows of all days over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from common.auth import Viewer
from common.inside import CoreOf
from common.listing import Page
from common.problem import problems
from services.invoices.archive.repository import CATEGORIES, CATEGORY_ROWS, ROWS, check_category
from services.invoices.archive.schemas import ArchivedRow, ArchiveQuery, Category, CategoryQuery, CategoryRowQuery

router = APIRouter(tags=["archive"])

LARGEST_ID = 2**31 - 1


@router.get("/categories", operation_id="list_categories", summary="Categories of goods, by name")
async def list_categories(core: CoreOf, _: Viewer, query: Annotated[CategoryQuery, Query()]) -> Page[Category]:
    async with core.db.connection() as conn:
        return await CATEGORIES.page(conn, query, lambda row: Category(**row))


@router.get(
    "/categories/{category_id}/rows",
    operation_id="list_category_rows",
    summary="All invoices of a category, newest first",
    responses=problems(404),
)
async def list_category_rows(
    category_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
    core: CoreOf,
    _: Viewer,
    query: Annotated[CategoryRowQuery, Query()],
) -> Page[ArchivedRow]:
    async with core.db.connection() as conn:
        await check_category(conn, category_id)
        return await CATEGORY_ROWS.page(conn, query, ArchivedRow.of, within={"category_id": category_id})


@router.get("/rows", operation_id="list_rows", summary="Invoices of all days, newest first")
async def list_rows(core: CoreOf, _: Viewer, query: Annotated[ArchiveQuery, Query()]) -> Page[ArchivedRow]:
    async with core.db.connection() as conn:
        return await ROWS.page(conn, query, ArchivedRow.of)
