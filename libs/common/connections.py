"""Outside systems and a test of each, step by step. Used by every service.

    async def probe(step: Steps) -> None:                         # in the adapter
        async with step("connect"):
            client = await connect(...)
        async with step("list", seconds=10) as said:
            said(f"{len(await client.list())} files")

The first step that fails ends the test; its sentence tells an administrator what to look at. The last test is kept.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit

import structlog
from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel

from common import audit
from common.auth import Operator, Viewer
from common.errors import NotFound, PorticoError
from common.inside import CoreOf, resources_of
from common.listing import Page
from common.logging import redact
from common.problem import problems

log = structlog.get_logger()

STEP_SECONDS = 10

_LAST = "SELECT name, at, ok, detail FROM connection_tests"
_KEEP = """
INSERT INTO connection_tests (name, ok, detail, steps, tested_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE SET at = clock_timestamp(), ok = excluded.ok, detail = excluded.detail,
    steps = excluded.steps, tested_by = excluded.tested_by
"""


class StepResult(BaseModel):
    name: str
    ok: bool
    detail: str
    milliseconds: int


class ConnectionTest(BaseModel):
    """How a test went: the steps up to the first that failed."""

    ok: bool
    detail: str
    steps: list[StepResult]


class LastTest(BaseModel):
    at: datetime
    ok: bool
    detail: str


class Connection(BaseModel):
    """An outside system that the service talks to."""

    name: str
    title: str
    kind: str
    address: str
    last_test: LastTest | None


class _StepFailed(PorticoError):
    code = "connection_step_failed"


class Steps:
    """Given to a probe: measures each step, ends it in time, and notes its sentence."""

    def __init__(self) -> None:
        self.done: list[StepResult] = []

    @asynccontextmanager
    async def __call__(self, name: str, *, seconds: float = STEP_SECONDS) -> AsyncIterator[Callable[[str], None]]:
        """One step; what happens in the block counts as it.

        Args:
            seconds: after which the step has failed.
        """
        started, sentence = time.perf_counter(), ""

        def said(detail: str) -> None:
            nonlocal sentence
            sentence = detail

        try:
            async with asyncio.timeout(seconds):
                yield said
        except TimeoutError as error:
            self._note(name, started, f"No answer within {seconds:g} s.", ok=False)
            raise _StepFailed(name) from error
        except (PorticoError, OSError) as error:
            detail = error.detail if isinstance(error, PorticoError) else str(error) or type(error).__name__
            self._note(name, started, detail, ok=False)
            raise _StepFailed(name) from error
        self._note(name, started, sentence, ok=True)

    def _note(self, name: str, started: float, detail: str, *, ok: bool) -> None:
        took = round((time.perf_counter() - started) * 1000)
        self.done.append(StepResult(name=name, ok=ok, detail=str(redact(detail)), milliseconds=took))


@dataclass(frozen=True, slots=True)
class ConnectionCheck:
    """An outside system, and how to try it out.

    Args:
        address: where it is, without credentials.
        probe: goes through the named steps.
    """

    name: str
    title: str
    kind: str
    address: str
    probe: Callable[[Steps], Awaitable[None]]

    async def test(self) -> ConnectionTest:
        """Go through the steps until one fails."""
        steps = Steps()
        try:
            await self.probe(steps)
        except _StepFailed as error:
            return ConnectionTest(ok=False, detail=f"{error.detail}: {steps.done[-1].detail}", steps=steps.done)
        return ConnectionTest(ok=True, detail="Everything answered.", steps=steps.done)


def without_password(url: str) -> str:
    """A URL as people may see it: the user stays, password, query and fragment go."""
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, f"{user}{parts.hostname}{port}", parts.path, "", ""))


def checks_of(request: Request, resources: Annotated[Any, Depends(resources_of)]) -> list[ConnectionCheck]:
    """The connections of the service."""
    declared = request.app.state.definition.connections
    return list(declared(resources)) if declared else []


Checks = Annotated[list[ConnectionCheck], Depends(checks_of)]
router = APIRouter(prefix="/connections", tags=["connections"])


@router.get("", operation_id="list_connections", summary="The outside systems")
async def list_connections(core: CoreOf, checks: Checks, _: Viewer) -> Page[Connection]:
    async with core.db.connection() as conn:
        tests = {row["name"]: LastTest(**row) for row in await conn.fetch(_LAST)}
    return Page[Connection](
        items=[
            Connection(name=c.name, title=c.title, kind=c.kind, address=redact(c.address), last_test=tests.get(c.name))
            for c in checks
        ]
    )


@router.post(
    "/{name}/test", operation_id="test_connection", summary="Try an outside system out", responses=problems(404)
)
async def test_connection(
    name: Annotated[str, Path(max_length=64)], core: CoreOf, checks: Checks, operator: Operator
) -> ConnectionTest:
    check = next((check for check in checks if check.name == name), None)
    if check is None:
        raise NotFound(f"There is no connection named {name}.", code="unknown_connection")
    result = await check.test()
    steps = [step.model_dump() for step in result.steps]
    async with core.db.transaction() as conn:
        await conn.execute(_KEEP, name, result.ok, result.detail, steps, operator.name)
        await audit.record(conn, operator, "connection.tested", f"connections/{name}", after={"ok": result.ok})
    return result
