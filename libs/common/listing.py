"""Lists: one query object for the page, the export and the cursor. Used by every service and the gateway.

    class FileQuery(ListQuery):                                  # schemas.py: what a caller may ask
        state: Annotated[Terms | None, Among(FILE_STATES)] = None
        q: Text = ""
        received_at: Instants | None = None

    FILES = Listing(                                             # repository.py: where that is in the database
        sql.files_for_list,
        columns={"state": "state", "q": ("name", "sender"), "received_at": "received_at"},
        sort=Sort("received_at", datetime), row_id=Sort("id", UUID),
    )
    page = await FILES.page(conn, query, File.of)                # endpoints.py
    ids = await FILES.ids(conn, query, most=1000)                # what a bulk action would act on

The statement is a plain SELECT without WHERE for the filters; column names are those of its result. Names come from the
code only, values go as parameters. Keyset paging: no page costs more than another, and none shifts when rows arrive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from common.cursor import Cursor, Direction, Value, decode_cursor, encode_cursor
from common.filters import Days, Instants, Terms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    import asyncpg

    from common.db import Connection, Database

T = TypeVar("T")

PAGE_OF_EXPORT = 1000


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(None, description="Cursor of the page that follows; null at the end.")
    prev: str | None = Field(None, description="Cursor of the page before; null at the start.")


def page_response(page: Page[Any]) -> Response:
    """The answer for a page of plain values: what its endpoint's `response_model` says, written in one go.

    For lists whose rows are many and deep; `tests` compare what is written here with the document.
    """
    content = {"items": page.items, "next": page.next, "prev": page.prev}
    return Response(orjson.dumps(content, default=str, option=orjson.OPT_UTC_Z), media_type="application/json")


class ListQuery(BaseModel):
    """What every list takes. Unknown parameters are refused: a misspelt filter must not show everything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(50, ge=1, le=1000, description="Items per page.")
    cursor: str | None = Field(None, max_length=1024, description="`next` or `prev` of an earlier page.")

    def filters(self) -> dict[str, Any]:
        """The filters that were given, by name."""
        given = {name: getattr(self, name) for name in type(self).model_fields if name not in {"limit", "cursor"}}
        return {name: value for name, value in given.items() if value not in (None, "", False)}

    def digested(self) -> dict[str, str]:
        """The filters as text, for cursors."""
        return {name: str(value) for name, value in self.filters().items()}


@dataclass(frozen=True, slots=True)
class Sort:
    """A column that is never null, and the type of its values."""

    column: str
    kind: type[Value]


