"""Throw-away servers that may be broken on purpose. Used by `./dev chaos`, `./dev bench` and the kill tests."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from common.migrate import COMMON_BASE, COMMON_FILES, COMMON_JOBS, migrate
from tools.stack.children import free_port, stop_child
from tools.stack.postgres import PostgresServer, make_cluster, start_postgres
from tools.stack.valkey import ValkeyServer, start_valkey, valkey_url

if TYPE_CHECKING:
    from collections.abc import Iterator


class Lab:
    """A PostgreSQL (durable, as in production) and a Valkey, both empty, on free ports.

    Its methods block, and belong to the main thread: a server dies with the thread that started it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._password = secrets.token_urlsafe(12)
        self._postgres_port, self._valkey_port = free_port(), free_port()
        make_cluster(folder / "postgres", self._password, sync=False)
        self._postgres: PostgresServer = self._start_postgres()
        self._valkey: ValkeyServer | None = self._start_valkey()

    @property
    def redis_url(self) -> str:
        return valkey_url(self._valkey_port, self._password)

    def database(self, name: str) -> str:
        """URL of a new, migrated database."""
        return asyncio.run(self._make_database(name))

    def restart_postgres(self) -> None:
        """As after a power cut: every backend is gone at once, the log is replayed at the start."""
        stop_child(self._postgres.process, signal.SIGQUIT, 20)
        self._postgres = self._start_postgres()

    def kill_redis(self) -> None:
        if self._valkey:
            stop_child(self._valkey.process, signal.SIGKILL, 5)
        self._valkey = None

    def start_redis(self) -> None:
        self._valkey = self._valkey or self._start_valkey()

    def close(self) -> None:
        self.kill_redis()
        self._postgres.stop()

    def _start_postgres(self) -> PostgresServer:
        log = self._folder / "postgres.log"
        return start_postgres(self._folder / "postgres", port=self._postgres_port, password=self._password, log=log)

    def _start_valkey(self) -> ValkeyServer:
        log = self._folder / "valkey.log"
        return start_valkey(self._folder / "valkey", port=self._valkey_port, password=self._password, log=log)

    async def _make_database(self, name: str) -> str:
        admin = await asyncpg.connect(self._postgres.url)
        await admin.execute(f'CREATE DATABASE "{name}"')
        await admin.close()
        url = self._postgres.url.rpartition("/")[0] + f"/{name}"
        conn = await asyncpg.connect(url)
        await migrate(conn, [COMMON_BASE, COMMON_FILES, COMMON_JOBS])
        await conn.close()
        return url


@contextmanager
def open_lab() -> Iterator[Lab]:
    folder = Path(tempfile.mkdtemp(prefix="portico-lab-"))
    lab = Lab(folder)
    try:
        yield lab
    finally:
        lab.close()
        shutil.rmtree(folder, ignore_errors=True)
