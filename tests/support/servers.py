"""The real servers that tests run against: started once per pytest process, thrown away with it.

`DATABASE_URL` (an administrator's) and `REDIS_URL` replace the embedded ones. With xdist each worker has its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from common.migrate import Component, migrate
from tools.stack.children import free_port
from tools.stack.disguise import remove
from tools.stack.postgres import WITHOUT_DURABILITY, PostgresError, PostgresServer, make_cluster, start_postgres
from tools.stack.valkey import start_valkey

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Sequence
    from pathlib import Path

T = TypeVar("T")

OWNER = "test_owner"
RUNTIME = "test_runtime"


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """Admin URL of a throw-away cluster in `folder`, or of the server that DATABASE_URL names."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    password = secrets.token_urlsafe(18)
    make_cluster(folder / "postgres", password, sync=False)
    server = start_on_free_port(folder, password)
    try:
        yield server.url
    finally:
        server.stop()
        remove(folder / "postgres")


def start_on_free_port(folder: Path, password: str, tries: int = 3) -> PostgresServer:
    """Another process may take a free port before we bind it: then the next one."""
    for attempt in range(tries):
        try:
            return start_postgres(
                folder / "postgres",
                port=free_port(),
                password=password,
                log=folder / "postgres.log",
                options=WITHOUT_DURABILITY,
            )
        except PostgresError:
            if attempt == tries - 1:
                raise
    raise AssertionError


@contextmanager
def running_valkey(folder: Path, worker: str) -> Iterator[str]:
    """URL of a throw-away Valkey, or of this worker's numbered database of the server that REDIS_URL names."""
    if given := os.environ.get("REDIS_URL"):
        number = int(worker.removeprefix("gw") or 0) + 1 if worker.startswith("gw") else 0
        yield urlunsplit(urlsplit(given)._replace(path=f"/{number}"))
        return
    server = start_valkey(
        folder / "valkey", port=free_port(), password=secrets.token_hex(16), log=folder / "valkey.log", durable=False
    )
    try:
        yield server.url
    finally:
        server.stop()
        shutil.rmtree(folder / "valkey", ignore_errors=True)


class DatabaseUrl(str):
    """URL of a test database as its runtime role; `.owner` and `.admin` are the same database as those roles."""

    __slots__ = ("admin", "owner")

    admin: str
    owner: str


class Databases:
    """Makes databases by cloning a template, which is migrated once per set of components."""

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url
        self._password = secrets.token_urlsafe(18)
        self._suffix = secrets.token_hex(4)
        self._owner = f"{OWNER}_{self._suffix}"
        self._runtime = f"{RUNTIME}_{self._suffix}"
        self._templates: dict[str, str] = {}
        self._has_roles = False

    def create(self, components: Sequence[Component]) -> DatabaseUrl:
        """A new database with the tables of `components`, as one of their clones."""
        return in_own_loop(self._create(components))

    def drop(self, url: DatabaseUrl) -> None:
        """Drop it, whoever is still connected."""
        in_own_loop(self._drop(urlsplit(url).path.lstrip("/")))

    def close(self) -> None:
        """Drop templates and roles; an embedded server goes anyway, a given one must be left as it was."""
        in_own_loop(self._close())

    def url(self, database: str) -> DatabaseUrl:
        url = DatabaseUrl(self._as(self._runtime, database))
        url.owner = self._as(self._owner, database)
        url.admin = urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{database}"))
        return url

    def _as(self, role: str, database: str) -> str:
        parts = urlsplit(self.admin_url)
        return urlunsplit(
            parts._replace(
                netloc=f"{role}:{self._password}@{parts.hostname}:{parts.port or 5432}",
                path=f"/{database}",
            )
        )

    async def _create(self, components: Sequence[Component]) -> DatabaseUrl:
        template = await self._template(components)
        name = f"test_{self._suffix}_{secrets.token_hex(6)}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {self._owner} STRATEGY wal_log")
        # As in every installation: a right that the runtime role lacks there must not be had in a test.
        await self._execute(
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {self._runtime}"
        )
        return self.url(name)

    async def _template(self, components: Sequence[Component]) -> str:
        key = ",".join(component.name for component in components)
        if key not in self._templates:
            await self._make_roles()
            name = f"template_{self._suffix}_{hashlib.sha256(key.encode()).hexdigest()[:12]}"
            await self._execute(f"CREATE DATABASE {name} OWNER {self._owner}")
            conn = await asyncpg.connect(self.url(name).owner)
            try:
                await migrate(conn, components, runtime_role=self._runtime)
            finally:
                await conn.close()
            self._templates[key] = name
        return self._templates[key]

    async def _make_roles(self) -> None:
        if not self._has_roles:
            for role in (self._owner, self._runtime):
                await self._execute(f"CREATE ROLE {role} LOGIN PASSWORD '{self._password}'")
            self._has_roles = True

    async def _drop(self, name: str) -> None:
        await self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def _close(self) -> None:
        for name in self._templates.values():
            await self._drop(name)
        if self._has_roles:
            await self._execute(f"DROP ROLE {self._owner}, {self._runtime}")

    async def _execute(self, statement: str) -> None:
        conn = await asyncpg.connect(self.admin_url)
        try:
            await conn.execute(statement)
        finally:
            await conn.close()


def in_own_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end from synchronous code, also while the caller's own event loop runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
