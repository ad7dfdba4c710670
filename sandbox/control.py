"""The HTTP side that every sandbox process has: page, journal, faults, clock, and the doors of its systems."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

from sandbox.kit import ClockMode, Fault, Kind, Kit
from sandbox.outside import Outside

PAGES = Path(__file__).with_name("pages")


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


class SystemRequest(BaseModel, extra="forbid"):
    up: bool | None = None
    frozen: bool | None = None


def outside_app(outside: Outside, http_port: int, *, title: str, page: str, routers: Iterable[APIRouter]) -> FastAPI:
    """The control of one site: what all have, its own `routers`, and the page `pages/<page>` at `/`."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        try:
            await outside.open(http_port)
            yield
        finally:
            await outside.close()

    app = FastAPI(title=f"Sandbox: {title}", lifespan=lifespan, redoc_url=None, docs_url=None)
    for router in (kit_router(outside.kit), outside_router(outside), *routers):
        app.include_router(router)
    app.mount("/pages", StaticFiles(directory=PAGES))

    @app.get("/", include_in_schema=False)
    def show_page() -> FileResponse:
        return FileResponse(PAGES / page)

    return app


def outside_router(outside: Outside) -> APIRouter:
    router = APIRouter(prefix="/_sandbox", tags=["state"])

    @router.get("/state")
    async def read_state() -> dict[str, Any]:
        return await outside.state()

    @router.patch("/systems/{name}", status_code=204)
    async def change_system(name: str, request: SystemRequest) -> None:
        """Stop and start a server, freeze and thaw its connections."""
        if name not in outside.systems:
            raise HTTPException(404, f"There is no system {name}; there are {', '.join(outside.systems)}.")
        try:
            if request.up is not None:
                await outside.put_up(name, up=request.up)
            if request.frozen is not None:
                outside.freeze(name, frozen=request.frozen)
        except KeyError as error:
            raise HTTPException(409, f"{name} cannot do that: no gate stands before it.") from error

    return router


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
