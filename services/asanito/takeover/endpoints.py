"""What was taken over from the application before, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query

from common.auth import Operator
from common.inside import CoreOf
from services.asanito.takeover.repository import TakeOverRepository
from services.asanito.takeover.schemas import InheritedCount, InheritedRecord, InheritedTable, TakeOverReport

router = APIRouter(tags=["records"])

MOST_AMBIGUOUS = 1000


@router.get("/takeover", operation_id="get_takeover", summary="What was taken over, with a sample to check by hand")
async def get_takeover(
    core: CoreOf, _: Operator, sample: Annotated[int, Query(ge=1, le=200, description="Records of each kind.")] = 10
) -> TakeOverReport:
    async with core.db.connection() as conn:
        repository = TakeOverRepository(conn)
        return TakeOverReport(
            counts=[InheritedCount(**row) for row in await repository.counts()],
            ambiguous=[InheritedRecord(**row) for row in await repository.ambiguous(MOST_AMBIGUOUS)],
            sample=[InheritedRecord(**row) for row in await repository.sample(sample)],
            tables=[InheritedTable(**row) for row in await repository.taken_tables()],
        )
