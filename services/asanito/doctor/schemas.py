"""What callers get from the doctor."""

from pydantic import BaseModel, Field

from services.asanito.doctor.rules import Level


class DoctorFinding(BaseModel):
    """One thing that was looked at."""

    name: str
    level: Level
    detail: str
    fix: str = Field(description="A statement or a step that mends it; empty when there is nothing to mend.")


class DoctorReport(BaseModel):
    """Everything that was looked at."""

    ok: bool = Field(description="No problem among the findings; advice may be.")
    findings: list[DoctorFinding]
