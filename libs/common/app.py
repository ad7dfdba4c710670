"""One FastAPI application out of a service definition: every service's `api` process is made here.

Each gets the same shell (ids, limits, problems, idempotency), the same doors (`/v1/runs`, `/v1/options` …) and the same
lifespan: core, resources, live streams. Settings are read when it starts: the document can be written without any.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI

from common import attention, audit, connections, health, metrics, openapi, options, outbox_endpoints, search
from common.bulk_endpoints import bulk_router
from common.core import open_core
from common.health import Health
from common.idempotency import Idempotency, principal_of_identity
from common.identity import Verifier
from common.inside import core_of, resources_of
from common.jobs import endpoints, endpoints_jobs, endpoints_questions, endpoints_schedules
from common.jobs.attention import find_in_ledger, ledger_attention
from common.jobs.listed import RUNS_IN_BULK
from common.problem import install_problem_handlers
from common.shell import Shell
from common.sse import Streams

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import Scope

    from common.core import ServiceDefinition
    from common.db import Database
    from common.idempotency import Principal
    from common.settings import ServiceSettings

__all__ = ["core_of", "create_service_app", "dress", "openapi_document", "resources_of"]


def create_service_app(definition: ServiceDefinition[Any, Any], settings: ServiceSettings | None = None) -> FastAPI:
    """The application of a service; it opens what it needs when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        chosen = settings or definition.settings()
        app.state.verifier = Verifier(chosen.identity_keys.get_secret_value(), definition.name)
        async with (
            open_core(definition, chosen, process="api") as core,
            definition.open_resources(core) as resources,
            Streams(core.db).running() as streams,
            Health(
                core, definition.components, {name: partial(ask, resources) for name, ask in definition.needs.items()}
            ).open() as checks,
        ):
            app.state.core, app.state.resources = core, resources
            app.state.streams, app.state.health = streams, checks
            yield

    app = FastAPI(title=definition.title, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.definition = definition
    app.state.core_attention, app.state.core_search = (ledger_attention,), (find_in_ledger,)
    dress(app, definition.name, principal=principal_of_identity, database=_database_of_core)
    app.include_router(health.router)
    api = APIRouter(prefix="/v1")
    many_runs = bulk_router(
        RUNS_IN_BULK, "/runs/bulk", operation_id="act_on_runs", summary="Retry, stop or see several runs", tag="runs"
    )
    api.include_router(many_runs)
    ledger = (endpoints, endpoints_jobs, endpoints_questions, endpoints_schedules)
    shared = (*ledger, attention, audit, connections, options, outbox_endpoints, search)
    for router in (*(module.router for module in shared), *definition.routers):
        api.include_router(router)
    app.include_router(api)
    return app


def dress(
    app: FastAPI,
    service: str,
    *,
    principal: Principal | None = None,
    database: Callable[[Scope], Database] | None = None,
) -> None:
    """Give an application what every one of ours has: shell, idempotency, problems, document, metrics.

    Args:
        principal: whose an Idempotency-Key is; without it the header is not looked at.
        database: where the keys are kept; has `COMMON_BASE`.
    """
    app.router.redirect_slashes = False
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    install_problem_handlers(app)
    app.include_router(metrics.router)
    if principal and database:
        app.add_middleware(Idempotency, principal=principal, database=database)
    app.add_middleware(Shell, service=service)


def _database_of_core(scope: Scope) -> Database:
    database: Database = scope["app"].state.core.db
    return database


def openapi_document(definition: ServiceDefinition[Any, Any]) -> dict[str, Any]:
    """The OpenAPI document of a service, made without settings, database or network."""
    return openapi.document(create_service_app(definition))
