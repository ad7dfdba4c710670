"""A gym chain's outside in a process of its own: Asanito, and the legacy database; for every test that needs them.

    with source_database(databases) as source, asanito_sandbox(tmp_path, source=source) as outside:
        outside.seed(size=300)                               # six tables full of stories
        settings = AsanitoSettings(base_url=outside.api_url, source_url=source.reader, ...)
        outside.fault("Person/addLean", "reset_after")       # it happens, the answer is lost
        outside.books()["contacts"]                          # what the target holds
        outside.differences()                                # [] when the books are what they must be

What every site's sandbox can do is in `sandbox.py`.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.support.sandbox import Sandbox, running_sandbox
from tests.support.servers import in_own_loop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.support.servers import Databases


@dataclass(frozen=True)
class SourceDatabase:
    """URLs of one empty database for the legacy tables: as its owner, as the reader, as the one who writes statuses."""

    owner: str
    reader: str
    writer: str


@contextmanager
def source_database(databases: Databases) -> Iterator[SourceDatabase]:
    """A database with two least-privilege logins; the sandbox makes the tables and grants the rights."""
    made = databases.create(())
    writer = f"test_writer_{secrets.token_hex(4)}"
    password = secrets.token_urlsafe(12)
    _as_admin(databases.admin_url, f"CREATE ROLE {writer} LOGIN PASSWORD '{password}'")
    name = urlsplit(made).path.lstrip("/")
    _as_admin(databases.admin_url, f"GRANT CONNECT ON DATABASE {name} TO {writer}")
    parts = urlsplit(made)
    as_writer = urlunsplit(parts._replace(netloc=f"{writer}:{password}@{parts.hostname}:{parts.port or 5432}"))
    try:
        yield SourceDatabase(owner=made.owner, reader=str(made), writer=as_writer)
    finally:
        databases.drop(made)
        _as_admin(databases.admin_url, f"DROP ROLE {writer}")


class AsanitoSandbox(Sandbox):
    """A running sandbox: addresses to point a service at, and its control."""

    def __init__(self, directory: Path, client: httpx.Client, addresses: dict[str, Any]) -> None:
        super().__init__(directory, client, addresses)
        self.api_url: str = addresses["api_url"]
        self.source_url: str = addresses["source_url"]
        account = addresses["accounts"][0]
        self.customer_id: int = account["customer_id"]
        self.mobile: str = account["mobile"]
        self.password: str = account["password"]
        self.other_tenant: dict[str, Any] = addresses["accounts"][1]

    # The target

    def books(self, customer_id: int | None = None) -> dict[str, Any]:
        """`contacts`, `categories`, `products`, `invoices`, `incomes`, `deals`, `wallets` (by person id)."""
        found: dict[str, Any] = self._get("/_sandbox/asanito/books", customer_id=customer_id or self.customer_id)
        return found

    def options(self, customer_id: int | None = None) -> dict[str, Any]:
        """Organisations, users, units, accounts, warehouses, cities, funnels, levels: the ids of the tenant."""
        found: dict[str, Any] = self._get("/_sandbox/asanito/options", customer_id=customer_id or self.customer_id)
        return found

    def mappings(self) -> dict[str, dict[str, int]]:
        """What an operator would map, by mapping type: source value to target id."""
        found: dict[str, dict[str, int]] = self._get("/_sandbox/asanito/mappings")
        return found

    def change_mappings(self, **types: dict[str, int]) -> None:
        """What the expected books count with from now on; whole types."""
        self._call("PUT", "/_sandbox/asanito/mappings", types)

    def requests(self, operation: str = "", after: int = 0) -> list[dict[str, Any]]:
        """What was asked, oldest first: `operation`, `method`, `query`, `body`, `status`, `fault`, `effect`."""
        items: list[dict[str, Any]] = self._get("/_sandbox/asanito/requests", operation=operation, after=after)["items"]
        return items

    def writes(self) -> list[dict[str, Any]]:
        """The requests that changed something."""
        return [one for one in self.requests() if one["effect"]]

    def forget_requests(self) -> None:
        self._call("DELETE", "/_sandbox/asanito/requests")

    def fault(self, operation: str, kind: str, **more: Any) -> int:
        """Arms a fault of Asanito; see `arm`."""
        return self.arm("asanito", operation, kind, **more)

    def weather(self, rate: float, seed: int = 0, **more: Any) -> None:
        """Random faults; `kinds=[...]`, `operations=[...]`, `limit=`. A rate of 0 ends them."""
        self._call("PUT", "/_sandbox/asanito/weather", {"rate": rate, "seed": seed, **more})

    def change(self, **habits: Any) -> None:
        """`future_dates`, `strict_words`, `edit_confirmed`, `calls_per_second`, `latency_seconds`, `token_calls`."""
        self._call("PATCH", "/_sandbox/asanito/state", habits)

    def switch_off(self, *operations: str) -> None:
        """Those answer 404, for example "Invoice/getList"; without any, all are there again."""
        self._call("PUT", "/_sandbox/asanito/endpoints", {"off": list(operations)})

    def expire_tokens(self) -> int:
        count: int = self._call("POST", "/_sandbox/asanito/tokens/expire")["expired"]
        return count

    def snapshot(self) -> None:
        self._call("POST", "/_sandbox/asanito/snapshot")

    def restore(self) -> None:
        self._call("POST", "/_sandbox/asanito/restore")

    def reset_target(self) -> None:
        """Empty books, no faults; the source stays as it is."""
        self._call("POST", "/_sandbox/asanito/reset")

    # The source

    def seed(self, size: int = 300, seed: int = 1, **more: Any) -> dict[str, int]:
        """Afresh; rows by table. `until="2026-11-20"`, `members=1_000_000` plain ones on top, `indexes=False`."""
        found: dict[str, int] = self._call(
            "POST", "/_sandbox/asanito/source/seed", {"size": size, "seed": seed, **more}
        )
        return found

    def add_day(self, size: int = 60, seed: int | None = None) -> dict[str, int]:
        found: dict[str, int] = self._call("POST", "/_sandbox/asanito/source/day", {"size": size, "seed": seed})
        return found

    def grow(self, how: str, table: str, count: int = 1, **more: Any) -> list[str]:
        """`versions`, `edits`, `deletions` (`removal="flag"|"remove"`) or `late`; keys of what was touched."""
        body = {"table": table, "count": count, **more}
        if "removal" in body:
            body["how"] = body.pop("removal")
        keys: list[str] = self._call("POST", f"/_sandbox/asanito/source/{how}", body)["keys"]
        return keys

    def leave_behind(self, share: float = 0.5) -> dict[str, int]:
        """The application before us has synchronised that share of the members, and kept its own five tables."""
        path = "/_sandbox/asanito/source/old-application"
        found: dict[str, int] = self._call("POST", path, {"share": share})
        return found

    def rows(self, table: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._get(f"/_sandbox/asanito/source/rows/{table}")["items"]
        return items

    # What must be

    def differences(self) -> list[str]:
        """How the books differ from what the source makes due; [] closes them: later changes count from here."""
        items: list[str] = self._call("POST", "/_sandbox/asanito/compare")["items"]
        return items

    def close_books(self) -> None:
        """Takes the source as it is now for synchronised."""
        self._call("POST", "/_sandbox/asanito/close")

    def expected(self) -> dict[str, Any]:
        """`contacts`, `products`, `invoices` (by title), `incomes` (by title), `deals`, `wallets`, and `reasons`."""
        found: dict[str, Any] = self._get("/_sandbox/asanito/expected")
        return found

    def assume(self, triggers: dict[int, int]) -> None:
        """Deals are due for these product codes of the source, at these funnel levels."""
        self._call("PUT", "/_sandbox/asanito/assumptions", {"triggers": triggers})

    # Both

    def reset(self, size: int | None = None, seed: int | None = None) -> None:
        """Both sides as on the first day: for fixtures that keep one sandbox for a whole session."""
        self._call("POST", "/_sandbox/reset", {"size": size, "seed": seed})


@contextmanager
def asanito_sandbox(
    directory: Path, *, source: SourceDatabase | None = None, size: int = 0, arguments: tuple[str, ...] = ()
) -> Iterator[Any]:
    """An `AsanitoSandbox` until the block ends; in the same directory it has its books, accounts and the source's rows.

    With `arguments=("--source-port", "0")` a gate stands before the source (`outside.source_url`): it can be down.
    """
    given = ["--size", str(size), *arguments]
    if source is not None:
        logins = ("--source-reader", _role(source.reader), "--source-writer", _role(source.writer))
        given += ["--source-url", source.owner, *logins]
    with running_sandbox("asanito", AsanitoSandbox, directory, *given) as running:
        yield running


def _role(url: str) -> str:
    return urlsplit(url).username or ""


def _as_admin(admin_url: str, statement: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    in_own_loop(execute())
