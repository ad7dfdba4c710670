"""The hot path: streams a request to its service and the answer back, with a signed identity, in flat memory.

A plain ASGI callable on the aiohttp client, outside any framework: measured, FastAPI here halves the throughput, and
httpx costs nine tenths of it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiohttp import ClientError, ConnectionTimeoutError, ServerTimeoutError
from yarl import URL

from common.errors import AppError, Forbidden, TooLarge
from common.problem import MethodNotAllowed
from gateway.auth.doorman import is_event_stream, password_change_required
from gateway.forwarding import forwarded_headers, returned_headers, target_path
from gateway.proofs.service import HEADER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from aiohttp import ClientResponse, ClientSession
    from multidict import CIMultiDict

    from gateway.asgi import Receive, Scope, Send
    from gateway.auth.doorman import Doorman, Headers
    from gateway.auth.principals import Principal
    from gateway.auth.signer import Signer
    from gateway.proofs.service import ProofsService
    from gateway.upstreams import Upstream

log = structlog.get_logger()

REPEATED_METHODS = frozenset({"GET", "HEAD"})
REFUSED_METHODS = frozenset({"CONNECT", "TRACE"})
# Most answers are there sooner; then watching for a client that leaves would be work for nothing.
WATCH_AFTER_SECONDS = 0.05


class Client:
    """The caller's side of one request: the body that it sends, and the moment when it leaves."""

    def __init__(self, receive: Receive, *, has_body: bool, most_bytes: int) -> None:
        self._receive = receive
        self._most_bytes = most_bytes
        self._request = asyncio.current_task()
        self._watcher: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.has_body = has_body
        self.gone = False
        self.listening = False
        self.refused: AppError | None = None
        if not has_body:
            self._timer = asyncio.get_running_loop().call_later(WATCH_AFTER_SECONDS, self._watch)

    async def body(self) -> AsyncIterator[bytes]:
        """The body as it comes. The service's pace is the client's: nothing is held here."""
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.leave()
                # Not a plain return: the service must never take half a body for a whole one.
                raise ConnectionAbortedError("the client left while it was sending")
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            if size > self._most_bytes:
                self.refused = body_too_large(self._most_bytes)
                raise self.refused
            if chunk:
                yield chunk
            if not message.get("more_body", False):
                self._watch()
                return

    def stop_watching(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._watcher:
            self._watcher.cancel()

    def forgive_cancellation(self) -> None:
        """The request was cancelled because its client left: that is its normal end."""
        if self._request:
            self._request.uncancel()

    def _watch(self) -> None:
        self._watcher = asyncio.create_task(self._wait_until_gone())

    async def _wait_until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.leave()

    def leave(self) -> None:
        """The client is gone, or is to be taken for gone: stop asking the service."""
        self.gone = True
        if self._request:
            self._request.cancel()


class Proxy:
    """Serves `/api/<service>/v1/…`."""

    def __init__(
        self,
        upstreams: Mapping[str, Upstream],
        doorman: Doorman,
        signer: Signer,
        proofs: ProofsService,
        *,
        most_body_bytes: int,
    ) -> None:
        self._upstreams = upstreams
        self._doorman = doorman
        self._signer = signer
        self._proofs = proofs
        self._most_body_bytes = most_body_bytes
        self._streaming: set[Client] = set()

    def end_streams(self) -> None:
        """End every open event stream: the process is about to stop, and listeners come back to whoever serves next."""
        for client in tuple(self._streaming):
            client.leave()

    def match(self, path: str) -> Upstream | None:
        """The service behind `path`: nothing of a service but its `/v1` is reachable from outside."""
        parts = path.split("/", 4)
        if len(parts) == 5 and parts[1] == "api" and parts[3] == "v1":  # noqa: PLR2004 - "", api, service, v1, rest
            return self._upstreams.get(parts[2])
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send, upstream: Upstream, headers: Headers) -> None:
        """Serve one request.

        Raises:
            AppError: it can't be served; nothing was answered yet.
        """
        principal = await self._admit(scope["method"], headers, upstream)
        path = target_path(scope, upstream.prefix)
        has_body = b"transfer-encoding" in headers or int(headers.get(b"content-length", b"0")) > 0
        if int(headers.get(b"content-length", b"0")) > self._most_body_bytes:
            raise body_too_large(self._most_body_bytes)
        request_id: str = scope["portico.request_id"]
        if proof := headers.get(HEADER):
            # Last of all checks: what is refused here for another reason leaves the proof for a second try.
            principal = await self._person_at(principal, proof, scope, upstream, request_id)
        outgoing = forwarded_headers(
            scope,
            prefix=upstream.prefix,
            identity=self._signer.identity(principal, upstream.name),
            request_id=request_id,
        )
        streaming = is_event_stream(headers)
        client = Client(receive, has_body=has_body, most_bytes=self._most_body_bytes)
        if streaming:
            self._streaming.add(client)
        try:
            response = await _ask(
                upstream, upstream.streams if streaming else upstream.requests, scope["method"], path, outgoing, client
            )
            try:
                start = returned_headers(
                    response.raw_headers, prefix=upstream.prefix, url=upstream.url, request_id=request_id
                )
                await send({"type": "http.response.start", "status": response.status, "headers": start})
                client.listening = streaming
                await _stream(response, send, upstream, self._still_in(headers, upstream) if streaming else None)
            finally:
                response.close()
        except asyncio.CancelledError:
            if not client.gone:
                raise
            client.forgive_cancellation()
            if client.listening:
                await send({"type": "http.response.body", "body": b""})
        finally:
            client.stop_watching()
            self._streaming.discard(client)

    async def _admit(self, method: str, headers: Headers, upstream: Upstream) -> Principal:
        if method in REFUSED_METHODS:
            raise MethodNotAllowed(f"{method} is not allowed here.")
        principal = await self._doorman.identify(method, headers)
        if principal.must_change_password:
            raise password_change_required()
        check_role(principal, upstream)
        return principal

    async def _person_at(
        self, kiosk: Principal, proof: bytes, scope: Scope, upstream: Upstream, request_id: str
    ) -> Principal:
        """Who stands at a shared screen: this request is theirs, and their role decides."""
        path = scope["raw_path"].decode("ascii")
        query = scope["query_string"].decode("ascii")
        person = await self._proofs.take(
            kiosk,
            proof.decode("latin-1"),
            method=scope["method"],
            path=f"{path}?{query}" if query else path,
            ip=scope["client"][0] if scope.get("client") else "",
            request_id=request_id,
        )
        check_role(person, upstream)
        return person

    def _still_in(self, headers: Headers, upstream: Upstream) -> Callable[[], Awaitable[bool]]:
        """An open stream ends with its session, key or role, not when the client feels like it."""

        async def check() -> bool:
            try:
                await self._admit("GET", headers, upstream)
            except AppError:
                return False
            return True

        return check


