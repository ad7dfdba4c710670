"""Sample files like the 22 real ones, made from numbers alone.

What is reproduced: the counts of records, the first digits, the oddities and where they stand (one file with a single
column, a bare `NULL`, seven-digit numbers, rows that are empty but for their number, identical repeats, no-break
spaces, two files of one day, two files that are 100 records short). What is made up: every number, category and value;
they are drawn from a generator with a fixed seed. Nothing of a real file is in here.

    python -m tests.invoices.formats.make_samples FOLDER      writes them out to look at
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

NBSP = "\N{NO-BREAK SPACE}"
CATEGORIES = [
    *("Toys", "Pet mat", "Women'S Dress", "Shoes", "Kitchen ware", "Garden tools", "Phone case", "Lamp"),
    *("Men'S Shirt", "Baby blanket", "Yoga mat", "Wall clock", "Back pack", "Rain coat", "Desk lamp", "Tea cup"),
]


class Sample(NamedTuple):
    """A file and what is in it, counted while it was made."""

    name: str
    content: bytes
    records: int
    ours: int
    kept: int
    ignored: int
    rejected: dict[str, int]
    repeated: int


@dataclass(frozen=True)
class Plan:
    """What a file is to have.

    Args:
        declared: the number in the name.
        records: lines, all kinds together.
        others: lines of the other series, which begin with 8.
        short_numbers: seven digits, beginning with 3.
        bare_null: the word `NULL` alone.
        empty_rows: `6…|||`.
        repeats: lines that say again what a line before said.
        one_column: numbers only, no pipes.
        odd_blanks: share of descriptions with no-break spaces.
    """

    stamp: str
    declared: int
    records: int
    others: int = 0
    short_numbers: int = 0
    bare_null: bool = False
    empty_rows: int = 0
    repeats: int = 0
    one_column: bool = False
    final_newline: bool = False
    odd_blanks: float = 0.01


PLANS = [
    Plan("20201015170000120", 13, 13, one_column=True),
    Plan("20201018190412345", 5200, 5200, others=250, repeats=400, empty_rows=2),
    Plan("20201020194600001", 4100, 4100, others=210, repeats=218, short_numbers=6),
    Plan("20201023190000114", 3020, 3020, others=150, repeats=100, bare_null=True),
    Plan("20201026185312000", 2896, 2796, others=130, final_newline=True),
    Plan("20201028190500000", 6943, 6843, others=300),
    Plan("20201030191600000", 11705, 11705, others=560, empty_rows=1, odd_blanks=0.02),
    Plan("20201030192700000", 1812, 1812, others=90, empty_rows=1),
    Plan("20201108201000000", 2240, 2240, others=105),
    Plan("20201117200500000", 4805, 4805, others=240, odd_blanks=0.0),
]


def make_sample(plan: Plan, *, seed: int = 20201120) -> Sample:
    """One file. The same plan and seed give the same bytes."""
    draw = random.Random(f"{seed}:{plan.stamp}")
    fresh = iter(draw.sample(range(600_000_000, 600_999_999), plan.records))
    special = plan.others + plan.short_numbers + plan.bare_null + plan.empty_rows + plan.repeats
    rows = [_row(next(fresh), draw, plan) for _ in range(plan.records - special)]
    lines = rows + [draw.choice(rows) for _ in range(plan.repeats)]
    lines += [_row(next(fresh) + 200_000_000, draw, plan) for _ in range(plan.others)]
    lines += [f"36{draw.randrange(10**5):05}|1|Toys|1.00" for _ in range(plan.short_numbers)]
    lines += [f"{next(fresh)}|||" for _ in range(plan.empty_rows)]
    lines += ["NULL"] * plan.bare_null
    draw.shuffle(lines)
    kept = 0 if plan.one_column else len(rows)
    rejected = {"field_count": len(rows)} if plan.one_column else {"missing_field": plan.empty_rows}
    return Sample(
        name=f"Letture{plan.stamp}_{plan.declared}.txt",
        content=("\n".join(lines) + "\n" * plan.final_newline).encode(),
        records=plan.records,
        ours=len(rows) + plan.empty_rows + plan.repeats,
        kept=kept,
        ignored=plan.others + plan.short_numbers + plan.bare_null,
        rejected={reason: count for reason, count in rejected.items() if count},
        repeated=plan.repeats,
    )


def make_samples() -> list[Sample]:
    """All of them, oldest first."""
    return [make_sample(plan) for plan in PLANS]


def _row(number: int, draw: random.Random, plan: Plan) -> str:
    if plan.one_column:
        return str(number)
    names = draw.sample(CATEGORIES, draw.randint(1, 5))
    if draw.random() < plan.odd_blanks:
        names = [name.replace(" ", NBSP) for name in names]
    return f"{number}|1|{','.join(names)}|{draw.randint(2, 9676) / 100:.2f}"


if __name__ == "__main__":
    for sample in make_samples():
        (Path(sys.argv[1]) / sample.name).write_bytes(sample.content)
