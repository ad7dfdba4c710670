"""A relay before a real FTP server, with the hooks of our own one: tests see and stop commands that it never notices.

Only the control connection passes here; data goes directly, since the server tells a port and clients keep the host.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from tests.support.file_servers import FtpSite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.real_servers import RealSite


class RelayedSite(FtpSite):
    """`FtpSite` over another program's server."""

    real: RealSite

    @property
    def url(self) -> str:
        return self.real.url(self.folder.name).replace(f":{self.real.port}/", f":{self.port}/")

    async def carry(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """One control connection."""
        server, to_server = await asyncio.open_connection("127.0.0.1", self.real.port)
        answers = asyncio.create_task(self._answers(server, to_client))
        with suppress(ConnectionError, asyncio.CancelledError):
            while line := await client.readline():
                command, _, argument = line.decode("latin-1").strip().partition(" ")
                self.journal.append(f"{command} {argument}".strip())
                if hook := self.before.get(command):
                    hook(argument)
                answer = self.refused.get(command)
                if answer == "drop":
                    break
                if answer:
                    to_client.write(f"{answer}\r\n".encode())
                else:
                    to_server.write(line)
        answers.cancel()
        to_client.transport.abort()
        to_server.transport.abort()

    async def _answers(self, server: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await server.read(4096):
                to_client.write(data)
        to_client.close()


@asynccontextmanager
async def relayed(real: RealSite, folder: Path) -> AsyncIterator[RelayedSite]:
    """A folder on a running server without TLS, as a site with hooks.

    Args:
        folder: as this machine names it; the server serves the folder above it.
    """
    site = RelayedSite(folder, scheme=real.scheme)
    site.real = real
    server = await asyncio.start_server(site.carry, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        await asyncio.sleep(0.02)  # connections close in the loop's next turns
