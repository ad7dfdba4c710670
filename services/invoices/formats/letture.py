"""The day's file, `Letture<YYYYMMDDhhmmssmmm>_<number of records>.txt`: pipe-separated lines of the invoices to ship.

    600591827|1|Toys,Pet mat|12.50        invoice number | quantity | categories, separated by commas | value

What 22 real files showed is in the rules, and each rule has its test in tests/invoices/formats. Pure and incremental:
bytes go in by blocks, rows and rejections come out by blocks, so that a file of any size needs the same memory.
`Inspector` sees the bytes first (while they are stored) and tells the `Layout` that `Parser` needs.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import compress
from operator import not_
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAME = re.compile(r"Letture([0-9]{17})_([0-9]{1,9})\.txt", re.ASCII)
_NAME_ANY_CASE = re.compile(_NAME.pattern, re.ASCII | re.IGNORECASE)

# As many plain lines as follow one another, in one match: nearly all of a file. Any other line is judged by itself,
# which gives the same rows and knows the reasons. Nothing here ever goes back, whatever the bytes are (`}+`, `*+`).
_PLAIN_LINES = (
    r"(?:6[0-9]{8}\|[1-9][0-9]{0,8}+\|(?![\s|])[^|\n\x00]{0,LONGEST}+(?<!\s)\|[0-9]{1,10}+(?:\.[0-9]{1,4}+)?\r?\n)*+"
)
_NUMBER = re.compile(r"6[0-9]{8}", re.ASCII)
_QUANTITY = re.compile(r"[0-9]{1,9}", re.ASCII)
_VALUE = re.compile(r"[0-9]{1,10}(\.[0-9]{1,4})?", re.ASCII)

SERIES = "6"
FIRST_NUMBER = 600_000_000
NUMBERS = 100_000_000
FIELDS = 4
DEFAULT_LINE_BYTES = 64 * 2**10
LONGEST_REST, LONGEST_CHARACTER = 40, 4
"""Bytes: of a plain line without its description, and of a character."""
SHOWN_CHARACTERS = 200


class Reason(StrEnum):
    """Why a line was rejected."""

    INVOICE_NUMBER = "invoice_number"
    FIELD_COUNT = "field_count"
    MISSING_FIELD = "missing_field"
    QUANTITY_ZERO = "quantity_zero"
    QUANTITY_NEGATIVE = "quantity_negative"
    QUANTITY_FORMAT = "quantity_format"
    VALUE_FORMAT = "value_format"
    CONTROL_CHAR = "control_char"
    LINE_TOO_LONG = "line_too_long"
    DUPLICATE_CONFLICT = "duplicate_conflict"
    """The number came before in the file with other content; the first one counts. Found by the import, in bulk."""


class FileName(NamedTuple):
    """What the name says. `day` is None where its digits are no date: such a file is not taken."""

    day: date | None
    declared: int


class Row(NamedTuple):
    """A line that can be imported. The value stays as it is written, a plain decimal number: never a float."""

    line_number: int
    invoice_number: int
    quantity: int
    description: str
    value: str


@dataclass(slots=True)
class Columns:
    """Many rows, a list for each field: an object for each of a million rows takes longer than all the rest.

    Quantities are digits without zeros before them.
    """

    line_numbers: list[int] = field(default_factory=list)
    invoice_numbers: list[int] = field(default_factory=list)
    quantities: list[str] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[int, int, str, str, str]]:
        """The fields of each row."""
        columns = (self.line_numbers, self.invoice_numbers, self.quantities, self.descriptions, self.values)
        return zip(*columns, strict=True)

    def extend(self, more: Columns) -> None:
        self.line_numbers += more.line_numbers
        self.invoice_numbers += more.invoice_numbers
        self.quantities += more.quantities
        self.descriptions += more.descriptions
        self.values += more.values

    def only(self, wanted: Iterable[bool]) -> Columns:
        """The rows at the places where `wanted` is true."""
        rows = list(compress(self, wanted))
        return Columns(*map(list, zip(*rows, strict=True))) if rows else Columns()

    def rows(self) -> list[Row]:
        return [Row(line, number, int(quantity), *rest) for line, number, quantity, *rest in self]


class Rejection(NamedTuple):
    """A line of ours that can't be imported; `text` is its beginning."""

    line_number: int
    reason: Reason
    text: str


class Layout(NamedTuple):
    """How the bytes are to be read. `utf-16` can't be: the file is refused."""

    encoding: str
    separator: bytes
    has_bom: bool


