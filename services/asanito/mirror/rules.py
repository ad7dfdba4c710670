"""What our states are called in the source. Pure. Source: domain page 1.2."""

from __future__ import annotations

from services.asanito.source.rules import TABLES, Table
from services.asanito.sync.rules import State

STATUSES: dict[State, str | None] = {
    State.PENDING: None,
    State.SYNCED: "SYNCED",
    State.SKIPPED: "SKIPPED",
    # The application before us takes no FAILED row up by itself: the right word for what must not be sent blindly.
    State.FAILED: "FAILED",
    State.UNCERTAIN: "FAILED",
    State.IGNORED: "IGNORED",
    State.DUPLICATE: "SKIPPED",
}
TELLS_OLDER = frozenset({State.SYNCED, State.FAILED, State.UNCERTAIN, State.IGNORED, State.DUPLICATE})
"""States in which the older versions of a thing are told to be superseded."""
COLUMNS = ("fetchStatus", "fetchMessage")
MOST_MESSAGE = 1000


def statements_to_add(columns: dict[str, frozenset[str]], words: dict[str, str]) -> list[str]:
    """One statement for each status column that a table lacks: one ADD each, as SQL Server wants it.

    Args:
        words: the dialect's types of a short and of a long text, and what stands before the column.
    """
    return [
        f'ALTER TABLE "dbo"."{table.name}" {words["add"]} "{column}" {words[column]} NULL'
        for table in TABLES.values()
        if table.name in columns
        for column in COLUMNS
        if column not in columns[table.name]
    ]


def table_of(kind: str) -> Table:
    """The source table of a kind."""
    return next(table for table in TABLES.values() if table.kind == kind)
