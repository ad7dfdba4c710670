"""The HTTP side of the kit: journal, faults and clock under `/_sandbox`. Mounted by every sandbox process."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from sandbox.kit import ClockMode, Fault, Kind, Kit


class FaultRequest(BaseModel, extra="forbid"):
    """A fault to arm; see `sandbox/README.md` for which kind makes sense where."""

    system: str
    operation: str = "*"
    kind: Kind
    nth: int = Field(default=1, ge=1)
    times: int | None = Field(default=1, ge=1)
    match: str = ""
    status: int = 0
    text: str = ""
    seconds: float = Field(default=0, ge=0)
    bytes: int | None = Field(default=None, ge=0)
    count: int = Field(default=0, ge=0)
    retry_after: str = Field(default="", description="HTTP: goes into the header of a `reply`; seconds or a date")


class ClockRequest(BaseModel, extra="forbid"):
    mode: ClockMode
    at: datetime | None = None


def kit_router(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/_sandbox", tags=["kit"])

    @router.get("/journal")
    def read_journal(
        after: int = 0, system: str = "", operation: str = "", contains: str = "", limit: int = 1000
    ) -> dict[str, Any]:
        found = kit.journal.read(after=after, system=system, operation=operation, contains=contains, limit=limit)
        return {"items": found}

    @router.delete("/journal", status_code=204)
    def clear_journal() -> None:
        kit.journal.clear()

    @router.get("/faults")
    def list_faults() -> dict[str, Any]:
        return {"items": kit.faults.describe()}

    @router.post("/faults", status_code=201)
    def arm_fault(request: FaultRequest) -> dict[str, Any]:
        fault = kit.faults.arm(Fault(**request.model_dump()))
        return {"id": fault.id}

    @router.delete("/faults", status_code=204)
    def disarm_all() -> None:
        kit.faults.disarm()

    @router.delete("/faults/{fault_id}", status_code=204)
    def disarm_one(fault_id: int) -> None:
        if not kit.faults.disarm([fault_id]):
            raise HTTPException(404, "There is no such fault; it may have struck already.")

    @router.get("/clock")
    def read_clock() -> dict[str, str]:
        return kit.clock.describe()

    @router.put("/clock")
    def set_clock(request: ClockRequest) -> dict[str, str]:
        kit.clock.set(request.mode, request.at)
        return kit.clock.describe()

    return router
