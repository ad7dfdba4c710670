"""The HTTP control of the warehouse: state, settings, files, faults by name, the played day; and the page at `/`."""

from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException
from pydantic import BaseModel, Field

from sandbox.control import outside_app
from sandbox.mail.pages import mail_router
from sandbox.warehouse.day import ROWS
from sandbox.warehouse.letture import Kind
from sandbox.warehouse.server import Warehouse


class DropRequest(BaseModel, extra="forbid"):
    kind: Kind = "day"
    rows: int = Field(default=ROWS, ge=1, le=90_000)
    seed: int | None = None
    slow_seconds: float = Field(default=0, ge=0, le=600)
    stocked: bool = True


class DayRequest(BaseModel, extra="forbid"):
    by_hand: bool = True
    rows: int = Field(default=ROWS, ge=1, le=90_000)


class HabitsRequest(BaseModel, extra="forbid"):
    """What is left out stays as it is."""

    delay_seconds: float | None = Field(default=None, ge=0)
    removes_files: bool | None = None
    processing_seconds: float | None = Field(default=None, ge=0)
    processing_paused: bool | None = None
    processing_stop_at: int | None = Field(default=None, ge=0)
    view_hidden: bool | None = None


class ProcessRequest(BaseModel, extra="forbid"):
    shipments: int | None = Field(default=None, ge=1)


class LineRequest(BaseModel, extra="forbid"):
    text: str


def create_app(warehouse: Warehouse, http_port: int) -> FastAPI:
    routers = [router(warehouse) for router in (_habit_router, _action_router, _log_router)]
    routers.append(mail_router(warehouse.mail.store))
    return outside_app(warehouse, http_port, title="a warehouse's outside", page="warehouse.html", routers=routers)


def _habit_router(warehouse: Warehouse) -> APIRouter:
    router = APIRouter(prefix="/_sandbox", tags=["warehouse"])

    @router.patch("/state")
    async def change_habits(request: HabitsRequest) -> dict[str, Any]:
        """Habits of the consumer, pace of the processing, whether the view is there."""
        await warehouse.change(request.model_dump(exclude_unset=True))
        return await warehouse.state()

    @router.post("/reset", status_code=204)
    async def reset() -> None:
        await warehouse.reset()

    return router


def _action_router(warehouse: Warehouse) -> APIRouter:
    router = APIRouter(prefix="/_sandbox", tags=["warehouse"])

    @router.post("/drop", status_code=201)
    async def drop(request: DropRequest) -> dict[str, Any]:
        """A Letture file arrives; the answer tells what is true about it."""
        return await warehouse.sender.drop(
            request.kind, request.rows, seed=request.seed, slow_seconds=request.slow_seconds, stocked=request.stocked
        )

    @router.post("/day", status_code=202)
    async def play_day(request: DayRequest) -> dict[str, Any]:
        if not warehouse.day.play(by_hand=request.by_hand, rows=request.rows):
            raise HTTPException(409, "A day is being played already.")
        return warehouse.day.describe()

    @router.delete("/day", status_code=204)
    async def stop_day() -> None:
        await warehouse.day.stop()

    @router.post("/process")
    async def process(request: ProcessRequest) -> dict[str, int]:
        """Shipments are processed at once, without waiting for the pace."""
        if warehouse.customer is None:
            raise HTTPException(409, "No customer database is attached.")
        return {"processed": await warehouse.customer.advance(request.shipments)}

    return router


def _log_router(warehouse: Warehouse) -> APIRouter:
    router = APIRouter(prefix="/_sandbox", tags=["ssh"])

    @router.post("/log/rotate", status_code=204)
    def rotate_log() -> None:
        warehouse.ssh.log.rotate()

    @router.post("/log/line", status_code=204)
    def write_line(request: LineRequest) -> None:
        """A line of somebody else, with the time in front."""
        warehouse.ssh.log.append(request.text)

    @router.post("/host-key")
    async def change_host_key() -> dict[str, str]:
        return {"host_key": await warehouse.ssh.change_host_key()}

    @router.delete("/host-key")
    async def restore_host_key() -> dict[str, str]:
        return {"host_key": await warehouse.ssh.restore_host_key()}

    return router
