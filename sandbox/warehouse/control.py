"""The HTTP control of the warehouse: state, settings, files, faults by name, the played day; and the page at `/`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

from sandbox.control import kit_router
from sandbox.mail.pages import mail_router
from sandbox.warehouse.day import ROWS
from sandbox.warehouse.letture import Kind
from sandbox.warehouse.server import Warehouse

PAGES = Path(__file__).parents[1] / "pages"

System = Literal["inbox", "delivery", "ssh", "mail", "customer"]


class DropRequest(BaseModel, extra="forbid"):
    kind: Kind = "day"
    rows: int = Field(default=ROWS, ge=1, le=90_000)
    seed: int | None = None
    slow_seconds: float = Field(default=0, ge=0, le=600)
    stocked: bool = True


class DayRequest(BaseModel, extra="forbid"):
    by_hand: bool = True
    rows: int = Field(default=ROWS, ge=1, le=90_000)


class SystemRequest(BaseModel, extra="forbid"):
    up: bool | None = None
    frozen: bool | None = None


class Settings(BaseModel, extra="forbid"):
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
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        try:
            await warehouse.open(http_port)
            yield
        finally:
            await warehouse.close()

    app = FastAPI(title="Sandbox: a warehouse's outside", lifespan=lifespan, redoc_url=None, docs_url=None)
    app.include_router(kit_router(warehouse.kit))
    app.include_router(_state_router(warehouse))
    app.include_router(_action_router(warehouse))
    app.include_router(_log_router(warehouse))
    app.include_router(mail_router(warehouse.mail.store))
    app.mount("/pages", StaticFiles(directory=PAGES))

    @app.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(PAGES / "index.html")

    return app


def _state_router(warehouse: Warehouse) -> APIRouter:
    router = APIRouter(prefix="/_sandbox", tags=["warehouse"])

    @router.get("/state")
    async def read_state() -> dict[str, Any]:
        return await warehouse.state()

    @router.patch("/state")
    async def change_settings(request: Settings) -> dict[str, Any]:
        """Habits of the consumer, pace of the processing, whether the view is there."""
        await warehouse.change(request.model_dump(exclude_unset=True))
        return await warehouse.state()

    @router.post("/reset", status_code=204)
    async def reset() -> None:
        await warehouse.reset()

    @router.patch("/systems/{name}", status_code=204)
    async def change_system(name: System, request: SystemRequest) -> None:
        """Stop and start a server, freeze and thaw a connection."""
        try:
            if request.up is not None:
                await warehouse.put_up(name, up=request.up)
            if request.frozen is not None:
                warehouse.freeze(name, frozen=request.frozen)
        except KeyError as error:
            raise HTTPException(409, f"{name} cannot do that: no gate stands before it.") from error

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
