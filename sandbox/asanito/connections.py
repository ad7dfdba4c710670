"""The sandbox's HTTP connections, so that a fault can reset one in the middle of a call."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from asyncio import Transport

# On for no time at all: closing sends RST.
LINGER = struct.pack("ii", 1, 0)


class OpenProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which tells the application the connection that a request came by."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: Any = self.scope
        scope["sandbox.transport"] = self.transport


def reset(transport: Transport) -> None:
    """Both sides lose the connection at once."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    transport.abort()
