"""The outside system of the kill tests: does what it is told each time, so that a repeat shows, and can be asked.

A server on loopback in the test's own process: it survives the workers. A line is `put <key>` or `has <key>`.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Sink:
    """What was put, how often, in which order."""

    def __init__(self, seed: int) -> None:
        self.puts: Counter[str] = Counter()
        self.port = 0
        self._random = random.Random(seed)  # noqa: S311 - a seed that is printed

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Sink]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                verb, key = line.decode().split()
                if verb == "put":
                    self.puts[key] += 1
                    await asyncio.sleep(self._random.uniform(0, 0.01))  # took effect, not yet answered
                writer.write(b"yes\n" if self.puts[key] else b"no\n")
                await writer.drain()
        except ConnectionError:
            pass  # its worker was killed
        finally:
            writer.close()


class SinkClient:
    """The worker's side of it; one connection per call, as simple as it gets."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def put(self, key: str) -> None:
        await self._ask(f"put {key}")

    async def has(self, key: str) -> bool:
        return await self._ask(f"has {key}") == "yes"

    async def _ask(self, line: str) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(f"{line}\n".encode())
            return (await reader.readline()).decode().strip()
        finally:
            writer.close()
