"""Migrations: numbered SQL files with checksums, applied under an advisory lock. Used by every service and the gateway.

A component (`common/base`, `common/jobs`, `invoices`, `gateway`) is a folder of `NNNN_<what>.sql`. Applied files never
change: a changed checksum stops the start with a sentence. Each file runs in one transaction, as the owner role.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from common.errors import PorticoError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.db import Connection

LOCK_KEY = 0x706F7274  # "port"
_FILE = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")

_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    component   text        NOT NULL,
    number      int         NOT NULL,
    name        text        NOT NULL,
    checksum    text        NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (component, number)
)
"""


class MigrationError(PorticoError):
    """The schema and the files disagree; nothing was applied."""

    code = "migration_error"


@dataclass(frozen=True, slots=True)
class Component:
    """A folder of migrations, under the name that the table remembers it by."""

    name: str
    folder: Path

    def files(self) -> list[tuple[int, Path]]:
        """The files by number.

        Raises:
            MigrationError: a name that is not `NNNN_<what>.sql`, or numbers that are not 1, 2, 3 …
        """
        files = sorted(self.folder.glob("*.sql"))
        numbered: list[tuple[int, Path]] = []
        for expected, path in enumerate(files, 1):
            match = _FILE.match(path.name)
            if not match or int(match[1]) != expected:
                raise MigrationError(f"{path} should be number {expected:04d}: migrations are named NNNN_<what>.sql")
            numbered.append((expected, path))
        return numbered


COMMON_BASE = Component("common/base", Path(__file__).parent / "migrations" / "base")
COMMON_FILES = Component("common/files", Path(__file__).parent / "migrations" / "files")
COMMON_JOBS = Component("common/jobs", Path(__file__).parent / "jobs" / "migrations")


async def migrate(conn: Connection, components: Sequence[Component], *, runtime_role: str | None = None) -> list[str]:
    """Apply what is missing, in order, and return the names of the applied files.

    Args:
        conn: a connection as the owner role, outside a transaction.
        runtime_role: gets what each component's `grants/runtime.sql` says, after each run (`{role}` is replaced).

    Raises:
        MigrationError: an applied file was changed or is gone.
    """
    applied: list[str] = []
    await conn.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
    try:
        await conn.execute(_TABLE)
        for component in components:
            applied += await _apply_component(conn, component)
        if runtime_role:
            await _grant(conn, components, runtime_role)
    finally:
        await conn.execute("SELECT pg_advisory_unlock($1)", LOCK_KEY)
    return applied


async def behind(conn: Connection, components: Sequence[Component]) -> list[str]:
    """Names of the files that are not applied yet; `/readyz` fails while there are any."""
    known = await conn.fetchval("SELECT to_regclass('schema_migrations')")
    rows = await conn.fetch("SELECT component, number FROM schema_migrations") if known else []
    done = {(row["component"], row["number"]) for row in rows}
    return [
        f"{component.name}/{path.name}"
        for component in components
        for number, path in component.files()
        if (component.name, number) not in done
    ]


async def _apply_component(conn: Connection, component: Component) -> list[str]:
    rows = await conn.fetch("SELECT number, checksum FROM schema_migrations WHERE component = $1", component.name)
    checksums = {row["number"]: row["checksum"] for row in rows}
    files = component.files()
    if missing := set(checksums) - {number for number, _ in files}:
        raise MigrationError(f"{component.name}: applied {sorted(missing)} have no file; is this an old build?")
    applied = []
    for number, path in files:
        text = path.read_text(encoding="utf-8")
        checksum = hashlib.sha256(text.encode()).hexdigest()
        if number in checksums:
            if checksums[number] != checksum:
                raise MigrationError(f"{component.name}/{path.name} was changed after it was applied; add a new file")
            continue
        async with conn.transaction():
            await conn.execute(text)
            await conn.execute(
                "INSERT INTO schema_migrations (component, number, name, checksum) VALUES ($1, $2, $3, $4)",
                component.name,
                number,
                path.name,
                checksum,
            )
        applied.append(f"{component.name}/{path.name}")
    return applied


async def _grant(conn: Connection, components: Sequence[Component], role: str) -> None:
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", role):
        raise MigrationError(f"{role!r} is not a plain role name")
    await conn.execute(f"GRANT SELECT ON schema_migrations TO {role}")
    for component in components:
        grants = component.folder / "grants" / "runtime.sql"
        await conn.execute(grants.read_text(encoding="utf-8").replace("{role}", role))
