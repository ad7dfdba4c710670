"""A running gateway with a stand-in service named `invoices` behind it, and people to sign in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest
from argon2 import PasswordHasher

from common.identity import SYSTEM, Verifier, make_key, private_json, public_set_json
from gateway.__main__ import server_config
from gateway.auth.passwords import Passwords
from gateway.keys.schemas import KeyCreate
from gateway.main import Gateway, create_gateway
from gateway.resources import COMPONENTS, Resources
from gateway.settings import GatewaySettings
from gateway.users.schemas import UserCreate
from tests.gateway.backend import Backend
from tests.gateway.running import PASSWORD, Browser, MovableClock, running_server, serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.servers import Databases

SIGNING_KEY = make_key()


def quick_passwords() -> Passwords:
    """Argon2 at its least: what a hash costs is one test's matter, and every other test signs somebody in."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class Running:
    """A gateway, what stands behind it, and ways in."""

    url: str
    gateway: Gateway
    backend: Backend
    clock: MovableClock
    database_url: Any
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def resources(self) -> Resources:
        resources: Resources = self.gateway.app.state.resources
        return resources

    @property
    def verifier(self) -> Verifier:
        return Verifier(public_set_json(SIGNING_KEY), "invoices")

    def browser(self) -> Browser:
        client = httpx.AsyncClient(base_url=self.url, timeout=20)
        self.clients.append(client)
        return Browser(client)

    async def user(self, username: str, *, must_change_password: bool = False, **more: Any) -> Any:
        """Make a user with the password of all tests."""
        wanted = UserCreate(username=username, name=more.pop("name", username), password=PASSWORD, **more)
        return await self.resources.users.create(wanted, SYSTEM, must_change_password=must_change_password)

    async def signed_in(self, username: str, **more: Any) -> Browser:
        """A new user's browser, signed in."""
        await self.user(username, **more)
        browser = self.browser()
        response = await browser.login(username)
        assert response.status_code == httpx.codes.OK, response.text
        return browser

    async def key(self, name: str, **roles: Any) -> dict[str, str]:
        """The header of a new API key."""
        _, secret = await self.resources.keys.create(KeyCreate(name=name, roles=roles), SYSTEM)
        return {"Authorization": f"Bearer {secret}"}


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start(databases: Databases, tmp_path: Path) -> AsyncIterator[Start]:
    """`await start(**settings)`: a gateway with these settings, a database of its own and a `Backend`."""
    async with AsyncExitStack() as stack:

        async def begin(
            *, upstreams: dict[str, str] | None = None, passwords: Passwords | None = None, **settings: Any
        ) -> Running:
            running = running_gateway(databases, tmp_path, upstreams, settings, passwords)
            return await stack.enter_async_context(running)

        yield begin


@asynccontextmanager
async def running_gateway(
    databases: Databases,
    static: Path,
    upstreams: dict[str, str] | None,
    settings: dict[str, Any],
    passwords: Passwords | None = None,
) -> AsyncIterator[Running]:
    backend, clock = Backend(), MovableClock()
    database_url = databases.create(COMPONENTS)
    async with AsyncExitStack() as stack:
        stack.callback(databases.drop, database_url)
        if upstreams is None:
            upstreams = {"invoices": await stack.enter_async_context(serving(backend))}
        made = GatewaySettings.model_validate(
            {
                "database_url": database_url,
                "signing_key": private_json(SIGNING_KEY),
                "upstreams": upstreams,
                "environment": "development",
                "static": static / "static",
                "port": 0,
            }
            | settings
        )
        gateway = create_gateway(made, clock=clock, passwords=passwords or quick_passwords())
        url = await stack.enter_async_context(running_server(server_config(gateway, made)))
        running = Running(url, gateway, backend, clock, database_url)
        yield running
        for client in running.clients:
            await client.aclose()


@pytest.fixture(scope="session")
async def shared(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running_gateway(databases, tmp_path_factory.mktemp("console"), None, {}) as running:
        yield running


@pytest.fixture
async def running(shared: Running) -> AsyncIterator[Running]:
    """A gateway with usual settings that knows nobody yet; the process is shared by the tests, its memory is not."""
    conn = await asyncpg.connect(shared.database_url.admin)
    await conn.execute("TRUNCATE users, sessions, proofs, saved_views, default_views, api_keys, login_failures")
    await conn.execute("TRUNCATE audit_entries, idempotency_keys")
    await conn.close()
    shared.clock.shift = timedelta()
    shared.resources.doorman.forget()
    shared.backend.reset()
    yield shared
    for client in shared.clients:
        await client.aclose()
    shared.clients.clear()
