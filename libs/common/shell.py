"""What surrounds every request: its id, its limits, its headers, its last safety net.

Used by every service and the gateway. Bare ASGI, so that streams pass untouched. This is the app boundary: an error
that nobody foresaw is logged here with its traceback and answered as a problem without one.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from common.etag import matches
from common.metrics import HTTP_REQUESTS, HTTP_SECONDS
from common.problem import SERVER_ERROR, as_app_error, problem_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

JSON_BYTES = 1024 * 1024
OK, NOT_MODIFIED = 200, 304
QUIET = ("/livez", "/readyz", "/metrics")


def body_limit(size_bytes: int) -> dict[str, Any]:
    """`openapi_extra` of an operation that takes bodies of up to `size_bytes` instead of 1 MiB."""
    return {"x-max-body-bytes": size_bytes}


class Shell:
    """The outermost layer of an application.

    Args:
        service: the label of its metrics.
    """

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        bound = {"request_id": exchange.request_id, "ip": exchange.address()}
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(**bound):
            try:
                await self._app(scope, exchange.receive, exchange.send)
            except Exception as error:  # noqa: BLE001 - the app boundary
                await exchange.fail(error)
            self._measure(scope, exchange.status, time.perf_counter() - started)

    def _measure(self, scope: Scope, status: int, seconds: float) -> None:
        route = _template(scope)
        HTTP_REQUESTS.labels(self._service, route, scope["method"], status).inc()
        HTTP_SECONDS.labels(self._service, route).observe(seconds)
        write = log.debug if scope["path"] in QUIET else log.info
        write("http.answered", method=scope["method"], path=scope["path"], status=status, ms=round(seconds * 1000, 1))


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._headers = Headers(scope=scope)
        self._received = 0
        self._swallow = False
        self.status = 0
        self.request_id = _request_id(self._headers.get("x-request-id", ""))
        scope["portico.request_id"] = self.request_id

    def address(self) -> str:
        """Where the request came from: what the gateway says; only the gateway reaches a service."""
        forwarded = self._headers.get("x-forwarded-for", "").rsplit(",", 1)[-1].strip()[:64]
        client = self._scope.get("client")
        return forwarded or (client[0] if client else "")

    async def receive(self) -> Message:
        """The next part of the body, within the limit of the matched route."""
        limit = self._limit()
        announced = self._headers.get("content-length", "")
        if announced.isdigit() and int(announced) > limit:
            raise HTTPException(413)
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > limit:
            raise HTTPException(413)
        return message

    def _limit(self) -> int:
        extra = getattr(self._scope.get("route"), "openapi_extra", None) or {}
        limit: int = self._scope.get("portico.body_limit") or extra.get("x-max-body-bytes", JSON_BYTES)
        return limit

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = self._start(message)
        elif self._swallow:
            message = {**message, "body": b""}
        await self._send(message)

    def _start(self, message: Message) -> Message:
        headers = MutableHeaders(raw=[*message["headers"]])
        headers["X-Request-ID"] = self.request_id
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Cache-Control", "no-store")
        self.status = message["status"]
        tag = headers.get("etag", "")
        if self.status == OK and tag and self._scope["method"] in {"GET", "HEAD"} and self._has(tag):
            self._swallow = True
            self.status = NOT_MODIFIED
            del headers["content-length"]
            del headers["content-type"]
        return {**message, "status": self.status, "headers": headers.raw}

    def _has(self, tag: str) -> bool:
        return matches(self._headers.get("if-none-match", ""), tag)

    async def fail(self, error: Exception) -> None:
        """Answer what no handler answered; a started answer is cut off, so that nobody takes it for complete."""
        told = as_app_error(error)
        if told.status == SERVER_ERROR:
            log.error("request.failed", path=self._scope["path"], exc_info=error)
        if self.status:
            raise error
        response = problem_response(told, Request(self._scope))
        await response(self._scope, self._receive, self.send)


def _request_id(sent: str) -> str:
    try:
        return str(uuid.UUID(sent))
    except ValueError:
        return str(uuid.uuid4())


def _template(scope: Scope) -> str:
    """`/v1/things/{id}`: the matched route knows its own part only; what stands before is the prefix of its router."""
    route: str | None = getattr(scope.get("route"), "path", None)
    if route is None:
        return "unmatched"
    segments = scope["path"].split("/")
    return "/".join(segments[: len(segments) - route.count("/")]) + route
