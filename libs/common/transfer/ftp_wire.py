"""aioftp, corrected: what stands between it and real FTP servers. Used by `ftp.py` alone.

- Data channels under TLS: vsftpd, ProFTPD and Pure-FTPd answer the handshake only after the command, and may demand
  the control channel's session. aioftp shakes hands before the command and hangs; here the order is right.
- Names travel as latin-1, so that one foreign name does not break a whole listing.
- Data moves in blocks of 128 KiB: aioftp's default of 8 KiB takes five times as long; with larger ones a slow line
  would seem to stand still.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import aioftp
from aioftp.common import SSLSessionBoundContext

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WIRE_ENCODING = "latin-1"
BLOCK_BYTES = 128 * 2**10


class Wire(aioftp.Client):
    """One control connection, and data connections one after the other."""

    def __init__(self, *, timeout_seconds: float, implicit_tls: ssl.SSLContext | None) -> None:
        super().__init__(
            connection_timeout=timeout_seconds,
            socket_timeout=timeout_seconds,
            encoding=WIRE_ENCODING,
            ssl=implicit_tls,
        )
        self.dropped = False

    async def _open_connection(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Data connections begin plain; `data` encrypts them once the server has taken the command."""
        tls = self.ssl if self._stream is None else None
        return await asyncio.wait_for(
            asyncio.open_connection(host, port, ssl=tls, limit=2 * BLOCK_BYTES), self.connection_timeout
        )

    async def ask(self, command: str) -> tuple[str, str]:
        """Send a command and return code and text of the final answer, whatever it is."""
        code, lines = await self.command(command, ("2xx", "3xx", "4xx", "5xx"), "1xx")
        return str(code), " ".join(line.strip(" -") for line in lines).strip()

    async def order(self, command: str) -> str:
        """Send a command that must succeed; its text.

        Raises:
            aioftp.StatusCodeError: any answer but 2xx or 3xx.
        """
        _code, lines = await self.command(command, ("2xx", "3xx"), "1xx")
        return " ".join(line.strip(" -") for line in lines).strip()

    @asynccontextmanager
    async def data(
        self, command: str, *, offset: int = 0
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A data connection for one command; leaving it in order waits for the server's last word."""
        reader, writer = await self.get_passive_connection("I")
        try:
            if offset:
                await self.command(f"REST {offset}", "350")
            await self.command(command, "1xx")
            await self._encrypt(writer)
            yield reader, writer
        except BaseException:
            writer.transport.abort()
            raise
        writer.close()
        if not self.dropped:
            await self.command(None, "2xx", "1xx")

    async def _encrypt(self, writer: asyncio.StreamWriter) -> None:
        control = self.stream.writer.transport.get_extra_info("ssl_object")
        if control is None:
            return
        bound = SSLSessionBoundContext(ssl.PROTOCOL_TLS_CLIENT, context=control.context, session=control.session)
        await writer.start_tls(
            cast("ssl.SSLContext", bound),
            server_hostname=self.server_host,
            ssl_handshake_timeout=self.connection_timeout,
        )

    def drop(self) -> None:
        """Cut the control connection at once, without a word."""
        self.dropped = True
        if self._stream is not None:
            self._stream.writer.transport.abort()
