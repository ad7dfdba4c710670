"""The gateway's application: outermost a plain ASGI callable that streams to services, FastAPI for all the rest."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import orjson
import structlog
from fastapi import FastAPI

from common.app import dress
from common.errors import AppError
from common.metrics import HTTP_REQUESTS
from common.problem import MEDIA_TYPE, as_app_error, problem
from gateway import docs, health
from gateway.asgi import request_id_of, single_headers
from gateway.auth import endpoints as auth
from gateway.console import Console
from gateway.keys import endpoints as keys
from gateway.openapi import MergedDocument, own_document
from gateway.overview import endpoints as overview
from gateway.proofs import endpoints as proofs
from gateway.resources import open_resources
from gateway.security import with_security_headers
from gateway.sessions import endpoints as sessions
from gateway.settings import GatewaySettings
from gateway.users import endpoints as users
from gateway.views import endpoints as views

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from common.clock import Clock
    from gateway.asgi import Message, Receive, Scope, Send
    from gateway.auth.passwords import Passwords

log = structlog.get_logger()


class Gateway:
    """What the server calls.

    Everything gets security headers and a request id; whatever is raised before the answer began becomes a problem.
    """

    def __init__(self, app: FastAPI, settings: GatewaySettings) -> None:
        self.app = app
        self._https = settings.https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 0

        async def send_noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await secured(message)

        secured = with_security_headers(send, https=self._https)
        try:
            await self._serve(scope, receive, send_noting)
        except Exception as error:  # the app boundary: a caller gets a problem, the log gets the rest
            known = as_app_error(error)
            if known is not error:
                log.exception("request.broke", path=scope["path"])
            if not status:
                _log_refusal(known, scope)
                await answer_problem(known, scope, send_noting)
        if "portico.proxied" in scope:
            HTTP_REQUESTS.labels("gateway", scope["portico.proxied"], scope["method"], status).inc()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = single_headers(scope["headers"])
        scope["portico.request_id"] = request_id_of(headers)
        resources = self.app.state.resources
        proxy = resources.proxy
        if upstream := proxy.match(scope["path"]):
            scope["portico.proxied"] = f"{upstream.prefix}/v1"
            await proxy(scope, receive, send, upstream, headers)
            return
        if scope["path"] == "/metrics":
            await resources.doorman.admit_to_metrics(scope["method"], headers)
        # What a client says about its own address must not reach the audit.
        scope["headers"] = [header for header in scope["headers"] if not header[0].startswith(b"x-forwarded-")]
        await self.app(scope, receive, send)


def _log_refusal(error: AppError, scope: Scope) -> None:
    client = scope.get("client")
    log.info(
        "request.refused",
        method=scope["method"],
        path=scope["path"],
        status=error.status,
        code=error.code,
        ip=client[0] if client else "",
        request_id=scope.get("portico.request_id", ""),
    )


async def answer_problem(error: AppError, scope: Scope, send: Send) -> None:
    """Answer `error` as problem+json."""
    request_id = scope.get("portico.request_id", "")
    body = orjson.dumps(problem(error, instance=scope["path"], request_id=request_id))
    headers = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    headers += [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    headers.append((b"x-request-id", request_id.encode()))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})


async def idempotency_owner(scope: Scope) -> str | None:
    """Whose an Idempotency-Key is; None leaves the request to its endpoint, as every login and password must be."""
    if scope["path"].startswith("/api/auth/"):
        return None
    try:
        doorman = scope["app"].state.resources.doorman
        principal = await doorman.identify(scope["method"], single_headers(scope["headers"]))
    except AppError:
        return None
    return str(principal.id)


def create_gateway(
    settings: GatewaySettings | None = None, *, clock: Clock | None = None, passwords: Passwords | None = None
) -> Gateway:
    """The whole gateway; it opens its database and connections when the server starts it."""
    settings = settings or GatewaySettings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settings, clock=clock, passwords=passwords) as resources:
            app.state.resources = resources
            app.state.merged_document = MergedDocument(own_document(app), resources.upstreams)
            yield

    app = FastAPI(title="Portico", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    dress(app, "gateway", principal=idempotency_owner, database=lambda scope: scope["app"].state.resources.db)
    for feature in (health, auth, proofs, sessions, users, keys, views, overview, docs):
        app.include_router(feature.router)
    app.router.default = Console(settings.console_folder)
    return Gateway(app, settings)
