"""The money check over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query

from common.auth import Operator
from services.asanito.inside import ResourcesOf
from services.asanito.money.schemas import MoneyCheck, MoneyQuery

router = APIRouter(tags=["money"])


@router.get("/money", operation_id="check_money", summary="Sums of the source beside the sums that were posted")
async def check_money(resources: ResourcesOf, _: Operator, query: Annotated[MoneyQuery, Query()]) -> MoneyCheck:
    return await resources.money.check(query.since, query.until, balances=query.balances)
