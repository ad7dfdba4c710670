"""A stand-in for any service: plain ASGI, so that it can also do what a framework would prevent.

It tells what it was sent (`/v1/echo`), and misbehaves on request.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass
class Backend:
    """What the stand-in saw, and how it should behave."""

    seen: list[dict[str, Any]] = field(default_factory=list)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    received_bytes: int = 0
    streams: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    documents: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)

    def reset(self) -> None:
        """As it was made."""
        for name, value in vars(Backend()).items():
            setattr(self, name, value)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        request = {
            "method": scope["method"],
            "path": scope["raw_path"].decode(),
            "query": scope["query_string"].decode(),
            "headers": [(name.decode(), value.decode()) for name, value in scope["headers"]],
        }
        self.seen.append(request)
        path = scope["path"]
        handler = {
            "/v1/slow": self._slow,
            "/v1/upload": self._upload,
            "/v1/stream": self._stream,
            "/v1/breaks": self._breaks,
            "/v1/moved": self._moved,
            "/v1/big": self._big,
        }.get(path)
        if path in self.stuck:
            handler = self._slow
        if handler:
            await handler(scope, receive, send)
        elif path in self.answers:
            await answer(send, self.answers[path])
        elif path == "/openapi.json":
            await answer(send, self.documents)
        else:
            await answer(send, request)

    async def all_listening(self, number: int) -> None:
        """Wait until so many streams are open."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.streams >= number)

    async def _slow(self, scope: Any, receive: Any, send: Any) -> None:
        """Waits for the caller to leave."""
        self.started.set()
        await receive()
        while (await receive())["type"] != "http.disconnect":
            pass
        self.cancelled.set()

    async def _upload(self, scope: Any, receive: Any, send: Any) -> None:
        self.started.set()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.cancelled.set()
                return
            self.received_bytes += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        await answer(send, {"bytes": self.received_bytes})

    async def _stream(self, scope: Any, receive: Any, send: Any) -> None:
        """Events, one every 50 ms, until the caller leaves."""
        self.started.set()
        async with self._changed:
            self.streams += 1
            self._changed.notify_all()
        await receive()
        leaving = asyncio.create_task(receive())
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        number = 0
        while not leaving.done():
            number += 1
            await send({"type": "http.response.body", "body": b"id: %d\ndata: {}\n\n" % number, "more_body": True})
            await asyncio.wait([leaving], timeout=0.05)
        self.cancelled.set()

    async def _breaks(self, scope: Any, receive: Any, send: Any) -> None:
        """Says more than it gives, then is gone."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})

    async def _moved(self, scope: Any, receive: Any, send: Any) -> None:
        await answer(send, {}, status=202, headers=[(b"location", b"/v1/runs/7"), (b"set-cookie", b"sid=evil")])

    async def _big(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        for _ in range(64):
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@dataclass
class RudeServer:
    """Closes the connection without a word, as often as asked, and counts the requests."""

    failures: int = 0
    requests: int = 0

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.requests += 1
        if self.failures:
            self.failures -= 1
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        writer.close()
        await writer.wait_closed()


async def answer(send: Any, content: Any, status: int = 200, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    body = orjson.dumps(content)
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(body)),
                *(headers or []),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
