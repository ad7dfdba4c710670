"""A TCP door in front of a real server that can be shut, frozen or made to cut its connections.

Used in front of the SSH host and of the customer's PostgreSQL: what a firewall, a pulled cable or a stopped machine
does to a connection cannot be played by the server behind it.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.kit import Kit

BLOCK = 64 * 1024


class Gate:
    """Forwards every connection of one port to `target`: (host, port), or the path of a Unix socket.

    Faults: operation `connect`, kinds `drop`, `reset_before` (cut at once), `delay`, `stall` (accept, then silence).
    """

    def __init__(self, kit: Kit, system: str, target: tuple[str, int] | str) -> None:
        self._kit = kit
        self._system = system
        self._target = target
        self._server: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._connections: set[asyncio.Task[None]] = set()
        self.address = ("127.0.0.1", 0)

    @property
    def up(self) -> bool:
        return self._server is not None

    @property
    def frozen(self) -> bool:
        return not self._flowing.is_set()

    async def open(self, host: str, port: int) -> None:
        self._server = await asyncio.start_server(self._enter, host, port)
        self.address = self._server.sockets[0].getsockname()[:2]

    async def reopen(self) -> None:
        if self._server is None:
            await self.open(*self.address)

    async def shut(self) -> None:
        """No new connections, and the present ones are cut."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.cut()

    async def cut(self) -> None:
        for connection in list(self._connections):
            connection.cancel()
        if self._connections:
            await asyncio.gather(*self._connections, return_exceptions=True)

    def freeze(self, *, frozen: bool) -> None:
        """Frozen: connections stay open, not a byte moves, keep-alives stay unanswered."""
        if frozen:
            self._flowing.clear()
        else:
            self._flowing.set()

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:  # pragma: no cover - asyncio always runs this as a task
            return
        self._connections.add(task)
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        except OSError:
            writer.transport.abort()
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault = self._kit.faults.strike(self._system, "connect")
        self._kit.journal.note(self._system, "connect", fault=fault.kind if fault else "")
        if fault and fault.kind in ("drop", "reset_before"):
            writer.transport.abort()
            return
        if fault and fault.kind == "stall":
            await reader.read(-1)
            return
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if isinstance(self._target, str):
            behind = await asyncio.open_unix_connection(self._target)
        else:
            behind = await asyncio.open_connection(*self._target)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, behind[1]))
                group.create_task(self._pump(behind[0], writer))
        except* OSError:
            writer.transport.abort()
        finally:
            behind[1].close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while block := await source.read(BLOCK):
            await self._flowing.wait()
            sink.write(block)
            await sink.drain()
        with contextlib.suppress(OSError):
            sink.write_eof()
