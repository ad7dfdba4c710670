"""From parsed lines to what COPY takes, pure; runs in a thread while the block before is on its way.

Rows become COPY's text here, since packing a million of them would occupy the event loop. Categories are numbered per
file, in the order in which they are met; the import gives them the ids of the table.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.invoices.formats.categories import find_category
from services.invoices.formats.copy_text import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.invoices.formats.categories import Category
    from services.invoices.formats.letture import Parsed, Parser, Row

REMEMBERED = 50_000
"""Descriptions and spellings kept at once; a file with more numbers some categories twice, which is harmless."""


@dataclass(slots=True)
class Batch:
    """What is staged next: rows as COPY's text, the others in the order of their tables' columns."""

    rows: bytes = b""
    categories: list[tuple[int, str, str]] = field(default_factory=list)
    rejections: list[tuple[int, str, str]] = field(default_factory=list)


class Stager:
    """Parses blocks and makes batches; remembers the invoice numbers, four bytes each."""

    def __init__(self, parser: Parser) -> None:
        self.parser = parser
        self.numbers = array("i")
        self._described: dict[str, str] = {}
        self._spellings: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._last_number = 0

    def feed(self, block: bytes) -> Batch:
        return self._batch(self.parser.feed(block))

    def close(self) -> Batch:
        return self._batch(self.parser.close())

    def _batch(self, parsed: Parsed) -> Batch:
        batch = Batch()
        lines = [*self._lines(parsed.rows, batch, repeated="f"), *self._lines(parsed.repeats, batch, repeated="t")]
        batch.rows = "".join(lines).encode()
        batch.rejections = [(line, reason.value, text) for line, reason, text in parsed.rejections]
        self.numbers.extend([row.invoice_number for row in parsed.rows])
        return batch

    def _lines(self, rows: Iterable[Row], batch: Batch, *, repeated: str) -> list[str]:
        described = self._described
        return [
            f"{line_number}\t{number}\t{quantity}\t"
            f"{described.get(description) or self._describe(description, batch)}\t{value}\t{repeated}\n"
            for line_number, number, quantity, description, value in rows
        ]

    def _describe(self, description: str, batch: Batch) -> str:
        """A description and its categories, as two columns; descriptions repeat a lot."""
        if len(self._described) >= REMEMBERED:
            self._described.clear()
        known = self._spellings
        numbers = [known[part] if part in known else self._number(part, batch) for part in description.split(",")]
        categories = ",".join(dict.fromkeys(filter(None, numbers)))
        text = self._described[description] = f"{escaped(description)}\t{{{categories}}}"
        return text

    def _number(self, part: str, batch: Batch) -> str:
        """The number of the category that a new spelling names, the same for all its spellings; none for a blank."""
        if len(self._spellings) >= REMEMBERED:
            self._spellings.clear()
            self._keys.clear()
        number = ""
        if category := find_category(part):
            number = self._keys.get(category.key) or self._give_number(category, batch)
        self._spellings[part] = number
        return number

    def _give_number(self, category: Category, batch: Batch) -> str:
        self._last_number += 1
        batch.categories.append((self._last_number, category.key, category.name))
        number = self._keys[category.key] = str(self._last_number)
        return number
