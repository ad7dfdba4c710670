"""The CSV, byte by byte."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.invoices.formats.dispatch_csv import Exclusion, Layout, Shipment, grams, render

ROME = ZoneInfo("Europe/Rome")
AT = datetime(2020, 11, 25, 0, 40, 18, 175_999, tzinfo=UTC)
GOLDEN = Path(__file__).with_name("fixtures") / "golden.csv"


def shipments(*rows):
    return [Shipment(number, branch, None if weight is None else Decimal(weight)) for number, branch, weight in rows]


def test_the_file_is_the_golden_one_whatever_the_order_of_the_shipments():
    given_ = shipments((600591828, "R151", "12.3456"), (200144133, "VM", "0.8"), (600591827, "LT", "0.3"))
    rendered = render(given_, at=AT, zone=ROME, layout=Layout())
    assert rendered.content == GOLDEN.read_bytes()
    assert rendered.lines == 3
    assert rendered == render(reversed(given_), at=AT, zone=ROME, layout=Layout())


def test_a_line_has_22_fields_and_a_trailing_pipe():
    content = render(shipments((600000001, "LT", "1")), at=AT, zone=ROME, layout=Layout()).content.decode()
    assert len(content.removesuffix("\n").split("|")) == 23
    assert content.endswith("|\n")


@pytest.mark.parametrize(
    ("weight", "expected"),
    [("0.3", 300), ("0.0005", 1), ("0.00049", 0), ("12.3456", 12346), ("0", 0), ("2", 2000), ("1.0005", 1001)],
)
def test_a_weight_is_whole_grams_rounded_half_up(weight, expected):
    assert grams(Decimal(weight)) == expected


@pytest.mark.parametrize(
    ("branch", "weight", "reason"),
    [
        ("LT", None, "weight_missing"),
        ("LT", "-1", "weight_invalid"),
        ("LT", "NaN", "weight_invalid"),
        ("LT", "1e30", "weight_invalid"),
        (None, "1", "branch_missing"),
        ("", "1", "branch_missing"),
        ("L|T", "1", "branch_invalid"),
        ("L\nT", "1", "branch_invalid"),
    ],
)
def test_a_shipment_that_cannot_be_a_line_is_left_out_with_its_reason(branch, weight, reason):
    rendered = render(shipments((600000001, branch, weight)), at=AT, zone=ROME, layout=Layout())
    assert rendered.excluded == (Exclusion(600000001, reason),)
    assert (rendered.content, rendered.lines) == (b"", 0)


def test_the_constants_are_the_options():
    content = render(shipments((600000001, "LT", "1")), at=AT, zone=ROME, layout=Layout("XX", "YY")).content
    assert content.startswith(b"XX600000001LT|1000|0|0|0||YY|")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC), b"|2026-03-29|01-59-59-99|"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), b"|2026-03-29|03-00-00-00|"),
        (datetime(2026, 10, 24, 22, 0, 0, 9_999, tzinfo=UTC), b"|2026-10-25|00-00-00-00|"),
    ],
)
def test_the_timestamp_is_the_sites_and_its_last_part_hundredths_of_a_second(at, expected):
    assert expected in render(shipments((600000001, "LT", "1")), at=at, zone=ROME, layout=Layout()).content


@given(
    st.lists(st.tuples(st.integers(600_000_000, 699_999_999), st.decimals(0, 1000, places=4)), unique_by=lambda r: r[0])
)
def test_every_shipment_is_one_line_or_one_exclusion(rows):
    rendered = render([Shipment(n, "LT", w) for n, w in rows], at=AT, zone=ROME, layout=Layout())
    assert rendered.content.count(b"\n") == rendered.lines == len(rows)
