"""Categories: one key for all spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.invoices.formats.categories import LONGEST, Category, split_categories


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Toys", [Category("toys", "Toys")]),
        ("Toys,Pet mat", [Category("toys", "Toys"), Category("pet mat", "Pet mat")]),
        ("Pet\N{NO-BREAK SPACE}mat", [Category("pet mat", "Pet mat")]),
        ("Pet mat,Pet\N{NO-BREAK SPACE}mat,PET  MAT", [Category("pet mat", "Pet mat")]),
        ("Women'S Dress", [Category("women's dress", "Women'S Dress")]),
        (" , ,Toys,, ", [Category("toys", "Toys")]),
        ("Stra\u00dfe,STRASSE", [Category("strasse", "Stra\u00dfe")]),
        ("\uff34oys,toys", [Category("toys", "Toys")]),
        (",", []),
    ],
)
def test_spellings_of_one_category_are_one(description: str, expected: list[Category]) -> None:
    assert split_categories(description) == expected


@given(st.text(max_size=500))
def test_keys_are_unique_and_short_enough_for_an_index(description: str) -> None:
    keys = [category.key for category in split_categories(description)]
    assert len(keys) == len(set(keys))
    assert all(len(category.name) <= LONGEST for category in split_categories(description))
