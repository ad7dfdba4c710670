"""A real PostgreSQL that plays an outside system's database, with a gate before it where it may be out of reach.

The warehouse's customer and the gym chain's legacy database are one each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import asyncpg

from sandbox.gate import Gate

if TYPE_CHECKING:
    from sandbox.kit import Kit

AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


class OutsideDatabase:
    """A pool of connections as the owner, and the address that a service is told."""

    def __init__(self, kit: Kit, system: str, url: str) -> None:
        self.url = url
        self.gate: Gate | None = None
        self._kit = kit
        self._system = system
        self._pool: asyncpg.Pool[Any] | None = None

    @property
    def pool(self) -> asyncpg.Pool[Any]:
        if self._pool is None:
            raise RuntimeError(f"The database of {self._system} is not open.")
        return self._pool

    @property
    def public_url(self) -> str:
        """The owner's URL, through the gate where there is one."""
        parts = urlsplit(self.url)
        if self.gate is None:
            return urlunsplit(parts)
        account = parts.netloc.rpartition("@")[0]
        place = f"{account}@" if account else ""
        return urlunsplit((parts.scheme, f"{place}{self.gate.address[0]}:{self.gate.address[1]}", parts.path, "", ""))

    async def open(self, gate_port: int | None, host: str) -> None:
        self._pool = await asyncpg.create_pool(self.url, min_size=1, max_size=4)
        await self.prepare()
        if gate_port is not None:
            self.gate = Gate(self._kit, self._system, server_of(self.url))
            await self.gate.open(host, gate_port)

    async def prepare(self) -> None:
        """Make what must be there before anybody looks."""

    async def shut(self) -> None:
        if self.gate is not None:
            await self.gate.shut()
        if self._pool is not None:
            await self._pool.close()


def server_of(url: str) -> tuple[str, int] | str:
    """Where the server behind a PostgreSQL URL listens: host and port, or its Unix socket."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    host = unquote(query.get("host", [parts.hostname or "127.0.0.1"])[0])
    port = int(query.get("port", [str(parts.port or 5432)])[0])
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)
