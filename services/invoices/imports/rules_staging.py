"""From parsed lines to what COPY takes, pure; runs in a thread while the next block is on its way.

Descriptions repeat a lot, so each is staged once with its categories, and rows name it by number: fewer bytes travel,
and categories are split once for each description instead of once for each row.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from services.invoices.formats.categories import split_categories

if TYPE_CHECKING:
    from decimal import Decimal

    from services.invoices.formats.letture import Parsed, Parser, Row

StagedRow: TypeAlias = "tuple[int, int, int, int, Decimal, bool]"

REMEMBERED = 50_000
"""Descriptions kept at once; a file with more different ones stages some of them twice, which changes nothing."""


@dataclass(slots=True)
class Batch:
    """Rows for each staging table, in the order of its columns."""

    rows: list[StagedRow] = field(default_factory=list)
    descriptions: list[tuple[int, str]] = field(default_factory=list)
    categories: list[tuple[int, int, str, str]] = field(default_factory=list)
    rejections: list[tuple[int, str, str]] = field(default_factory=list)


class Stager:
    """Parses blocks and makes batches; remembers the invoice numbers, four bytes each."""

    def __init__(self, parser: Parser) -> None:
        self.parser = parser
        self.numbers = array("i")
        self._ids: dict[str, int] = {}
        self._next_id = 1

    def feed(self, block: bytes) -> Batch:
        return self._batch(self.parser.feed(block))

    def close(self) -> Batch:
        return self._batch(self.parser.close())

    def _batch(self, parsed: Parsed) -> Batch:
        batch = Batch()
        batch.rows = [self._staged(row, batch, repeated=False) for row in parsed.rows]
        batch.rows += [self._staged(row, batch, repeated=True) for row in parsed.repeats]
        self.numbers.extend([row.invoice_number for row in parsed.rows])
        batch.rejections = [(line, reason.value, text) for line, reason, text in parsed.rejections]
        return batch

    def _staged(self, row: Row, batch: Batch, *, repeated: bool) -> StagedRow:
        description_id = self._ids.get(row.description)
        if description_id is None:
            description_id = self._remember(row.description, batch)
        return (row.line_number, row.invoice_number, row.quantity, description_id, row.value, repeated)

    def _remember(self, description: str, batch: Batch) -> int:
        if len(self._ids) >= REMEMBERED:
            self._ids.clear()
        given, self._next_id = self._next_id, self._next_id + 1
        self._ids[description] = given
        batch.descriptions.append((given, description))
        categories = enumerate(split_categories(description), 1)
        batch.categories += [(given, position, category.key, category.name) for position, category in categories]
        return given