@dataclass(frozen=True)
class Listing:
    """A statement, the columns that filters may name, and its one order (`sort`, then `row_id`).

    Args:
        columns: filter name → column; several columns for a text search; an SQL condition for a flag.
        descending: newest first.
    """

    select: str
    columns: Mapping[str, str | tuple[str, ...]]
    sort: Sort
    row_id: Sort
    descending: bool = True

    async def page(
        self,
        conn: Connection,
        query: ListQuery,
        build: Callable[[asyncpg.Record], T],
        *,
        within: Mapping[str, Any] | None = None,
    ) -> Page[T]:
        """The page that `query` asks for.

        Args:
            within: column → value of the whole that the list is a part of, such as the file of its rows; a list of
                values for an array column that contains them.
        """
        digested = query.digested() | {column: str(value) for column, value in (within or {}).items()}
        cursor = self._cursor(query, digested)
        statement = self._statement(query, cursor, within or {})
        rows = await conn.fetch(statement.text(), *statement.values)
        more = len(rows) > query.limit
        rows = rows[: query.limit]
        backwards = cursor is not None and cursor.direction == "prev"
        if backwards:
            rows.reverse()
        has_next, has_prev = (True, more) if backwards else (more, cursor is not None)

        def pointer(direction: Direction, index: int, *, there: bool) -> str | None:
            if not there or not rows:
                return None
            row = rows[index]
            return encode_cursor(Cursor(direction, row[self.sort.column], row[self.row_id.column]), digested)

        return Page[T](
            items=[build(row) for row in rows],
            next=pointer("next", -1, there=has_next),
            prev=pointer("prev", 0, there=has_prev),
        )

    async def every(
        self, db: Database, query: ListQuery, *, within: Mapping[str, Any] | None = None
    ) -> AsyncIterator[asyncpg.Record]:
        """All rows of `query`, fetched page by page: a slow reader holds neither memory nor a connection."""
        cursor: Cursor | None = None
        wide = query.model_copy(update={"limit": PAGE_OF_EXPORT})
        while True:
            statement = self._statement(wide, cursor, within or {})
            async with db.connection() as conn:
                rows = await conn.fetch(statement.text(), *statement.values)
            for row in rows[:PAGE_OF_EXPORT]:
                yield row
            if len(rows) <= PAGE_OF_EXPORT:
                return
            last = rows[PAGE_OF_EXPORT - 1]
            cursor = Cursor("next", last[self.sort.column], last[self.row_id.column])

    async def ids(
        self,
        conn: Connection,
        query: ListQuery,
        *,
        most: int,
        also: str = "",
        among: Sequence[Any] | None = None,
    ) -> list[Any]:
        """Ids of the rows of `query` in the order of the list, at most `most`; its cursor and limit do not matter.

        Args:
            also: an SQL condition of the code that the rows must meet as well.
            among: only these ids.
        """
        statement = self._narrowed(query, also, among)
        statement.order(self.sort.column, self.row_id.column, falling=self.descending, limit=most)
        rows = await conn.fetch(statement.text(self.row_id.column), *statement.values)
        return [row[0] for row in rows]

    async def count(
        self,
        conn: Connection,
        query: ListQuery,
        *,
        most: int,
        also: str = "",
        among: Sequence[Any] | None = None,
    ) -> int:
        """How many rows `ids` would give; counting ends at `most`."""
        statement = self._narrowed(query, also, among)
        statement.tail = "".join(("LIMIT ", statement.add(most)))
        return int(await conn.fetchval(statement.counting(), *statement.values))

    def _narrowed(self, query: ListQuery, also: str, among: Sequence[Any] | None) -> _Statement:
        whole = query.model_copy(update={"cursor": None})
        statement = _Statement(self.select)
        for name, value in whole.filters().items():
            statement.filter(self.columns[name], value)
        if also:
            statement.conditions.append(f"({also})")
        if among is not None:
            statement.conditions.append("".join((self.row_id.column, " = ANY(", statement.add(list(among)), ")")))
        return statement

    def _cursor(self, query: ListQuery, digested: Mapping[str, str]) -> Cursor | None:
        if query.cursor is None:
            return None
        return decode_cursor(query.cursor, digested, sort=self.sort.kind, id_type=self.row_id.kind)

    def _statement(self, query: ListQuery, cursor: Cursor | None, within: Mapping[str, Any]) -> _Statement:
        statement = _Statement(self.select)
        for column, value in within.items():
            statement.where(column, "@>" if isinstance(value, list) else "=", value)
        for name, value in query.filters().items():
            statement.filter(self.columns[name], value)
        backwards = cursor is not None and cursor.direction == "prev"
        falling = self.descending != backwards
        if cursor is not None:
            key = ("(", self.sort.column, ", ", self.row_id.column, ")")
            bound = ("(", statement.add(cursor.sort), ", ", statement.add(cursor.id), ")")
            statement.conditions.append("".join((*key, " < " if falling else " > ", *bound)))
        statement.order(self.sort.column, self.row_id.column, falling=falling, limit=query.limit + 1)
        return statement


@dataclass
class _Statement:
    """A statement being put together out of names from the code and numbered parameters."""

    select: str
    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    tail: str = ""

    def counting(self) -> str:
        return "".join(("SELECT count(*) FROM (", self.text("1"), ") AS counted"))

    def text(self, what: str = "*") -> str:
        parts = ["SELECT", what, "FROM (", self.select, ") AS listed"]
        if self.conditions:
            parts += ["WHERE", " AND ".join(self.conditions)]
        return "\n".join([*parts, self.tail])

    def add(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def where(self, column: str, operator: str, value: Any) -> None:
        self.conditions.append(" ".join((column, operator, self.add(value))))

    def order(self, sort: str, row_id: str, *, falling: bool, limit: int) -> None:
        way = " DESC" if falling else " ASC"
        self.tail = "".join(("ORDER BY ", sort, way, ", ", row_id, way, " LIMIT ", self.add(limit)))

    def filter(self, column: str | tuple[str, ...], value: Any) -> None:
        columns: Sequence[str] = (column,) if isinstance(column, str) else column
        match value:
            case Terms():
                self._terms(columns[0], value)
            case Instants() | Days():
                self._span(columns[0], value)
            case bool():
                self.conditions.append("".join(("(", columns[0], ")")))
            case str():
                pattern = self.add("".join(("%", _literal(value), "%")))
                found = " OR ".join(f"{name} ILIKE {pattern}" for name in columns)
                self.conditions.append(f"({found})")
            case _:
                self.where(columns[0], "=", value)

    def _terms(self, column: str, terms: Terms) -> None:
        if len(terms.include) == 1:  # by far the commonest, and an index in the order of the list serves it
            self.where(f"{column}::text", "=", terms.include[0])
        elif terms.include:
            self.conditions.append(f"{column}::text = ANY({self.add(list(terms.include))}::text[])")
        if terms.exclude:
            self.conditions.append(f"coalesce({column}::text, '') <> ALL({self.add(list(terms.exclude))}::text[])")

    def _span(self, column: str, span: Instants | Days) -> None:
        if span.since is not None:
            self.where(column, ">=", span.since)
        if span.until is not None:
            self.where(column, "<=" if isinstance(span, Days) else "<", span.until)


def _literal(text: str) -> str:
    """`text` with the wildcards of LIKE taken as they are."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
