"""A process that kills itself at an exact place, without a hook in production code.

The database and the ports of the code under test are wrapped; every statement and every call to the outside is two
boundaries, one before and one after. At boundary `n` the process gets SIGKILL, as if the machine had been switched off:
`for n in 1, 2, 3 …` is every crash point there is, until a run passes without dying.
"""

from __future__ import annotations

import inspect
import os
import signal
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from common.db import Database
from tools.chaos.jobs import Outside, deliveries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from common.core import Core, ServiceDefinition
    from common.db import Connection

T = TypeVar("T")

# A pooled connection hides that these are coroutine functions.
STATEMENTS = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "copy_records_to_table", "copy_to_table"}


class Boundary:
    """Counts what is crossed; the `fatal`-th crossing is the last thing this process does."""

    def __init__(self, fatal: int) -> None:
        self._fatal = fatal
        self.crossed = 0

    def cross(self) -> None:
        self.crossed += 1
        if self.crossed == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The coroutine function `call` with a boundary before and after it."""

        async def crossing(*given: Any, **named: Any) -> Any:
            self.cross()
            answer = await call(*given, **named)
            self.cross()
            return answer

        return crossing


class Killing:
    """Any object, its coroutine methods surrounded by boundaries."""

    def __init__(self, inner: Any, boundary: Boundary) -> None:
        self._inner = inner
        self._boundary = boundary

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._inner, name)
        crossing = name in STATEMENTS or inspect.iscoroutinefunction(attribute)
        return self._boundary.around(attribute) if crossing else attribute


class KillingDatabase(Database):
    """A database whose statements are boundaries; a commit lies between two of them."""

    def __init__(self, inner: Database, boundary: Boundary) -> None:
        super().__init__(inner.pool)
        self._boundary = boundary

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        async with super().connection() as conn:
            yield Killing(conn, self._boundary)  # type: ignore[misc]  # stands in for a connection


def killing_port(port: T, boundary: Boundary) -> T:
    """The port, its calls surrounded by boundaries."""
    return Killing(port, boundary)  # type: ignore[return-value]  # stands in for the port


def deliveries_killed_at(sink_port: int, fatal: int) -> ServiceDefinition[Any, Any]:
    """The deliveries of the chaos tests, in a process that dies at its boundary number `fatal`."""
    whole = deliveries(sink_port)

    @asynccontextmanager
    async def open_resources(core: Core[Any]) -> AsyncIterator[Outside]:
        boundary = Boundary(fatal)
        async with whole.open_resources(replace(core, db=KillingDatabase(core.db, boundary))) as outside:
            yield replace(outside, sink=killing_port(outside.sink, boundary))

    return replace(whole, open_resources=open_resources)
