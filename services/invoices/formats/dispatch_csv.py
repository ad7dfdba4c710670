"""The CSV that the warehouse's own system reads: a line of 22 fields and a trailing pipe for each shipment.

    LT<number><branch>|<grams>|0|0|0||GN|<YYYY-MM-DD>|<HH-MM-SS-cc>|0|0|0|0|0||||||0|1|0|

Field 1 is the prefix, the nine digits of the invoice and its destination branch; field 2 the weight in whole grams;
fields 8 and 9 one timestamp for the whole file, in the site's zone, `cc` being hundredths of a second. UTF-8, a newline
after every line, the last one too. What `LT` and `GN` mean is unknown: they are options. Pure: the time is given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

_LINE = "{key}|{grams}|0|0|0||{marker}|{day}|{time}|0|0|0|0|0||||||0|1|0|\n"
TOO_HEAVY = 10**9
"""Kilograms; a number of any length would not even be computed, and one such row would stop the whole file."""
_BRANCH = re.compile(r"[^\s|\x00-\x1f\x7f]{1,16}")


class Shipment(NamedTuple):
    """What the customer's view says about one invoice. `weight` is in kilograms."""

    number: int
    branch: str | None
    weight: Decimal | None


@dataclass(frozen=True, slots=True)
class Layout:
    """The two constants of a line whose meaning only the receiver knows."""

    prefix: str = "LT"
    marker: str = "GN"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A shipment that can't be a line, and why: `weight_missing, weight_invalid, branch_missing, branch_invalid`."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class DispatchFile:
    """The rendered file: its bytes, which shipments are in it, and which could not be."""

    content: bytes
    shipments: tuple[Shipment, ...]
    excluded: tuple[Exclusion, ...]

    @property
    def lines(self) -> int:
        return len(self.shipments)


def grams(weight: Decimal) -> int:
    """Whole grams of a weight in kilograms, half a gram rounded up: 0.3 is 300, 0.0005 is 1, 12.3456 is 12346."""
    return int((weight * 1000).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def exclusion_reason(shipment: Shipment) -> str | None:
    """Why this shipment can't be a line; None when it can."""
    if shipment.weight is None:
        return "weight_missing"
    if not shipment.weight.is_finite() or not 0 <= shipment.weight < TOO_HEAVY:
        return "weight_invalid"
    if not shipment.branch:
        return "branch_missing"
    if not _BRANCH.fullmatch(shipment.branch):
        return "branch_invalid"
    return None


def render(shipments: Iterable[Shipment], *, at: datetime, zone: ZoneInfo, layout: Layout) -> DispatchFile:
    """Render the file, ordered by invoice number, so that the same shipments at the same instant are the same bytes."""
    local = at.astimezone(zone)
    day = f"{local:%Y-%m-%d}"
    time = f"{local:%H-%M-%S}-{local.microsecond // 10_000:02d}"
    lines: list[str] = []
    kept: list[Shipment] = []
    excluded: list[Exclusion] = []
    for shipment in sorted(shipments, key=lambda one: one.number):
        if reason := exclusion_reason(shipment):
            excluded.append(Exclusion(shipment.number, reason))
            continue
        assert shipment.weight is not None  # noqa: S101 - exclusion_reason has seen to it
        key = f"{layout.prefix}{shipment.number:09d}{shipment.branch}"
        lines.append(_LINE.format(key=key, grams=grams(shipment.weight), marker=layout.marker, day=day, time=time))
        kept.append(shipment)
    return DispatchFile("".join(lines).encode(), tuple(kept), tuple(excluded))
