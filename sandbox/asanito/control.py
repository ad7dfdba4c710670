"""The HTTP control of the gym chain's outside: state, books, requests, faults, the growing source; the page at `/`."""

from dataclasses import asdict
from datetime import date
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException
from pydantic import BaseModel, Field

from sandbox.asanito.books import Person
from sandbox.asanito.door import Weather
from sandbox.asanito.server import Asanito
from sandbox.asanito.source.accountant import Assumptions
from sandbox.asanito.source.growth import Growth, Removal, Table
from sandbox.asanito.source.mappings import Mappings
from sandbox.asanito.tenants import CUSTOMER_IDS, Tenant
from sandbox.control import outside_app
from sandbox.kit import Kind


class HabitsRequest(BaseModel, extra="forbid"):
    """What is left out stays as it is; `null` takes a limit away."""

    future_dates: bool | None = None
    strict_words: bool | None = None
    edit_confirmed: bool | None = None
    calls_per_second: float | None = Field(default=None, gt=0)
    latency_seconds: float | None = Field(default=None, ge=0)
    token_calls: int | None = Field(default=None, ge=1)


class EndpointsRequest(BaseModel, extra="forbid"):
    off: list[str]


class WeatherRequest(BaseModel, extra="forbid"):
    seed: int = 0
    rate: float = Field(default=0.0, ge=0, le=1)
    kinds: list[Kind] | None = None
    operations: list[str] = []
    limit: int | None = Field(default=None, ge=0)


class SeedRequest(BaseModel, extra="forbid"):
    size: int = Field(default=300, ge=0, le=200_000)
    seed: int = 1
    until: date | None = None
    members: int = Field(default=0, ge=0, le=5_000_000, description="plain members on top, made by the server")
    indexes: bool = True


class GrowthRequest(BaseModel, extra="forbid"):
    table: Table
    count: int = Field(default=1, ge=1, le=100_000)
    seed: int | None = None
    how: Removal = "flag"


class DayRequest(BaseModel, extra="forbid"):
    size: int = Field(default=60, ge=1, le=10_000)
    seed: int | None = None


class AssumptionsRequest(BaseModel, extra="forbid"):
    triggers: dict[int, int] = Field(default={}, description="product code of the source → funnel level of its deals")


class OldApplicationRequest(BaseModel, extra="forbid"):
    share: float = Field(default=0.5, ge=0, le=1)


class ResetRequest(BaseModel, extra="forbid"):
    size: int | None = Field(default=None, ge=0)
    seed: int | None = None


def create_app(world: Asanito, http_port: int) -> FastAPI:
    routers = (_reset_router, _target_router, _habit_router, _expectation_router, _book_router, _source_router)
    made = [router(world) for router in routers]
    return outside_app(world, http_port, title="the gym chain's outside", page="asanito.html", routers=made)


def _reset_router(world: Asanito) -> APIRouter:
    router = APIRouter(prefix="/_sandbox", tags=["state"])

    @router.post("/reset", status_code=204)
    async def reset(request: ResetRequest | None = None) -> None:
        """Both sides as on the first day."""
        wanted = request or ResetRequest()
        await world.reset(wanted.size, wanted.seed)

    return router


def _target_router(world: Asanito) -> APIRouter:
    router = APIRouter(prefix="/_sandbox/asanito", tags=["asanito"])

    @router.get("/books")
    def read_books(customer_id: int = CUSTOMER_IDS[0]) -> dict[str, Any]:
        return _tenant(world, customer_id).books.describe()

    @router.get("/contacts")
    def newest_contacts(limit: int = 5) -> dict[str, Any]:
        """For the page: the newest contacts of the first tenant."""
        newest = world.tenants.first.books.all(Person)[: -limit - 1 : -1]
        return {"items": [asdict(person) for person in newest]}

    @router.get("/options")
    def read_options(customer_id: int = CUSTOMER_IDS[0]) -> dict[str, Any]:
        """The ids that a client may refer to."""
        return _tenant(world, customer_id).choices.describe()

    @router.get("/requests")
    def read_requests(operation: str = "", after: int = 0, limit: int = 50_000) -> dict[str, Any]:
        """Every request with its body, as JSON; passwords left out."""
        found = [one for one in world.door.asked if one.seq > after and operation in ("", one.operation)]
        return {"items": [asdict(one) for one in found[-limit:]]}

    @router.delete("/requests", status_code=204)
    def forget_requests() -> None:
        world.door.forget()

    return router


def _expectation_router(world: Asanito) -> APIRouter:
    router = APIRouter(prefix="/_sandbox/asanito", tags=["expected books"])

    @router.post("/compare")
    async def compare() -> dict[str, Any]:
        """One sentence per difference. None: that state is the basis for what changes later."""
        _growth(world)
        return {"items": await world.compare()}

    @router.post("/close", status_code=204)
    async def close_books() -> None:
        """Take the present source for synchronised, without looking at the target."""
        _growth(world)
        world.accountant = await world.expected()

    @router.get("/expected")
    async def read_expected() -> dict[str, Any]:
        """The expected books by source key, and why which record is not in them."""
        _growth(world)
        expected = await world.expected()
        names = ("contacts", "products", "invoices", "incomes")
        found: dict[str, Any] = {
            name: {str(key): asdict(one) for key, one in getattr(expected, name).items()} for name in names
        }
        deals = [asdict(one) for one in expected.deals.values()]
        wallets = {str(person): amount for person, amount in expected.wallets().items()}
        return {**found, "deals": deals, "wallets": wallets, "reasons": expected.reasons}

    @router.put("/assumptions", status_code=204)
    def change_assumptions(request: AssumptionsRequest) -> None:
        """How the service is set up, as far as the books depend on it."""
        world.assumptions = Assumptions(triggers=request.triggers)

    return router


