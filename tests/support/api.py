"""Talking to a service in tests: in-process as a role, or over a real socket where a stream must stream.

async with serving(create_service_app(SERVICE, api_settings(InvoicesSettings, url))) as app:
    answer = await client(app, role="operator").post("/v1/…")
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
import uvicorn
from fastapi import FastAPI

from common.identity import HEADER, Identity, Role, make_key, mint, public_set_json
from common.settings import ServiceSettings

KEY = make_key()
NOWHERE = "redis://127.0.0.1:1/0"

S = TypeVar("S", bound=ServiceSettings)


def api_settings(kind: type[S], url: str, redis_url: str = NOWHERE, **more: Any) -> S:
    """Settings whose identities are signed by the tests' own key; without `redis_url` no Redis can be reached."""
    values: dict[str, Any] = {"environment": "development", "identity_keys": public_set_json(KEY)} | more
    return kind(database_url=url, redis_url=redis_url, **values)


def identity(
    app: FastAPI, role: Role | None = "operator", *, name: str = "Ada Test", kind: Any = "user"
) -> dict[str, str]:
    """The header that the gateway would send for somebody with `role`."""
    who = Identity(subject=f"id-of-{name}", name=name, kind=kind, role=role)
    return {HEADER: mint(KEY, audience=app.state.definition.name, identity=who)}


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[FastAPI]:
    """The application between its start and its stop."""
    async with app.router.lifespan_context(app):
        yield app


class SignedEachTime(httpx.Auth):
    """Signs each request as the gateway does: one identity for all would end in the middle of a long test."""

    def __init__(self, sign: Callable[[], dict[str, str]]) -> None:
        self._sign = sign

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        for header, value in self._sign().items():
            request.headers.setdefault(header, value)
        yield request


def client(app: FastAPI, role: Role | None = "operator", *, name: str = "Ada Test", **more: Any) -> httpx.AsyncClient:
    """In-process caller with `role`; None: known, but without any role. Nothing of the inside is raised to the test."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    auth = SignedEachTime(lambda: identity(app, role, name=name))
    return httpx.AsyncClient(transport=transport, base_url="http://service", auth=auth, **more)


def stranger(app: FastAPI, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    """In-process caller without an identity, or with whatever `headers` claim."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers)


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """`app` behind a real socket, its lifespan included; the base URL."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listener]))
    try:
        while not server.started:
            if task.done():
                task.result()
                raise RuntimeError("the application did not start; its log says why")
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


def check_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """`answer` is a problem of the one shape; its body, for what else it should say."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    body: dict[str, Any] = answer.json()
    expected = {"type", "title", "status", "detail", "instance", "code", "params", "request_id", "errors"}
    assert set(body) == expected
    assert body["status"] == status
    assert body["code"] == code, body
    assert body["type"] == f"/problems/{code.replace('_', '-')}"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert all(set(error) == {"pointer", "code", "detail"} for error in body["errors"])
    assert "Traceback" not in answer.text
    return body
