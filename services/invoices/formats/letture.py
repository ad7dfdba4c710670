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
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME = re.compile(r"Letture([0-9]{17})_([0-9]{1,9})\.txt", re.ASCII)
_NAME_ANY_CASE = re.compile(_NAME.pattern, re.ASCII | re.IGNORECASE)

# A line as nearly all lines are; whatever does not match takes the slow way, which knows the reasons.
_PLAIN = re.compile(rb"(6[0-9]{8})\|([1-9][0-9]{0,8})\|([^|\x00]+)\|([0-9]{1,10}(?:\.[0-9]{1,4})?)\r?")
_NUMBER = re.compile(r"6[0-9]{8}", re.ASCII)
_QUANTITY = re.compile(r"[0-9]{1,9}", re.ASCII)
_VALUE = re.compile(r"[0-9]{1,10}(\.[0-9]{1,4})?", re.ASCII)

SERIES = "6"
FIRST_NUMBER = 600_000_000
NUMBERS = 100_000_000
FIELDS = 4
DEFAULT_LINE_BYTES = 64 * 2**10
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
    """A line that can be imported."""

    line_number: int
    invoice_number: int
    quantity: int
    description: str
    value: Decimal


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
    """What some blocks gave. `repeats` are rows whose number came before; the import compares them with the first."""

    rows: list[Row] = field(default_factory=list)
    repeats: list[Row] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


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
        *lines, self._pending = (self._pending + block).split(separator)
        for line in lines:
            self._take(line, parsed)
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

    def _take(self, line: bytes, parsed: Parsed) -> None:
        counts = self.counts
        counts.records += 1
        if counts.records == 1 and self._layout.has_bom:
            line = line.removeprefix(codecs.BOM_UTF8)
        plain = _PLAIN.fullmatch(line) if len(line) <= self._max_line_bytes else None
        if plain is not None and (description := self._text(plain[3]).strip()):
            row = Row(counts.records, int(plain[1]), int(plain[2]), description, Decimal(plain[4].decode("ascii")))
        else:
            found = self._judge(line)
            if found is None:
                return
            if isinstance(found, Rejection):
                counts.rejected[found.reason] += 1
                parsed.rejections.append(found)
                return
            row = found
        self._keep(row, parsed)

    def _keep(self, row: Row, parsed: Parsed) -> None:
        index = row.invoice_number - FIRST_NUMBER
        byte, bit = index >> 3, 1 << (index & 7)
        if self._seen[byte] & bit:
            self.counts.repeated += 1
            parsed.repeats.append(row)
        else:
            self._seen[byte] |= bit
            self.counts.kept += 1
            parsed.rows.append(row)

    def _judge(self, line: bytes) -> Row | Rejection | None:
        """The slow way: a row with blanks around its fields, a rejection with its reason, or None for ignored."""
        text = self._text(line[: self._max_line_bytes]).removesuffix("\r")
        fields = [part.strip() for part in text.split("|")]
        if not fields[0].startswith(SERIES):
            if text.strip():
                self.counts.ignored += 1
            else:
                self.counts.blank += 1
            return None
        number = self.counts.records
        if len(line) > self._max_line_bytes:
            return Rejection(number, Reason.LINE_TOO_LONG, shown(text))
        if reason := reason_to_reject(text, fields):
            return Rejection(number, reason, shown(text))
        return Row(number, int(fields[0]), int(fields[1]), fields[2], Decimal(fields[3]))

    def _text(self, part: bytes) -> str:
        errors = "strict" if self._layout.encoding == "utf-8" and len(part) < self._max_line_bytes else "replace"
        return part.decode(self._layout.encoding, errors)


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
