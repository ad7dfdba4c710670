"""The doctor over HTTP."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends

from common.auth import Operator
from common.inside import resources_of
from services.asanito.doctor.schemas import DoctorFinding, DoctorReport

if TYPE_CHECKING:
    from services.asanito.resources import Resources

    ResourcesOf: TypeAlias = Resources
else:
    ResourcesOf = Annotated[Any, Depends(resources_of)]

router = APIRouter(tags=["connections"])


@router.get("/doctor", operation_id="get_doctor", summary="What an administrator has to see to, and how")
async def get_doctor(resources: ResourcesOf, _: Operator) -> DoctorReport:
    findings = await resources.doctor.examine()
    return DoctorReport(
        ok=all(one.level != "problem" for one in findings), findings=[DoctorFinding(**asdict(one)) for one in findings]
    )
