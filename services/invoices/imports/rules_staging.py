"""From parsed lines to what COPY takes, pure; runs in a thread while the block before is on its way.

Rows become COPY's text here, since packing a million of them would occupy the event loop. Categories are numbered per
file, in the order in which they are met; the import gives them the ids of the table.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.invoices.formats.categories import find_category
from services.invoices.formats.copy_text import escaped_all

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.invoices.formats.categories import Category
    from services.invoices.formats.letture import Columns, Parsed, Parser

REMEMBERED = 50_000
"""Spellings kept at once; a file with more numbers some categories twice, which is harmless."""


@dataclass(slots=True)
class Batch:
    """What is staged next: rows as COPY's text, in pieces, the others in the order of their tables' columns.

    `repeats` are rows whose number came before; their text says so in one more column.
    """

    rows: list[bytes] = field(default_factory=list)
    repeats: list[bytes] = field(default_factory=list)
    categories: list[tuple[int, str, str]] = field(default_factory=list)
    rejections: list[tuple[int, str, str]] = field(default_factory=list)

    def extend(self, more: Batch) -> None:
        self.rows += more.rows
        self.repeats += more.repeats
        self.categories += more.categories
        self.rejections += more.rejections


class Stager:
    """Parses blocks and makes batches; remembers the invoice numbers, four bytes each."""

    def __init__(self, parser: Parser) -> None:
        self.parser = parser
        self.numbers = array("i")
        self._spellings: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._last_number = 0

    def feed(self, block: bytes) -> Batch:
        return self._batch(self.parser.feed(block))

    def close(self) -> Batch:
        return self._batch(self.parser.close())

    def _batch(self, parsed: Parsed) -> Batch:
        batch = Batch()
        if lines := self._lines(parsed.fresh, batch):
            batch.rows.append("\n".join([*lines, ""]).encode())
        if lines := self._lines(parsed.again, batch):
            batch.repeats.append("\tt\n".join([*lines, ""]).encode())
        batch.rejections = [(line, reason.value, text) for line, reason, text in parsed.rejections]
        self.numbers.extend(parsed.fresh.invoice_numbers)
        return batch

    def _lines(self, rows: Columns, batch: Batch) -> list[str]:
        columns = (
            rows.line_numbers,
            rows.invoice_numbers,
            rows.quantities,
            escaped_all(rows.descriptions),
            self._categories(rows.descriptions, batch),
            rows.values,
        )
        return [
            f"{line_number}\t{number}\t{quantity}\t{text}\t{{{categories}}}\t{value}"
            for line_number, number, quantity, text, categories, value in zip(*columns, strict=True)
        ]

    def _categories(self, descriptions: Iterable[str], batch: Batch) -> list[str]:
        """For each, the numbers of its categories, each once; only single ones repeat enough to be looked up."""
        known, found = self._spellings, []
        for description in descriptions:
            categories = known.get(description)
            if categories is None:
                parts = description.split(",")
                try:
                    if len(parts) == 2:  # noqa: PLR2004 - a third of all rows: half the time of the general way
                        first, second = known[parts[0]], known[parts[1]]
                        categories = f"{first},{second}" if first and second and first != second else first or second
                    else:
                        categories = joined([known[part] for part in parts])
                except KeyError:
                    categories = joined([known[part] if part in known else self._number(part, batch) for part in parts])
            found.append(categories)
        return found

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


def joined(numbers: list[str]) -> str:
    """Numbers in order, each once, without those of blanks."""
    if "" in numbers or len({*numbers}) < len(numbers):
        numbers = list(filter(None, dict.fromkeys(numbers)))
    return ",".join(numbers)
