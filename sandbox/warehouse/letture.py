"""Letture files: synthetic, from a seed, with the oddities of real ones, and what the customer knows about each row.

Nothing here comes from a real file: numbers are drawn from blocks by seed, categories from the list below. The shares
(two thirds of the rows without oddity, one in twenty of another series, a few blanks) follow the counts that the domain
page reports.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime

Kind = Literal["day", "second", "short", "one_column", "empty", "no_records", "latin1", "conflict"]

NBSP = "\u00a0"
FIRST_OF_SERIES = 600_000_000
BLOCK_SIZE = 100_000
BLOCKS = 900
CATEGORIES = (
    "Toys", "Garden", "Kitchen", "Lamps", "Women'S Dress", "Men'S Shoes", "Children'S Books", "Pet mat", "Phone case",
    "Bed linen", "Curtains", "Office", "Sports", "Bicycle parts", "Car parts", "Cosmetics", "Jewellery", "Watches",
    "Tools", "Paint", "Stationery", "Bags", "Baby care", "Camping", "Fishing", "Musical instruments", "Puzzles",
    "Cables", "Keyboards", "Headphones", "Glassware", "Cutlery", "Towels", "Carpets", "Candles", "Seeds", "Vases",
)  # fmt: skip
BRANCHES = ("VM", "LT", "RM", "TO", "NA", "BO", "FI", "GE", "PD", "CT")
LONG_BRANCHES = ("K101", "K117", "QZ01")


@dataclass(frozen=True)
class StockRow:
    """One row of the customer's view. `weight` None is one of the oddities."""

    number: int
    destination_branch: str
    date: date
    partial: bool
    weight: Decimal | None


@dataclass(frozen=True)
class LettureFile:
    """The file, and the truth about it for whoever checks the import."""

    name: str
    content: bytes
    records: int
    declared: int
    stock: list[StockRow]
    valid: list[int]
    not_found: list[int]
    in_past: list[int]
    counts: dict[str, int] = field(default_factory=dict)


def file_name(now: datetime, declared: int) -> str:
    return f"Letture{now:%Y%m%d%H%M%S}{now.microsecond // 1000:03d}_{declared}.txt"


class Generator:
    """Draws one file. The same seed, kind, size and time give the same bytes."""

    def __init__(self, seed: int, now: datetime) -> None:
        self._random = random.Random(seed)
        self._now = now
        self._today = now.date()
        first = FIRST_OF_SERIES + (seed % BLOCKS) * BLOCK_SIZE
        self._numbers = iter(self._random.sample(range(first, first + BLOCK_SIZE), BLOCK_SIZE))

    def make(self, kind: Kind, rows: int) -> LettureFile:
        if kind == "empty":
            return self._finish([], b"", 0, [], [], [], {})
        numbers = [next(self._numbers) for _ in range(rows)]
        if kind == "one_column":
            lines = [str(number) for number in numbers]
            return self._finish(lines, _joined(lines), len(lines), [], [], [], {"field_count": rows})
        if kind == "no_records":
            lines = [self._line(number + 200_000_000) for number in numbers]
            return self._finish(lines, _joined(lines), len(lines), [], [], [], {"ignored": rows})
        return self._ordinary(kind, numbers)

    def _ordinary(self, kind: Kind, numbers: list[int]) -> LettureFile:
        rows = len(numbers)
        missing, past = numbers[: max(1, rows // 50)], numbers[max(1, rows // 50) : max(1, rows // 50) * 2]
        lines = [self._line(number) for number in numbers]
        odd = self._odd_lines(rows)
        repeated = [] if kind == "second" else self._random.sample(lines, max(1, rows // 100))
        lines += odd + repeated
        if kind == "conflict":
            lines.append(f"{numbers[-1]}|9|Toys|0.01")
        self._random.shuffle(lines)
        content = _joined(lines)
        if kind == "latin1":
            content = content.replace(b"Toys", "Caff\u00e8".encode("latin-1"))
        declared = len(lines) + 100 if kind == "short" else len(lines)
        counts = {"kept": rows, "odd": len(odd), "duplicate_identical": len(repeated)}
        valid = numbers[len(missing) + len(past) :]
        return self._finish(lines, content, declared, valid, missing, past, counts)

    def _finish(
        self,
        lines: list[str],
        content: bytes,
        declared: int,
        valid: list[int],
        missing: list[int],
        past: list[int],
        counts: dict[str, int],
    ) -> LettureFile:
        stock = [self._stock(number, self._today + timedelta(days=self._random.randrange(3))) for number in valid]
        stock += [self._stock(number, self._today - timedelta(days=self._random.randint(1, 30))) for number in past]
        # A number may be in the view twice; the row with the earliest date that is not past counts.
        stock += [self._stock(number, self._today + timedelta(days=9)) for number in valid[:: max(40, len(valid) // 5)]]
        name = file_name(self._now, declared)
        return LettureFile(name, content, len(lines), declared, stock, valid, missing, past, counts)

    def _line(self, number: int) -> str:
        quantity = self._random.randint(2, 5) if self._one_in(10) else 1
        value = Decimal(self._random.randint(2, 9_676)) / 100
        return f"{number}|{quantity}|{self._description()}|{value:.2f}"

    def _description(self) -> str:
        parts = self._random.sample(CATEGORIES, self._random.choice((1, 1, 1, 2, 2, 3, 4, 5)))
        text = ",".join(parts)
        return text.replace(" ", NBSP) if self._one_in(20) else text

    def _odd_lines(self, rows: int) -> list[str]:
        """Another series (ignored), short numbers (ignored), the bare NULL (ignored), blanks (rejected)."""
        other_series = [self._line(800_000_000 + self._random.randrange(99_999_999)) for _ in range(rows // 20)]
        short_numbers = [f"36{self._random.randrange(10_000, 99_999)}|1|Toys|1.00" for _ in range(rows // 100)]
        blanks = [f"{next(self._numbers)}|||" for _ in range(max(1, rows // 200))]
        return [*other_series, *short_numbers, "NULL", *blanks]

    def _one_in(self, many: int) -> bool:
        return self._random.randrange(many) == 0

    def _stock(self, number: int, day: date) -> StockRow:
        branch = self._random.choice(LONG_BRANCHES if self._one_in(12) else BRANCHES)
        grams = self._random.randint(100, 2_000)
        return StockRow(number, branch, day, self._one_in(10), Decimal(grams) / 1000)


def other_stock(seed: int, today: date, rows: int) -> list[StockRow]:
    """What the customer's view holds besides: most of it has nothing to do with any file of ours."""
    draw = random.Random(seed)
    return [
        StockRow(
            number=draw.randrange(200_000_000, 300_000_000),
            destination_branch=draw.choice(BRANCHES),
            date=today + timedelta(days=draw.randint(-60, 5)),
            partial=draw.randrange(10) == 0,
            weight=Decimal(draw.randint(100, 2_000)) / 1000,
        )
        for _ in range(rows)
    ]


def _joined(lines: list[str]) -> bytes:
    """No line end after the last record, as the customer's system writes it."""
    return "\n".join(lines).encode()