def _habit_router(world: Asanito) -> APIRouter:
    router = APIRouter(prefix="/_sandbox/asanito", tags=["asanito"])

    @router.patch("/state", status_code=204)
    def change_habits(request: HabitsRequest) -> None:
        for name in request.model_fields_set:
            value = getattr(request, name)
            setattr(world.tenants if name == "token_calls" else world.door.habits, name, value)

    @router.put("/endpoints", status_code=204)
    def switch_endpoints(request: EndpointsRequest, customer_id: int = CUSTOMER_IDS[0]) -> None:
        """Those named answer 404, as if they did not exist; all others are there."""
        _tenant(world, customer_id).switched_off = set(request.off)

    @router.post("/tokens/expire")
    def expire_tokens() -> dict[str, int]:
        return {"expired": world.tenants.expire()}

    @router.put("/weather")
    def change_weather(request: WeatherRequest) -> dict[str, Any]:
        """Random faults from a seed; a rate of 0 ends them."""
        given = request.model_dump(exclude_none=True)
        world.door.weather = Weather(**given)
        return world.door.weather.describe()

    return router


def _book_router(world: Asanito) -> APIRouter:
    router = APIRouter(prefix="/_sandbox/asanito", tags=["asanito"])

    @router.post("/snapshot", status_code=204)
    def take_snapshot() -> None:
        world.take_snapshot()

    @router.post("/restore", status_code=204)
    def restore_snapshot() -> None:
        if not world.restore_snapshot():
            raise HTTPException(409, "There is no snapshot.")

    @router.post("/reset", status_code=204)
    async def reset_target() -> None:
        """The target alone: empty books, no faults. The source stays as it is."""
        await world.reset_target()

    @router.get("/mappings")
    def read_mappings() -> dict[str, Any]:
        """What an operator of the demo maps, by mapping type."""
        return asdict(world.mappings)

    @router.put("/mappings", status_code=204)
    def change_mappings(changes: dict[str, dict[str, int]]) -> None:
        """Whole mapping types, for the expected books; those left out stay as they are."""
        world.mappings = Mappings(**{**asdict(world.mappings), **changes})

    return router


def _source_router(world: Asanito) -> APIRouter:
    router = APIRouter(prefix="/_sandbox/asanito/source", tags=["source"])

    @router.post("/seed", status_code=201)
    async def seed(request: SeedRequest) -> dict[str, int]:
        """The six tables afresh; rows by table."""
        _growth(world)
        assert world.source is not None  # noqa: S101 - growth has one
        until = request.until or world.kit.clock.today()
        return await world.source.seed(
            request.size, request.seed, until, indexes=request.indexes, members=request.members
        )

    @router.post("/day", status_code=201)
    async def add_day(request: DayRequest) -> dict[str, int]:
        """A day's business; rows by table."""
        return await _growth(world).day(request.size, request.seed)

    @router.post("/versions", status_code=201)
    async def add_versions(request: GrowthRequest) -> dict[str, list[str]]:
        if request.table not in {"membership", "service"}:
            raise HTTPException(422, "Only members and services have versions.")
        return {"keys": await _growth(world).versions(request.table, request.count, request.seed)}

    @router.post("/edits", status_code=201)
    async def edit_rows(request: GrowthRequest) -> dict[str, list[str]]:
        return {"keys": await _growth(world).edits(request.table, request.count, request.seed)}

    @router.post("/deletions", status_code=201)
    async def delete_rows(request: GrowthRequest) -> dict[str, list[str]]:
        return {"keys": await _growth(world).deletions(request.table, request.count, request.how, request.seed)}

    @router.post("/late", status_code=201)
    async def commit_late(request: GrowthRequest) -> dict[str, list[str]]:
        """New rows with numbers lower than the newest."""
        return {"keys": await _growth(world).late(request.table, request.count, request.seed)}

    @router.post("/old-application", status_code=201)
    async def play_old_application(request: OldApplicationRequest) -> dict[str, int]:
        """Its five tables, and a share of the records already in the target, with their ids in the source."""
        _growth(world)
        return await world.leave_behind(request.share)

    @router.get("/rows/{table}")
    async def read_rows(table: str) -> dict[str, Any]:
        """The whole table as it is, for small ones."""
        _growth(world)
        assert world.source is not None  # noqa: S101 - growth has one
        return {"items": (await world.source.rows([table]))[table]}

    return router


def _tenant(world: Asanito, customer_id: int) -> Tenant:
    if customer_id not in world.tenants.by_customer:
        raise HTTPException(404, "There is no such tenant.")
    return world.tenants.by_customer[customer_id]


def _growth(world: Asanito) -> Growth:
    if world.growth is None:
        raise HTTPException(409, "No source database is attached.")
    return world.growth
