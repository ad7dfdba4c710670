"""Starting servers in the test's own loop, and a client that treats cookies as a browser does."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PASSWORD = "correct horse battery staple"


@dataclass
class MovableClock:
    """A clock that tests push forward."""

    shift: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve a stand-in on a free port; gives its URL."""
    config = uvicorn.Config(
        app, port=0, lifespan="off", log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=1
    )
    async with running_server(config) as url:
        yield url


@asynccontextmanager
async def running_server(config: uvicorn.Config) -> AsyncIterator[str]:
    """Run a server in the test's own loop, so that a test can look into it; signals stay the test runner's."""
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    if server.should_exit:
        raise RuntimeError("the server did not start")
    loop = asyncio.create_task(server.main_loop())
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await loop
        await server.shutdown()


@dataclass
class Browser:
    """One person's browser: keeps the cookie (also a Secure one on loopback) and sends the CSRF token."""

    http: httpx.AsyncClient
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    async def request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        sent = dict(headers or {})
        if self.cookies:
            sent.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method not in {"GET", "HEAD"} and self.csrf:
            sent.setdefault("X-CSRF-Token", self.csrf)
        response = await self.http.request(method, path, headers=sent, **more)
        self._keep(response)
        return response

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.request("GET", path, **more)

    async def post(self, path: str, **more: Any) -> httpx.Response:
        return await self.request("POST", path, **more)

    async def login(self, username: str, password: str = PASSWORD) -> httpx.Response:
        response = await self.post("/api/auth/login", json={"username": username, "password": password})
        if response.status_code == httpx.codes.OK:
            self.csrf = response.json()["csrf_token"]
        return response

    def _keep(self, response: httpx.Response) -> None:
        for line in response.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0]
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
