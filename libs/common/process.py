"""`python -m services.<name> {api | worker | migrate | openapi}`: the command line of every service.

Imports stand in the commands that need them: a worker starts without FastAPI, an API without arq's worker.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import argparse
import asyncio
import math
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson
from pydantic_settings import SettingsConfigDict

from common.errors import PorticoError
from common.migrate import migrate
from common.settings import ProcessSettings

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from common.core import ServiceDefinition


def run_process(definition: ServiceDefinition[Any, Any], arguments: Sequence[str] | None = None) -> int:
    """Run one process of the service until it is stopped; the exit code."""
    options = _parser(definition).parse_args(arguments)
    try:
        return int(options.run(definition, options) or 0)
    except PorticoError as error:
        sys.stderr.write(f"{definition.name}: {error.detail}\n")
        return 1


def _parser(definition: ServiceDefinition[Any, Any]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{definition.name}", description=definition.title)
    commands = parser.add_subparsers(required=True)
    api = commands.add_parser("api", help="serve HTTP")
    api.add_argument("--host", default="127.0.0.1")
    api.add_argument("--port", type=int, default=8000)
    api.set_defaults(run=_api)
    worker = commands.add_parser("worker", help="execute runs, fire schedules, send the outbox")
    worker.add_argument("--lanes", default="", help="comma-separated lanes; all of the service when left out")
    worker.set_defaults(run=_worker)
    migration = commands.add_parser("migrate", help="apply migrations; DATABASE_URL must be the owner's here")
    migration.add_argument("--runtime-role", default=None, help="role of API and worker, to be granted what it needs")
    migration.set_defaults(run=_migrate)
    commands.add_parser("openapi", help="print the OpenAPI document").set_defaults(run=_openapi)
    return parser


def _api(definition: ServiceDefinition[Any, Any], options: argparse.Namespace) -> int:
    import uvicorn

    from common.app import create_service_app
    from common.logging import configure_logging

    settings = definition.settings()
    configure_logging(definition.name, settings.log_level)
    app = create_service_app(definition, settings)
    config = uvicorn.Config(
        app,
        host=options.host,
        port=options.port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,  # longer than the gateway keeps idle connections: none is closed under its request
        timeout_graceful_shutdown=math.ceil(settings.drain_seconds),
    )

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.streams.close()  # live streams never end by themselves; their listeners come back
            await super().shutdown(sockets)

    server = Server(config)
    with suppress(KeyboardInterrupt):  # Ctrl-C, raised again once everything is closed
        server.run()
    return 0 if server.started else 1


def _worker(definition: ServiceDefinition[Any, Any], options: argparse.Namespace) -> None:
    from common.jobs.worker import run_worker
    from common.logging import configure_logging

    settings = definition.settings()
    configure_logging(definition.name, settings.log_level)
    lanes = [name.strip() for name in options.lanes.split(",") if name.strip()]
    asyncio.run(run_worker(definition, settings, lanes))


def _migrate(definition: ServiceDefinition[Any, Any], options: argparse.Namespace) -> None:
    class MigrationSettings(ProcessSettings):
        model_config = SettingsConfigDict(env_prefix=definition.settings.model_config["env_prefix"])

    url = str(MigrationSettings().database_url)
    for name in asyncio.run(_apply(definition, url, options.runtime_role)):
        sys.stdout.write(f"applied {name}\n")


async def _apply(definition: ServiceDefinition[Any, Any], url: str, runtime_role: str | None) -> list[str]:
    conn = await asyncpg.connect(url)
    try:
        return await migrate(conn, definition.components, runtime_role=runtime_role)
    finally:
        await conn.close()


def _openapi(definition: ServiceDefinition[Any, Any], _options: argparse.Namespace) -> None:
    from common.app import openapi_document

    document = openapi_document(definition)
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
