"""The databases of an installation: one per owner of data, two roles each, migrated as the owner.

Used by `./dev up` (as the step `prepare` of its table), `./dev migrate` and `./dev restore`. All of it may be repeated.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from common.migrate import COMMON_BASE, COMMON_FILES, COMMON_JOBS, Component, migrate
from tools.stack.state import ROOT, Installation

if TYPE_CHECKING:
    from collections.abc import Sequence

# A folder with a `main.py` is a service: a new one is started without being listed anywhere. `PORTICO_SERVICES` names
# those to start when not all of them are wanted.
_FOUND = sorted(path.parent.name for path in (ROOT / "services").glob("*/main.py"))
_WANTED = os.environ.get("PORTICO_SERVICES", "").replace(",", " ").split()
SERVICES = tuple(name for name in _FOUND if not _WANTED or name in _WANTED)


@dataclass(frozen=True)
class Database:
    """One database with its owner and its runtime role, named after it; guests are further roles that may log in."""

    name: str
    components: tuple[Component, ...] = ()
    guests: tuple[str, ...] = ()

    @property
    def owner(self) -> str:
        return f"{self.name}_owner"

    @property
    def runtime(self) -> str:
        return f"{self.name}_runtime"

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.owner, self.runtime, *self.guests)


GATEWAY = Database("portico_gateway", (COMMON_BASE, Component("gateway", ROOT / "gateway" / "migrations")))
# What a real site has at the customer's: the sandbox owns it, the service may only read it.
CUSTOMER = Database("sandbox_customer")
# The gym chain's legacy program has its tables there; the bridge reads them, and writes statuses back as another login.
LEGACY_WRITER = "sandbox_legacy_writer"
LEGACY = Database("sandbox_legacy", guests=(LEGACY_WRITER,))


def database_of(service: str) -> Database:
    """The database of a service: what common brings, then its own tables."""
    own = Component(service, ROOT / "services" / service / "migrations")
    return Database(f"portico_{service}", (COMMON_BASE, COMMON_FILES, COMMON_JOBS, own))


OURS = (GATEWAY, *(database_of(service) for service in SERVICES))
ALL = (*OURS, CUSTOMER, *((LEGACY,) if "asanito" in SERVICES else ()))


def url_as(admin_url: str, database: str, role: str, password: str) -> str:
    """The administrator's URL, pointed at another database as another role."""
    parts = urlsplit(admin_url)
    place = f"{parts.hostname}:{parts.port or 5432}"
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{place}", path=f"/{database}"))


def owner_url(admin_url: str, database: Database, installation: Installation) -> str:
    return url_as(admin_url, database.name, database.owner, installation.secret(f"role.{database.owner}"))


def guest_url(admin_url: str, database: Database, role: str, installation: Installation) -> str:
    return url_as(admin_url, database.name, role, installation.secret(f"role.{role}"))


def runtime_url(admin_url: str, database: Database, installation: Installation) -> str:
    return url_as(admin_url, database.name, database.runtime, installation.secret(f"role.{database.runtime}"))


async def prepare(admin_url: str, databases: Sequence[Database], installation: Installation) -> list[str]:
    """Create what is missing and apply missing migrations; the names of the applied files."""
    admin = await asyncpg.connect(admin_url)
    try:
        for database in databases:
            await make_roles(admin, database, installation)
            await make_database(admin, database)
    finally:
        await admin.close()
    applied = []
    for database in databases:
        applied += await migrate_database(admin_url, database, installation)
    return applied


async def make_roles(admin: asyncpg.Connection, database: Database, installation: Installation) -> None:
    """Its roles, with the passwords of this installation; none is an administrator."""
    for role in database.roles:
        known = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
        verb = "ALTER" if known else "CREATE"
        await admin.execute(f"{verb} ROLE {role} LOGIN PASSWORD '{installation.secret(f'role.{role}')}'")


async def make_database(admin: asyncpg.Connection, database: Database) -> None:
    """The database, open to its own roles only."""
    if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database.name):
        # Without being a member of the role, an administrator who is no superuser could not give the database away.
        await admin.execute(f"GRANT {database.owner} TO CURRENT_USER")
        await admin.execute(f"CREATE DATABASE {database.name} OWNER {database.owner}")
        await admin.execute(f"REVOKE ALL ON DATABASE {database.name} FROM PUBLIC")
    await admin.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {database.name} TO {database.runtime}")
    for guest in database.guests:
        await admin.execute(f"GRANT CONNECT ON DATABASE {database.name} TO {guest}")


async def migrate_database(admin_url: str, database: Database, installation: Installation) -> list[str]:
    """Apply missing migrations as the owner and grant the runtime role what it needs."""
    if not database.components:
        return []
    conn = await asyncpg.connect(owner_url(admin_url, database, installation))
    try:
        return await migrate(conn, database.components, runtime_role=database.runtime)
    finally:
        await conn.close()


async def drop_database(admin_url: str, database: Database) -> None:
    """Drop it, whoever is still connected."""
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {database.name} WITH (FORCE)")
    finally:
        await admin.close()
