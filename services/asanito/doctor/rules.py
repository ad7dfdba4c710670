"""From what the source says of itself to what an administrator should do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from services.asanito.source.rules import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from services.asanito.ports import SourceFacts

Level = Literal["ok", "advice", "problem"]
MOST_SKEW_SECONDS = 60
TRACKING = ("fetchStatus", "fetchMessage")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `fix` is a statement or a step, empty when nothing has to be done."""

    name: str
    level: Level
    detail: str
    fix: str = ""


def judge_reader(facts: SourceFacts, now: datetime) -> Iterator[Finding]:
    """The login that reads: who it is, what it may, over what it comes."""
    yield Finding("driver", "ok", facts.server)
    yield Finding("login", "ok", f"signed in as {facts.login}")
    if facts.encrypted is None:
        yield Finding("tls", "advice", "The server does not tell this login whether the connection is encrypted.")
    elif facts.encrypted:
        yield Finding("tls", "ok", "encrypted")
    else:
        yield Finding(
            "tls", "advice", "The connection is not encrypted.", "Add ?Encrypt=yes (SQL Server) or ?sslmode=require."
        )
    unread = [name for name in TABLES if name not in facts.readable]
    if unread:
        grants = "; ".join(f'GRANT SELECT ON "dbo"."{name}" TO "{facts.login}"' for name in unread)
        yield Finding("grants", "problem", f"{facts.login} may not read {', '.join(unread)}.", grants)
    elif written := sorted(facts.writable & set(TABLES)):
        detail = f"{facts.login} may write to {', '.join(written)}; reading is enough."
        yield Finding("grants", "advice", detail, "Use a login that may only read.")
    else:
        yield Finding("grants", "ok", "reads, and can't write")
    skew = abs((facts.utc - now.replace(tzinfo=None)).total_seconds())
    level: Level = "ok" if skew <= MOST_SKEW_SECONDS else "advice"
    fix = "" if level == "ok" else "Have both machines follow the same time server."
    yield Finding("clock", level, f"{skew:.0f} s apart", fix)
    bare = [name for name in TABLES if (name, "idd") not in facts.indexed and name in facts.readable]
    if bare:
        statements = "; ".join(f'CREATE INDEX "ix_portico_{name}" ON "dbo"."{name}" ("idd")' for name in bare)
        yield Finding("index", "advice", f"{', '.join(bare)}: every scan reads the whole table.", statements)
    else:
        yield Finding("index", "ok", "idd is indexed everywhere")


def judge_columns(columns: dict[str, frozenset[str]], add: list[str]) -> Iterator[Finding]:
    """Tables and columns; `add` are the statements for status columns that are missing."""
    gone = [name for name in TABLES if name not in columns]
    missing = [
        f"{name}.{column}"
        for name, table in TABLES.items()
        if name in columns
        for column in table.columns
        if column not in columns[name] and column not in TRACKING
    ]
    if gone or missing:
        detail = f"The source lacks {', '.join([*gone, *missing])}."
        yield Finding("tables", "problem", detail, "Point ASANITO_SOURCE_URL at the legacy database.")
    else:
        yield Finding("tables", "ok", f"{len(TABLES)} tables, all columns there")
    if add:
        yield Finding("status_columns", "problem", "Status columns are missing.", "; ".join(add))


def judge_writer(facts: SourceFacts) -> Iterator[Finding]:
    """The login of the mirror: it has to write beside five tables, and nowhere else."""
    needed = {name: table for name, table in TABLES.items() if table.kind}
    lacking = [name for name in needed if name not in facts.writable]
    if lacking:
        grants = "; ".join(
            f'GRANT UPDATE ON "dbo"."{name}" ("fetchStatus", "fetchMessage", "{needed[name].aid}") TO "{facts.login}"'
            for name in lacking
        )
        yield Finding("mirror", "problem", f"{facts.login} may not write beside {', '.join(lacking)}.", grants)
    else:
        yield Finding("mirror", "ok", f"{facts.login} may write beside the rows")
