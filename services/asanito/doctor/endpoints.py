"""The doctor over HTTP."""

from dataclasses import asdict

from fastapi import APIRouter

from common.auth import Operator
from services.asanito.doctor.schemas import DoctorFinding, DoctorReport
from services.asanito.inside import ResourcesOf

router = APIRouter(tags=["connections"])


@router.get("/doctor", operation_id="get_doctor", summary="What an administrator has to see to, and how")
async def get_doctor(resources: ResourcesOf, _: Operator) -> DoctorReport:
    findings = await resources.doctor.examine()
    return DoctorReport(
        ok=all(one.level != "problem" for one in findings), findings=[DoctorFinding(**asdict(one)) for one in findings]
    )