@dataclass(slots=True)
class Counts:
    """Every line of the file, once each."""

    records: int = 0
    kept: int = 0
    repeated: int = 0
    blank: int = 0
    ignored: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Parsed:
    """What some blocks gave. `again` are rows whose number came before; the import compares them with the first."""

    fresh: Columns = field(default_factory=Columns)
    again: Columns = field(default_factory=Columns)
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        return self.fresh.rows()

    @property
    def repeats(self) -> list[Row]:
        return self.again.rows()


def parse_name(name: str, *, ignore_case: bool = False) -> FileName | None:
    """The date and the declared count in a name; None when it is not a name of ours.

    Only the date part has to be right: a local time that a clock change leaves out is not our business.
    """
    match = (_NAME_ANY_CASE if ignore_case else _NAME).fullmatch(name)
    if match is None:
        return None
    digits, declared = match.groups()
    try:
        day = datetime.strptime(digits[:14], "%Y%m%d%H%M%S").date()  # noqa: DTZ007  # the site's own wall clock
    except ValueError:
        day = None
    return FileName(day, int(declared))


class Inspector:
    """Sees the bytes as they pass and tells how they are to be read."""

    def __init__(self) -> None:
        self._head = b""
        self._utf8 = codecs.getincrementaldecoder("utf-8")("strict")
        self._is_utf8 = True
        self._has_newline = False
        self._has_return = False
        self.size_bytes = 0

    def feed(self, block: bytes) -> None:
        """The next bytes of the file."""
        self.size_bytes += len(block)
        if len(self._head) < len(codecs.BOM_UTF8):
            self._head = (self._head + block)[: len(codecs.BOM_UTF8)]
        self._has_newline = self._has_newline or b"\n" in block
        self._has_return = self._has_return or b"\r" in block
        self._decode(block, final=False)

    def layout(self) -> Layout:
        """The verdict, after the last block."""
        self._decode(b"", final=True)
        separator = b"\r" if self._has_return and not self._has_newline else b"\n"
        if self._head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return Layout("utf-16", separator, has_bom=True)
        has_bom = self._head == codecs.BOM_UTF8
        return Layout("utf-8" if self._is_utf8 else "cp1252", separator, has_bom)

    def _decode(self, block: bytes, *, final: bool) -> None:
        if self._is_utf8:
            try:
                self._utf8.decode(block, final)
            except UnicodeDecodeError:
                self._is_utf8 = False


