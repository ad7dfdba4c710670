"""PostgreSQL: the pool, short transactions, named SQL. Used by every service and the gateway.

A transaction is opened by a service, held for a few statements, and never open while an outside system is called
(`tests/architecture` checks it). What must happen after the commit, such as ringing the doorbell, is registered with
`after_commit` and is best effort: the ledger heals what is lost there.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import asyncpg
import orjson
import structlog

from common.errors import Unavailable

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

log = structlog.get_logger()

AfterCommit = Callable[[], Awaitable[None]]

_after_commit: ContextVar[list[AfterCommit] | None] = ContextVar("after_commit", default=None)

ACQUIRE_SECONDS = 10
STATEMENT_SECONDS = 30


def after_commit(action: AfterCommit) -> None:
    """Run `action` once the open transaction has committed; never when it rolls back.

    Raises:
        RuntimeError: no `Database.transaction()` is open in this task.
    """
    actions = _after_commit.get()
    if actions is None:
        raise RuntimeError("after_commit needs an open Database.transaction()")
    actions.append(action)


class Database:
    """A pool with the two ways of using it: `transaction()` for changes, `connection()` for reads."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection without a transaction: each statement stands alone.

        Raises:
            Unavailable: no connection could be had within ten seconds.
        """
        with cut_off_is_a_lost_connection():
            try:
                conn = await self.pool.acquire(timeout=ACQUIRE_SECONDS)
            except (TimeoutError, OSError, asyncpg.PostgresError) as error:
                raise database_unavailable(error) from error
            try:
                yield conn
            finally:
                await self.pool.release(conn)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One short transaction; commits at the end of the block, then runs what `after_commit` collected."""
        actions: list[AfterCommit] = []
        token = _after_commit.set(actions)
        try:
            async with self.connection() as conn, conn.transaction():
                yield conn
        finally:
            _after_commit.reset(token)
        for action in actions:
            await action()


@contextmanager
def cut_off_is_a_lost_connection() -> Iterator[None]:
    """Tell a session that the server ended during a statement as what it is.

    asyncpg sometimes says "cannot switch to state 12; another operation (2) is in progress" of it instead.
    """
    try:
        yield
    except asyncpg.InternalClientError as error:
        if "another operation" not in str(error):
            raise
        raise asyncpg.ConnectionDoesNotExistError("The server ended the session during a statement.") from error


def database_unavailable(error: BaseException) -> Unavailable:
    """The one sentence for a database that does not answer or has no room."""
    log.warning("database.unavailable", error=type(error).__name__)
    return Unavailable(
        "The database does not answer right now. Nothing was changed; try again in a moment.",
        code="database_unavailable",
        headers={"Retry-After": "5"},
    )


@asynccontextmanager
async def open_database(url: str, *, size: int, application: str) -> AsyncIterator[Database]:
    """Open a pool of at most `size` connections that decodes json and jsonb.

    Args:
        application: shown in `pg_stat_activity`.
    """
    pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        command_timeout=STATEMENT_SECONDS,
        timeout=ACQUIRE_SECONDS,
        init=_prepare_connection,
        reset=_leave_as_it_is,
        server_settings={"application_name": application, "timezone": "UTC"},
    )
    try:
        yield Database(pool)
    finally:
        await close_pool(pool)


async def close_pool(pool: Pool, seconds: float = 5) -> None:
    """Close gently; after `seconds` cut what is still held, so that a stop never hangs."""
    try:
        await asyncio.wait_for(pool.close(), seconds)
    except TimeoutError:
        pool.terminate()


async def _leave_as_it_is(_conn: Connection) -> None:
    """Asyncpg would send a statement at each release; nothing here changes a session without changing it back."""


async def _prepare_connection(conn: Connection) -> None:
    for name in ("json", "jsonb"):
        await conn.set_type_codec(
            name, schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
        )


_NAMED = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)\s*$", re.MULTILINE)


class Queries:
    """The named statements of a `queries.sql`, as attributes: `-- name: claim_due` becomes `sql.claim_due`.

    Text between the name and the statement that starts with `--` is the statement's comment and is sent along.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        parts = _NAMED.split(path.read_text(encoding="utf-8"))
        self._statements = {name: text.strip().rstrip(";") for name, text in zip(parts[1::2], parts[2::2], strict=True)}

    def __getattr__(self, name: str) -> str:
        try:
            return self._statements[name]
        except KeyError:
            raise AttributeError(f"{self._path} has no statement named {name!r}") from None

    def names(self) -> list[str]:
        """All names, in the order of the file."""
        return list(self._statements)


def queries_beside(module_file: str, name: str = "queries.sql") -> Queries:
    """The statements of the `queries.sql` beside a module: `sql = queries_beside(__file__)`."""
    return Queries(Path(module_file).with_name(name))
