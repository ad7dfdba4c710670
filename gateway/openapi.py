"""One OpenAPI document out of the gateway's own and every service's.

What `common` gives every service (Run, Problem, Page …) keeps its name; a service's own schemas carry the service's.
The last good document of a service that is away stays and is marked: clients generated from the whole lose nothing.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
import structlog
from aiohttp import ClientError, ClientTimeout

from common.app import openapi_document
from common.core import Core, ServiceDefinition
from common.openapi import document, operations
from common.problem import problems
from common.settings import ServiceSettings
from gateway.auth.access import KEY_SCHEME, SESSION_SCHEME

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from fastapi import FastAPI

    from gateway.upstreams import Upstream

log = structlog.get_logger()

Document: TypeAlias = dict[str, Any]

READ_SECONDS = 3.0
REFRESH_SECONDS = 10.0
SCHEMAS = "#/components/schemas/"
SECURITY: list[dict[str, list[str]]] = [{SESSION_SCHEME: []}, {KEY_SCHEME: []}]
DESCRIPTION = """\
The gateway and all services behind it. Sign in by `POST /api/auth/login`, or send `Authorization: Bearer pk_…`.
Changes by a browser session also need its `X-CSRF-Token`. `x-role` is the role that an operation needs: for its
service, for Portico itself (users, keys), or for any one service (pages over all of them).
"""


def own_document(app: FastAPI) -> Document:
    """The gateway's own operations; `x-role` is a role, `signed_in` (whatever one's roles) or `public`."""
    made = document(app)
    made["info"]["description"] = DESCRIPTION
    for _, _, operation in operations(made):
        # The docstring's one line says more than the function's name.
        operation["summary"] = operation.pop("description", operation["summary"]).rstrip(".")
        entries = operation.get("security", [])
        scopes = [scope for entry in entries for scope in entry.get(SESSION_SCHEME, [])]
        operation.setdefault("x-role", scopes[0] if scopes else "signed_in" if entries else "public")
        if entries:
            operation["security"] = SECURITY
            for status, response in problems(401, 403).items():
                operation["responses"].setdefault(str(status), response)
    return made


def merge(own: Document, services: Mapping[str, Document], away: frozenset[str] = frozenset()) -> Document:
    """The whole.

    Args:
        services: name → document, as the service serves it.
        away: services whose document could not be read again.
    """
    merged = deepcopy(own)
    schemas: dict[str, Any] = merged["components"]["schemas"]
    common = common_schemas()
    for name, served in services.items():
        theirs = served.get("components", {}).get("schemas", {})
        names = {
            schema: schema if common.get(schema) == content else f"{name.capitalize()}_{schema}"
            for schema, content in theirs.items()
        }
        adopted = _renamed(served, {SCHEMAS + old: SCHEMAS + new for old, new in names.items()})
        for schema, content in adopted.get("components", {}).get("schemas", {}).items():
            schemas.setdefault(names[schema], content)
        for path, item in adopted["paths"].items():
            if path.startswith("/v1/"):
                merged["paths"][f"/api/{name}{path}"] = item
                _adopt(item, name, served["info"]["title"], is_away=name in away)
    return merged


@cache
def common_schemas() -> dict[str, Any]:
    """The schemas of a service that has nothing of its own."""

    @asynccontextmanager
    async def nothing(_: Core[ServiceSettings]) -> AsyncIterator[None]:
        yield

    bare = ServiceDefinition("bare", "Bare", ServiceSettings, Path(), nothing)
    schemas: dict[str, Any] = openapi_document(bare)["components"]["schemas"]
    return schemas


def _renamed(content: Any, names: Mapping[str, str]) -> Any:
    """A copy in which every reference has its new name."""
    match content:
        case dict():
            return {
                key: names.get(value, value) if key == "$ref" and isinstance(value, str) else _renamed(value, names)
                for key, value in content.items()
            }
        case list():
            return [_renamed(value, names) for value in content]
    return content


def _adopt(item: dict[str, Any], name: str, title: str, *, is_away: bool) -> None:
    for operation in item.values():
        if not isinstance(operation, dict):
            continue
        operation["operationId"] = f"{name}_{operation['operationId']}"
        operation["tags"] = [f"{title}: {tag}" for tag in operation.get("tags", ["general"])]
        operation["security"] = SECURITY
        operation["x-service"] = name
        for status, response in problems(502, 504).items():
            operation["responses"].setdefault(str(status), response)
        if is_away:
            operation["x-service-status"] = "away"


@dataclass
class MergedDocument:
    """The merged document of a running gateway: services are asked again when a reader comes after ten seconds."""

    own: Document
    upstreams: Mapping[str, Upstream]
    _known: dict[str, Document] = field(default_factory=dict)
    _away: frozenset[str] = frozenset()
    _read_at: float = float("-inf")
    _merged: bytes = b""
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def json(self) -> bytes:
        """The document, at most ten seconds old."""
        async with self._reading:
            if monotonic() - self._read_at > REFRESH_SECONDS:
                await self._read()
                self._read_at = monotonic()
        return self._merged

    async def _read(self) -> None:
        upstreams = list(self.upstreams.values())
        served = await asyncio.gather(*(_served(upstream) for upstream in upstreams))
        fresh = {upstream.name: found for upstream, found in zip(upstreams, served, strict=True) if found}
        away = frozenset(self.upstreams) - frozenset(fresh)
        known = self._known | fresh
        if not self._merged or known != self._known or away != self._away:
            self._known, self._away = known, away
            self._merged = orjson.dumps(merge(self.own, known, away))


async def _served(upstream: Upstream) -> Document | None:
    try:
        async with upstream.requests.get(
            f"{upstream.url}/openapi.json", timeout=ClientTimeout(total=READ_SECONDS), allow_redirects=False
        ) as response:
            if not response.ok:
                return None
            found: Document = orjson.loads(await response.read())
    except (TimeoutError, ClientError, OSError, ValueError) as error:
        log.info("openapi.service_missing", service=upstream.name, error=type(error).__name__)
        return None
    return found if isinstance(found.get("paths"), dict) else None