class Parser:
    """Lines out of blocks of bytes, rows out of lines."""

    def __init__(self, layout: Layout, *, max_line_bytes: int = DEFAULT_LINE_BYTES) -> None:
        self.counts = Counts()
        self._layout = layout
        self._max_line_bytes = max_line_bytes
        # A plain line whose description has no more characters is short enough, whatever they are.
        safe = max(0, (max_line_bytes - LONGEST_REST) // LONGEST_CHARACTER)
        self._plain_lines = re.compile(_PLAIN_LINES.replace("LONGEST", str(safe)))
        self._pending = b""
        self._skipping = False
        # One bit for each possible number: a set of a million would take the memory of the whole import.
        self._seen = bytearray(NUMBERS // 8)

    def feed(self, block: bytes) -> Parsed:
        """The next bytes; what their complete lines hold."""
        parsed = Parsed()
        separator = self._layout.separator
        if self._skipping:
            end = block.find(separator)
            if end < 0:
                return parsed
            block, self._skipping = block[end + 1 :], False
        lines, ended, self._pending = (self._pending + block).rpartition(separator)
        if ended:
            self._take(lines, parsed)
        if len(self._pending) > self._max_line_bytes:
            # Judge what is there and never hold the rest.
            self._take(self._pending, parsed)
            self._pending, self._skipping = b"", True
        return parsed

    def close(self) -> Parsed:
        """After the last block: the last line, when no separator ended it."""
        parsed = Parsed()
        if self._pending:
            self._take(self._pending, parsed)
            self._pending = b""
        return parsed

    def _take(self, lines: bytes, parsed: Parsed) -> None:
        """Whole lines, the last one without its end."""
        if self.counts.records == 0 and self._layout.has_bom:
            lines = lines.removeprefix(codecs.BOM_UTF8)
        # The encoding fits; only a line that is too long may have been cut inside a character.
        text = lines.replace(self._layout.separator, b"\n").decode(self._layout.encoding, "replace") + "\n"
        at = 0
        while at < len(text):
            end = self._end_of_plain_lines(text, at)
            if end > at:
                self._keep(self._split(text[at : end - 1]), parsed)
            else:
                end = text.index("\n", at) + 1
                self.counts.records += 1
                if row := self._judge(text[at : end - 1], parsed):
                    self._keep(row, parsed)
            at = end

    def _end_of_plain_lines(self, text: str, at: int) -> int:
        """Where the plain lines end that begin at `at`, behind the last newline; `at` when there are none."""
        found = self._plain_lines.match(text, at)
        return found.end() if found else at

    def _split(self, lines: str) -> Columns:
        """Plain lines: a few steps over all of them, since one for each field of each line costs twice as much."""
        fields = lines.replace("\r\n", "\n").removesuffix("\r").replace("\n", "|").split("|")
        numbers = list(map(int, fields[0::FIELDS]))
        first = self.counts.records + 1
        self.counts.records += len(numbers)
        line_numbers = list(range(first, first + len(numbers)))
        return Columns(line_numbers, numbers, fields[1::FIELDS], fields[2::FIELDS], fields[3::FIELDS])

    def _keep(self, rows: Columns, parsed: Parsed) -> None:
        """Tell the numbers that came before from the new ones."""
        seen, repeated = self._seen, set()
        for place, number in enumerate(rows.invoice_numbers):
            index = number - FIRST_NUMBER
            byte = index >> 3
            before = seen[byte]
            after = before | 1 << (index & 7)
            if after == before:
                repeated.add(place)
            else:
                seen[byte] = after
        self.counts.kept += len(rows.invoice_numbers) - len(repeated)
        self.counts.repeated += len(repeated)
        if repeated:
            is_again = [place in repeated for place in range(len(rows.invoice_numbers))]
            parsed.again.extend(rows.only(is_again))
            rows = rows.only(map(not_, is_again))
        parsed.fresh.extend(rows)

    def _judge(self, line: str, parsed: Parsed) -> Columns | None:
        """The slow way, which alone says what is right: a row, a rejection with its reason, or nothing of ours."""
        too_long, text = self._shortened(line)
        text = text.removesuffix("\r")
        fields = [part.strip() for part in text.split("|")]
        if not fields[0].startswith(SERIES):
            if text.strip():
                self.counts.ignored += 1
            else:
                self.counts.blank += 1
            return None
        if reason := Reason.LINE_TOO_LONG if too_long else reason_to_reject(text, fields):
            self.counts.rejected[reason] += 1
            parsed.rejections.append(Rejection(self.counts.records, reason, shown(text)))
            return None
        quantity = str(int(fields[1]))
        return Columns([self.counts.records], [int(fields[0])], [quantity], [fields[2]], [fields[3]])

    def _shortened(self, line: str) -> tuple[bool, str]:
        """Whether the line has too many bytes, and what of it may be held."""
        most = self._max_line_bytes
        if self._layout.encoding != "utf-8":  # one byte a character
            return len(line) > most, line[:most]
        raw = line.encode()
        return len(raw) > most, raw[:most].decode(errors="replace")


def reason_to_reject(text: str, fields: list[str]) -> Reason | None:
    """Why a line of our series can't be imported; None when it can. The order of the rules is part of them."""
    if "\x00" in text:
        return Reason.CONTROL_CHAR
    if not _NUMBER.fullmatch(fields[0]):
        return Reason.INVOICE_NUMBER
    if len(fields) != FIELDS:
        return Reason.FIELD_COUNT
    _, quantity, description, value = fields
    if not (quantity and description and value):
        return Reason.MISSING_FIELD
    if reason := _reason_of_quantity(quantity):
        return reason
    return None if _VALUE.fullmatch(value) else Reason.VALUE_FORMAT


def _reason_of_quantity(quantity: str) -> Reason | None:
    if quantity.startswith("-"):
        return Reason.QUANTITY_NEGATIVE
    if not _QUANTITY.fullmatch(quantity):
        return Reason.QUANTITY_FORMAT
    return Reason.QUANTITY_ZERO if int(quantity) == 0 else None


def shown(text: str) -> str:
    """The beginning of a line as a person may see it and PostgreSQL may hold it."""
    return text[:SHOWN_CHARACTERS].replace("\x00", "\N{REPLACEMENT CHARACTER}")


def inspect(blocks: Iterable[bytes]) -> Layout:
    """The layout of a whole file."""
    inspector = Inspector()
    for block in blocks:
        inspector.feed(block)
    return inspector.layout()
