"""Live streams: one poll per second and process feeds everybody who listens. Used by every service.

    RUNS = Feed("runs", read_runs)                      # async (conn, wanted) -> events newer than what was asked for

    @router.get("/runs/{id}/events")
    async def run_events(id: UUID, live: Live, after: LastEventId, _: Viewer) -> StreamingResponse:
        return live.response(RUNS, key=str(id), after=after)

No NOTIFY, no Redis pub/sub: the poll reads rows by key and version, so that nothing is lost when a listener reconnects
with `Last-Event-ID`. Whoever does not read fast enough is cut off and resumes the same way.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import asyncpg
import orjson
import structlog
from fastapi import Depends, Header, Request
from fastapi.responses import StreamingResponse

from common.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from common.db import Connection, Database

log = structlog.get_logger()

POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
RETRY_MILLISECONDS = 3000
WAITING_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """One message to the listeners of `key`. `id` grows with each; `last` ends the stream after it."""

    key: str
    id: int
    data: Any
    name: str = "message"
    last: bool = False

    def encode(self) -> bytes:
        body = self.data if isinstance(self.data, bytes) else orjson.dumps(self.data)
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (self.id, self.name.encode(), body)


Reader: TypeAlias = "Callable[[Connection, Mapping[str, int]], Awaitable[Sequence[Event]]]"


@dataclass(frozen=True, eq=False)
class Feed:
    """A kind of event. `read` gets the keys that somebody listens to, each with the id after which to read."""

    name: str
    read: Reader


@dataclass(eq=False)
class _Listener:
    after: int
    events: asyncio.Queue[Event | None] = field(default_factory=lambda: asyncio.Queue(WAITING_EVENTS))
    cut: bool = False

    def offer(self, event: Event) -> None:
        if event.id > self.after and not self.cut:
            self.after = event.id
            try:
                self.events.put_nowait(event)
            except asyncio.QueueFull:
                self.cut = True

    def close(self) -> None:
        self.cut = True
        if self.events.empty():
            self.events.put_nowait(None)


class Streams:
    """All listeners of a process, and the one task that reads for them while there are any."""

    def __init__(
        self, db: Database, *, poll_seconds: float = POLL_SECONDS, heartbeat_seconds: float = HEARTBEAT_SECONDS
    ) -> None:
        self._db = db
        self._poll_seconds = poll_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._listeners: dict[Feed, dict[str, set[_Listener]]] = {}
        self._joined = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Streams]:
        """Serve while the block lasts; ends all streams with it."""
        try:
            yield self
        finally:
            self.close()
            if self._task:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)

    def close(self) -> None:
        """End every stream; the listeners come back to whoever serves next."""
        for keys in self._listeners.values():
            for listeners in keys.values():
                for listener in listeners:
                    listener.close()

    def response(self, feed: Feed, *, key: str, after: int = 0) -> StreamingResponse:
        """The event stream of `key`, from the event after `after`."""
        return StreamingResponse(
            self._stream(feed, key, after),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _stream(self, feed: Feed, key: str, after: int) -> AsyncIterator[bytes]:
        listener = _Listener(after)
        self._listeners.setdefault(feed, {}).setdefault(key, set()).add(listener)
        self._joined.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll(), name="sse-poll")
            self._task.add_done_callback(self._ended)
        try:
            yield b"retry: %d\n\n" % RETRY_MILLISECONDS
            while not (listener.cut and listener.events.empty()):
                try:
                    event = await asyncio.wait_for(listener.events.get(), self._heartbeat_seconds)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if event is None:
                    return
                yield event.encode()
                if event.last:
                    return
        finally:
            self._leave(feed, key, listener)

    def _leave(self, feed: Feed, key: str, listener: _Listener) -> None:
        keys = self._listeners[feed]
        keys[key].discard(listener)
        if not keys[key]:
            del keys[key]
        if not keys:
            del self._listeners[feed]

    async def _poll(self) -> None:
        """Read while anybody listens: at once for a newcomer, else every `poll_seconds`."""
        while self._listeners:
            self._joined.clear()
            try:
                async with self._db.connection() as conn:
                    for feed, keys in list(self._listeners.items()):
                        await _serve(conn, feed, keys)
            except (Unavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("stream.poll_failed", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._joined.wait(), self._poll_seconds)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A broken poll ends its streams: the listeners come back and start the next one."""
        if not task.cancelled() and (error := task.exception()):
            log.error("stream.poll_broke", exc_info=error)
            self.close()


async def _serve(conn: Connection, feed: Feed, keys: dict[str, set[_Listener]]) -> None:
    wanted = {key: min(listener.after for listener in listeners) for key, listeners in keys.items()}
    for event in await feed.read(conn, wanted) if wanted else ():
        for listener in tuple(keys.get(event.key, ())):
            listener.offer(event)


def last_event_id(last_event_id: Annotated[int, Header(ge=0, le=2**63 - 1)] = 0) -> int:
    """The id after which to go on, as EventSource sends it when it reconnects."""
    return last_event_id


LastEventId: TypeAlias = Annotated[int, Depends(last_event_id)]


def streams_of(request: Request, _: LastEventId) -> Streams:
    """The streams of the process; every stream takes Last-Event-ID, by which the document knows it for one."""
    streams: Streams = request.app.state.streams
    return streams


Live: TypeAlias = Annotated[Streams, Depends(streams_of)]
