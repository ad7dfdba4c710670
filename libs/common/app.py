"""One FastAPI application out of a service definition: every service's `api` process is made here.

Each gets the same shell (ids, limits, problems, idempotency), the same doors (`/v1/runs`, `/v1/jobs` …) and the same
lifespan: core, resources, live streams. Settings are read when it starts, so that the document can be written without any.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse

from common import audit, metrics, openapi
from common.core import open_core
from common.identity import Verifier
from common.inside import core_of, resources_of
from common.problem import install_problem_handlers
from common.shell import Shell
from common.sse import Streams

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from common.core import ServiceDefinition
    from common.settings import ServiceSettings

__all__ = ["core_of", "create_service_app", "dress", "resources_of"]


def create_service_app(definition: ServiceDefinition, settings: ServiceSettings | None = None) -> FastAPI:
    """The application of a service; it opens what it needs when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        chosen = settings or definition.settings()
        app.state.definition = definition
        app.state.verifier = Verifier(chosen.identity_keys.get_secret_value(), definition.name)
        async with (
            open_core(definition, chosen) as core,
            definition.open_resources(core) as resources,
            Streams(core.db).running() as streams,
        ):
            app.state.core, app.state.resources, app.state.streams = core, resources, streams
            yield

    app = FastAPI(title=definition.title, lifespan=lifespan)
    dress(app, definition.name)
    api = APIRouter(prefix="/v1")
    for router in (audit.router, *definition.routers):
        api.include_router(router)
    app.include_router(api)
    return app


def dress(app: FastAPI, service: str) -> None:
    """Give an application the shell, problems and document that every one of ours has; the gateway's as well."""
    app.router.redirect_slashes = False
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    install_problem_handlers(app)
    app.include_router(metrics.router)
    app.add_middleware(Shell, service=service)
