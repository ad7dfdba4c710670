"""The source's rows over HTTP; read-only, whitelisted. Source: domain page 1.6 and case 45."""

from typing import Annotated

from fastapi import APIRouter, Query

from common.auth import Operator
from common.listing import Page
from common.problem import problems
from services.asanito.explorer.schemas import ExplorableTable, ExplorerPage, ExplorerQuery
from services.asanito.inside import ResourcesOf
from services.asanito.source.rules import EXPLORABLE, plain

router = APIRouter(prefix="/explorer", tags=["explorer"])


@router.get("/tables", operation_id="list_explorable_tables", summary="What of the source may be looked at")
async def list_explorable_tables(_: Operator) -> Page[ExplorableTable]:
    items = [ExplorableTable(name=name, columns=list(columns)) for name, columns in EXPLORABLE.items()]
    return Page[ExplorableTable](items=items)


@router.get("/query", operation_id="explore", summary="Rows of the source", responses=problems(502))
async def explore(query: Annotated[ExplorerQuery, Query()], resources: ResourcesOf, _: Operator) -> ExplorerPage:
    found = await resources.reader.explore(
        query.table, query.column, query.value, after=query.after, limit=query.limit + 1
    )
    rows = [{name: plain(value) for name, value in row.items()} for row in found[: query.limit]]
    more = len(found) > query.limit
    return ExplorerPage(
        columns=[*EXPLORABLE[query.table], "idd"], rows=rows, next_after=rows[-1]["idd"] if more else None
    )
