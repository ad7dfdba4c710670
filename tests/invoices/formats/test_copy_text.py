"""COPY's text: whatever a text holds, PostgreSQL reads the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.invoices.formats.copy_text import escaped, escaped_all, plain, stream


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Toys", "Toys"),
        ("a\\b", "a\\\\b"),
        ("a\tb\nc\rd", "a\\tb\\nc\\rd"),
        ("Pet\N{NO-BREAK SPACE}mat", "Pet\N{NO-BREAK SPACE}mat"),
        ("", ""),
        (None, "\\N"),
    ],
)
def test_separators_and_backslashes_are_escaped(text: str | None, expected: str) -> None:
    assert escaped(text) == expected


@pytest.mark.parametrize("odd", ["a\\b", "a\tb", "a\nb", "a\rb"])
def test_many_texts_are_escaped_like_one(odd: str) -> None:
    texts = ["Toys", odd, "", "Pet\N{NO-BREAK SPACE}mat"]
    assert escaped_all(texts) == [escaped(text) for text in texts]
    assert escaped_all(["Toys", ""]) == ["Toys", ""]


@pytest.mark.parametrize(
    ("value", "expected"), [(7, "7"), (date(2026, 11, 20), "2026-11-20"), (Decimal("0.30"), "0.30"), (None, "\\N")]
)
def test_numbers_and_dates_are_plain(value: object, expected: str) -> None:
    assert plain(value) == expected


async def test_pieces_come_one_by_one() -> None:
    assert [piece async for piece in stream([b"a", b"b"])] == [b"a", b"b"]
