"""The source over ODBC: SQL Server by Microsoft's driver or FreeTDS; PostgreSQL by psqlodbc, to prove the driver.

Whoever closes a cursor or a connection while a thread is inside it crashes the interpreter, and cancelling a task that
waits for such a thread does exactly that. So each call is a task of its own that nobody cancels; callers wait for it
beside it. A call that takes too long is ended at the server, left to end in its own time, and its connection is closed.
libodbc is loaded at the first call: without it the service starts, and says in one sentence what is missing.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from common.errors import Permanent, RemoteError, Transient
from services.asanito.adapters.source_tables import CALL_SECONDS, CONNECTIONS, LOCK_SECONDS, TARGET
from services.asanito.ports import SourceValues
from services.asanito.source.rules import rows_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from services.asanito.ports import SourceRow

LOGIN_SECONDS = 10
CLOSE_SECONDS = 5
OURS_TO_MEND = ("28", "42", "3D", "3F", "22", "25", "IM")
"""SQLSTATE classes that waiting does not mend: login, names and rights, values, the driver itself."""
LOCKED_OUT = ("(1222)", "55P03")
DEAD = ("08", "57P01", "57P02", "40001", "HY000", "01002")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how to connect: the ODBC connection string, and what is said first in each session."""

    connection: str
    session: tuple[str, ...]


def endpoint_of(url: str, driver: str, *, writes: bool = False, seconds: float = CALL_SECONDS) -> Endpoint:
    """An `mssql://` URL (or `postgresql+odbc://`) for an ODBC driver; the query's names are added as they stand.

    Args:
        driver: its name in odbcinst.ini, or the path of its library.
    """
    parts = urlsplit(url)
    named = {"Driver": driver if "/" in driver else f"{{{driver}}}"}
    login = {"UID": unquote(parts.username or ""), "PWD": unquote(parts.password or "")}
    lock = int(LOCK_SECONDS * 1000)
    host, database = parts.hostname or "localhost", parts.path.lstrip("/")
    if parts.scheme == "mssql":
        port = parts.port or 1433
        if "freetds" in driver.lower() or "tds" in driver.lower():
            where = {"Server": host, "Port": str(port), "TDS_Version": "7.4", "ClientCharset": "UTF-8"}
        else:
            where = {"Server": f"{host},{port}", "Encrypt": "yes"}
        where |= {"Database": database, "APP": "portico"}
        # Nobody at the till waits for us: in a deadlock we lose, and a lock that is held long ends our statement.
        session: tuple[str, ...] = (f"SET LOCK_TIMEOUT {lock}", "SET DEADLOCK_PRIORITY LOW", "SET NOCOUNT ON")
    else:
        where = {"Servername": host, "Port": str(parts.port or 5432), "Database": database}
        # Booleans as BIT, long texts whole, and no transaction of the driver's own around a statement.
        where |= {"BoolsAsChar": "0", "MaxLongVarcharSize": "-4", "UseServerSidePrepare": "1"}
        session = (
            f"SET lock_timeout = {lock}",
            f"SET statement_timeout = {int(seconds * 1000)}",
            f"SET default_transaction_read_only = {'off' if writes else 'on'}",
        )
    text = ";".join(f"{name}={_quoted(value)}" for name, value in (named | where | login).items())
    more = "".join(f";{name}={_quoted(value)}" for name, value in parse_qsl(parts.query))
    return Endpoint(text + more, session)


def _quoted(value: str) -> str:
    if value.startswith("{") or not set(value) & set(";={}[]()?*!@ "):
        return value
    return "{" + value.replace("}", "}}") + "}"


class _Call:
    """One statement on its way: whose connection it holds, and whether somebody still waits for it."""

    def __init__(self) -> None:
        self.cursor: Any = None
        self.abandoned = False


