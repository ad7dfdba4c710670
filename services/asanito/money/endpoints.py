"""The money check over HTTP."""

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, Query

from common.auth import Operator
from common.inside import resources_of
from services.asanito.money.schemas import MoneyCheck, MoneyQuery

if TYPE_CHECKING:
    from services.asanito.resources import Resources

    ResourcesOf: TypeAlias = Resources
else:
    ResourcesOf = Annotated[Any, Depends(resources_of)]

router = APIRouter(tags=["money"])


@router.get("/money", operation_id="check_money", summary="Sums of the source beside the sums that were posted")
async def check_money(resources: ResourcesOf, _: Operator, query: Annotated[MoneyQuery, Query()]) -> MoneyCheck:
    return await resources.money.check(query.since, query.until, balances=query.balances)
