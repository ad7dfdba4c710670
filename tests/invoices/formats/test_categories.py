"""Categories: one key for all spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.invoices.formats.categories import LONGEST, Category, find_category


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("Toys", Category("toys", "Toys")),
        ("Pet mat", Category("pet mat", "Pet mat")),
        ("Pet\N{NO-BREAK SPACE}mat", Category("pet mat", "Pet mat")),
        (" PET  MAT ", Category("pet mat", "PET MAT")),
        ("Women'S Dress", Category("women's dress", "Women'S Dress")),
        ("Stra\u00dfe", Category("strasse", "Stra\u00dfe")),
        ("STRASSE", Category("strasse", "STRASSE")),
        ("\uff34oys", Category("toys", "Toys")),
        (" ", None),
        ("\N{NO-BREAK SPACE}", None),
        ("", None),
    ],
)
def test_spellings_of_one_category_are_one(part: str, expected: Category | None) -> None:
    assert find_category(part) == expected


@given(st.text(max_size=500))
def test_a_name_is_short_enough_for_an_index_and_its_own_spelling(part: str) -> None:
    found = find_category(part)
    if found is not None:
        assert 0 < len(found.name) <= LONGEST
        assert find_category(found.name) == found