class OdbcDriver:
    """Fulfils `Driver`.

    Args:
        seconds: a statement that takes longer is ended.
    """

    numbered = False

    def __init__(self, endpoint: Endpoint, *, seconds: float) -> None:
        self._endpoint = endpoint
        self._seconds = seconds
        # One thread more than there are connections: for ending a statement whose thread is stuck in it.
        self._executor = ThreadPoolExecutor(CONNECTIONS + 1, thread_name_prefix="odbc")
        self._pool: Any = None
        self._odbc: Any = None
        self._jobs: set[asyncio.Task[SourceValues]] = set()

    async def fetch(self, statement: str, *values: Any) -> list[SourceRow]:
        return rows_of(await self.fetch_values(statement, *values))

    async def fetch_values(self, statement: str, *values: Any) -> SourceValues:
        pyodbc = self._load()
        try:
            return await self._call(statement, values, reads=True)
        except pyodbc.Error as error:
            if not is_dead(error):
                raise classify(error) from error
        await self._forget_connections()
        try:
            return await self._call(statement, values, reads=True)
        except pyodbc.Error as error:
            raise classify(error) from error

    async def change(self, statement: str, *values: Any) -> None:
        pyodbc = self._load()
        try:
            await self._call(statement, values, reads=False)
        except pyodbc.Error as error:
            raise classify(error) from error

    async def aclose(self) -> None:
        """Let what is under way end, then close."""
        if self._jobs:
            await asyncio.wait(self._jobs, timeout=CLOSE_SECONDS)
        if self._pool is not None:
            await self._forget_connections()
        self._executor.shutdown(wait=False)

    def _load(self) -> Any:
        """pyodbc, once libodbc is there.

        Raises:
            Permanent: `odbc_missing`.
        """
        if self._odbc is None:
            try:
                pyodbc: Any = import_module("pyodbc")  # only who has such a source needs libodbc
            except ImportError as error:
                raise odbc_missing("libodbc, the ODBC driver manager, is not installed") from error
            pyodbc.native_uuid = True
            pyodbc.pooling = False  # the driver manager's own pool hands out dead connections
            self._odbc = pyodbc
        return self._odbc

    async def _call(self, statement: str, values: Sequence[Any], *, reads: bool) -> SourceValues:
        call = _Call()
        job = asyncio.create_task(self._run(call, statement, values, reads=reads))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        try:
            # The driver's own limit comes first; this one is for a server that has fallen silent.
            await asyncio.wait({job}, timeout=self._seconds + LOGIN_SECONDS)
        except asyncio.CancelledError:
            await self._abandon(call, job)
            raise
        if job.done():
            return job.result()
        await self._abandon(call, job)
        raise Transient(
            f"The source did not answer within {self._seconds:g} s.", target=TARGET, code="source_unavailable"
        )

    async def _abandon(self, call: _Call, job: asyncio.Task[SourceValues]) -> None:
        """Nobody waits for it any more: tell the server to end it; its connection is closed once it has ended."""
        call.abandoned = True
        job.add_done_callback(lambda done: done.cancelled() or done.exception())
        if call.cursor is not None and not job.done():
            with suppress(self._odbc.Error):
                await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._executor, call.cursor.cancel))

    async def _run(self, call: _Call, statement: str, values: Sequence[Any], *, reads: bool) -> SourceValues:
        pool = await self._opened()
        conn = await pool.acquire()
        is_good = False
        try:
            cursor = await conn.cursor()
            call.cursor = cursor._impl  # noqa: SLF001 - aioodbc has no way to end a statement from beside it
            await cursor.execute(statement, *values)
            names = [column[0] for column in cursor.description] if reads else []
            rows = await cursor.fetchall() if reads else []
            await cursor.close()
            is_good = not call.abandoned
            return SourceValues(names, rows)
        finally:
            call.cursor = None
            if not is_good:
                with suppress(self._odbc.Error):  # a session that the server ended can't even be closed
                    await conn.close()
            await pool.release(conn)

    async def _opened(self) -> Any:
        if self._pool is None:
            self._pool = await import_module("aioodbc").create_pool(
                dsn=self._endpoint.connection,
                minsize=0,
                maxsize=CONNECTIONS,
                autocommit=True,
                timeout=LOGIN_SECONDS,
                executor=self._executor,
                after_created=self._prepare,
            )
        return self._pool

    async def _prepare(self, raw: Any) -> None:
        def prepare() -> None:
            with suppress(self._odbc.Error):  # psqlodbc has no such limit; its session has
                raw.timeout = int(self._seconds)
            for statement in self._endpoint.session:
                raw.execute(statement).close()

        await asyncio.get_running_loop().run_in_executor(self._executor, prepare)

    async def _forget_connections(self) -> None:
        for _ in range(CONNECTIONS):
            with suppress(self._odbc.Error):
                await self._pool.clear()
                return


def state_of(error: BaseException) -> str:
    """The SQLSTATE that a driver gave."""
    return str(error.args[0]) if error.args else ""


def is_dead(error: BaseException) -> bool:
    """Whether it was the connection that failed (a restart, a lost deadlock): the read may be repeated."""
    said = " ".join(map(str, error.args))
    return state_of(error).startswith(DEAD) and not any(code in said for code in LOCKED_OUT)


def classify(error: BaseException) -> RemoteError:
    """What the source's failure means: ours to mend, or worth another try."""
    said = " ".join(map(str, error.args))
    state = state_of(error)
    if "open lib" in said or state in ("IM002", "IM003"):
        return odbc_missing("the ODBC driver that ASANITO_SOURCE_DRIVER names is not installed")
    if state.startswith(OURS_TO_MEND) and not any(code in said for code in LOCKED_OUT):
        return Permanent(f"The source refused ({state}): {said[:300]}", target=TARGET, code="source_refused")
    return Transient(f"The source does not answer ({state}).", target=TARGET, code="source_unavailable")


def odbc_missing(what: str) -> Permanent:
    """The one sentence for a machine that can't speak ODBC yet."""
    return Permanent(
        f"The source can't be read: {what}. Install unixODBC and Microsoft's ODBC Driver 18 for SQL Server (or "
        "FreeTDS), then try again; the service need not be restarted.",
        target=TARGET,
        code="odbc_missing",
    )


@asynccontextmanager
async def open_odbc_driver(
    url: str, driver: str, *, writes: bool = False, seconds: float = CALL_SECONDS
) -> AsyncIterator[OdbcDriver]:
    """The source behind a small pool; nothing is connected or loaded yet."""
    opened = OdbcDriver(endpoint_of(url, driver, writes=writes, seconds=seconds), seconds=seconds)
    try:
        yield opened
    finally:
        await opened.aclose()
