"""The history over HTTP."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query

from common.auth import Viewer
from common.errors import InvalidInput
from common.inside import CoreOf
from common.listing import Page
from services.invoices.history.repository import read_days, read_timeline
from services.invoices.history.schemas import LONGEST, DayFigures, StatisticsQuery, Timeline
from services.invoices.inside import ResourcesOf
from services.invoices.options import SiteOptions

router = APIRouter(tags=["history"])

MONTH = timedelta(days=30)
Day = Annotated[date, Path(ge=date(2000, 1, 1), le=date(2200, 1, 1))]


@router.get("/sessions/{day}/timeline", operation_id="get_timeline", summary="What happened on a day, in order")
async def get_timeline(day: Day, core: CoreOf, _: Viewer) -> Timeline:
    zone = (await core.options.get(SiteOptions)).tz
    async with core.db.connection() as conn:
        return await read_timeline(conn, day, zone)


@router.get("/statistics", operation_id="get_statistics", summary="The days in figures, oldest first")
async def get_statistics(
    core: CoreOf, resources: ResourcesOf, _: Viewer, query: Annotated[StatisticsQuery, Query()]
) -> Page[DayFigures]:
    until = query.until or await resources.sessions.today()
    since = query.since or until - min(MONTH, until - date.min)
    if not timedelta(0) <= until - since <= LONGEST:
        raise InvalidInput("`from` must lie before `to`, by at most 366 days.", code="range_too_long")
    async with core.db.connection() as conn:
        return Page[DayFigures](items=await read_days(conn, since, until))
