"""`source.sql` as both drivers use it. The only place that knows the dialects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.db import queries_beside
from common.errors import Permanent
from services.asanito.source.rules import EXPLORABLE, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

sql = queries_beside(__file__, "source.sql")
seed = queries_beside(__file__, "source_seed.sql")

TYPES = {
    "mssql": {"add": "ADD", "fetchStatus": "NVARCHAR(100)", "fetchMessage": "NVARCHAR(MAX)"},
    "postgresql": {"add": "ADD COLUMN", "fetchStatus": "varchar(100)", "fetchMessage": "text"},
}
"""How the status columns are added, by dialect."""
STATEMENT_NAMES = {"invoiceHed": "invoice_hed", "invoiceItem": "invoice_item", "ServiceInvoice": "service_invoice"}


class SourceText:
    """The statements of one driver.

    Args:
        numbered: parameters are `$1`, `$2` (PostgreSQL) instead of `?` (ODBC).
    """

    def __init__(self, *, numbered: bool) -> None:
        self._numbered = numbered
        self.columns = sql.columns

    def next_idd(self, table: str) -> str:
        return self._named("next_idd", table)

    def previous_idd(self, table: str) -> str:
        return self._named("newest_idd", table) + self._parameters(' WHERE "idd" < ?')

    def newest_idd(self, table: str) -> str:
        return self._named("newest_idd", table)

    def block(self, table: str) -> str:
        return self._named("block", table)

    def old(self, table: str) -> str:
        return self._parameters(getattr(sql, f"old_{table}"))

    def write_words(self, table: str, count: int, *, with_id: bool) -> str:
        """Statuses of `count` rows by idd; types are said, since a list of values has none of its own."""
        aid = TABLES[table].aid
        places = sql.word_with_id if with_id else sql.word
        statement = sql.write_words.replace("{table}", f'"dbo"."{table}"').replace(
            "{words}", ", ".join([places] * count)
        )
        statement = statement.replace("{set_id}", f', "{aid}" = "word"."aid"' if with_id else "")
        return self._parameters(statement.replace("{id}", ', "aid"' if with_id else ""))

    def supersede(self, table: str, count: int) -> str:
        """Older versions of the things whose newest rows have these idd."""
        statement = sql.supersede.replace("{table}", f'"dbo"."{table}"').replace("{key}", f'"{TABLES[table].key}"')
        return self._parameters(statement.replace("{places}", ", ".join("?" * count)))

    def insert(self, table: str, columns: Sequence[str], count: int) -> str:
        """`count` rows of test data."""
        row = f"({', '.join('?' * len(columns))})"
        names = ", ".join(f'"{column}"' for column in columns)
        statement = seed.fill.replace("{name}", table).replace("{columns}", names)
        return self._parameters(statement.replace("{rows}", ", ".join([row] * count)))

    def explore(self, table: str, column: str, limit: int) -> str:
        """Rows of a whitelisted table whose whitelisted column contains a text; read as a block is, up to `limit`.

        Neither TOP nor LIMIT is the same everywhere: the caller stops reading after `limit` rows, which both drivers do
        by `FETCH`, and SQL Server 2008 has no `OFFSET … FETCH`; a window function is.
        """
        names = ", ".join(f'"{name}"' for name in (*EXPLORABLE[table], "idd"))
        parts = (sql.explore.replace("{columns}", names).replace("{table}", f'"dbo"."{table}"'), str(int(limit)))
        return self._parameters(parts[0].replace("{column}", f'"{column}"').replace("{limit}", parts[1]))

    @staticmethod
    def like(value: str) -> str:
        """A pattern that finds `value` literally anywhere; `!` escapes."""
        for special in "!%_[":
            value = value.replace(special, f"!{special}")
        return f"%{value}%"

    @staticmethod
    def columns_of(rows: Iterable[Sequence[Any]]) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for table, column in rows:
            found.setdefault(table, set()).add(column)
        return {table: frozenset(names) for table, names in found.items() if table in TABLES}

    @staticmethod
    def check(columns: dict[str, frozenset[str]]) -> str:
        """A sentence about tables that are complete.

        Raises:
            Permanent: `source_incomplete`, with what is missing.
        """
        missing = [
            f"{table.name}.{column}" if table.name in columns else table.name
            for table in TABLES.values()
            for column in (table.columns if table.name in columns else ("",))
            if column not in columns.get(table.name, frozenset())
        ]
        if missing:
            raise Permanent(
                f"The source lacks {', '.join(missing)}.",
                target="source",
                code="source_incomplete",
                params={"missing": missing},
            )
        return f"{len(TABLES)} tables, all columns there"

    def _named(self, verb: str, table: str) -> str:
        return self._parameters(getattr(sql, f"{verb}_{STATEMENT_NAMES.get(table, table)}"))

    def _parameters(self, statement: str) -> str:
        if not self._numbered:
            return statement
        head, *rest = statement.split("?")
        return head + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