async def _ask(
    upstream: Upstream, session: ClientSession, method: str, path: str, headers: CIMultiDict[str], client: Client
) -> ClientResponse:
    """Send the request, and wait for the head of the answer. Repeats once what changes nothing."""
    target = URL(upstream.url + path, encoded=True)
    tries = 2 if method in REPEATED_METHODS and not client.has_body else 1
    while True:
        tries -= 1
        try:
            return await session.request(
                method,
                target,
                headers=headers,
                data=client.body() if client.has_body else None,
                allow_redirects=False,
            )
        except ConnectionTimeoutError as error:
            raise upstream.busy() from error
        except (ServerTimeoutError, TimeoutError) as error:
            raise upstream.timed_out() from error
        except (ClientError, OSError) as error:
            if client.refused:
                raise client.refused from error
            if not tries:
                log.warning("upstream.unreachable", service=upstream.name, error=type(error).__name__)
                raise upstream.unreachable() from error


async def _stream(
    response: ClientResponse, send: Send, upstream: Upstream, still_in: Callable[[], Awaitable[bool]] | None
) -> None:
    """Pass the body on. When the service breaks off, so does the answer: an unfinished body must look unfinished."""
    content = response.content
    while True:
        try:
            chunk = await content.readany()
        except (ClientError, TimeoutError, OSError) as error:
            log.warning("upstream.broke_off", service=upstream.name, error=type(error).__name__)
            return
        ended = content.at_eof()
        if still_in and not await still_in():
            chunk, ended = b"", True
        await send({"type": "http.response.body", "body": chunk, "more_body": not ended})
        if ended:
            return


def check_role(principal: Principal, upstream: Upstream) -> None:
    """Whoever has no role at all for a service gets nothing from it; which role is enough, it decides itself.

    Raises:
        Forbidden: no role.
    """
    if not principal.has(upstream.name, "viewer"):
        raise Forbidden(
            f"You have no role for {upstream.title}. An administrator can give you one.",
            code="no_role",
            params={"service": upstream.name},
        )


def body_too_large(most_bytes: int) -> TooLarge:
    return TooLarge(
        f"More than {most_bytes // 1_000_000} MB can't be sent in one request.", params={"most_bytes": most_bytes}
    )
