"""Persian text: the vectors of the domain page, and what must hold for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.asanito.formats.persian import (
    ascii_digits,
    comparison_key,
    normalise_mobile,
    normalise_national_code,
    tidy,
)

VALID_CODES = (
    *("0499370899", "0790419904", "0084575948", "0963695398", "0684159414", "0067749828", "0650451252", "1583250689"),
    *("4032152314", "0076229645", "4400276201", "2540201288"),
)
INVALID_CODES = (
    *("0000000000", "9999999999", "4271427685", "0200203041", "0684159415", "1234567890", "0010000000", "12345678"),
    "777777777",
)


@pytest.mark.parametrize("code", VALID_CODES)
def test_a_right_national_code_stays_as_it_is(code):
    assert normalise_national_code(code) == code


@pytest.mark.parametrize("code", ["068415941", "68415941"])
def test_lost_zeros_of_a_national_code_come_back(code):
    assert normalise_national_code(code) == code.zfill(10)


@pytest.mark.parametrize("code", [*INVALID_CODES, "", None, "۱۲", "abc"])
def test_a_wrong_national_code_is_none(code):
    assert normalise_national_code(code) is None


@pytest.mark.parametrize(
    "number",
    ["9022002580", "989022002580", "00989022002580", "+989022002580", "0902 200 2580", "۰۹۰۲۲۰۰۲۵۸۰", "(0902)200-2580"],
)
def test_every_spelling_of_a_mobile_number_is_one(number):
    assert normalise_mobile(number) == "09022002580"


@pytest.mark.parametrize("number", ["09802002580", "02188776655", "09000000000", "09999999999", "", None, "0902200258"])
def test_what_is_no_mobile_number_is_none(number):
    assert normalise_mobile(number) is None


def test_a_placeholder_is_no_mobile_number():
    assert normalise_mobile("09123456789") == "09123456789"
    assert normalise_mobile("09123456789", frozenset({"09123456789"})) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("كتابي", "کتابی"), ("نیک\u200cپور", "نیکپور"), ("  نقد ", "نقد"), ("نقدي", "نقدی"), ("کلاس ٤", "کلاس 4")],
)
def test_spellings_of_one_word_have_one_key(one, other):
    assert comparison_key(one) == comparison_key(other)


def test_what_is_sent_keeps_its_joiner():
    assert tidy(" نيك\u200cپور \u200f") == "نیک\u200cپور"


@pytest.mark.parametrize("text", ["\u200c", " \u200c \u200c ", "\u2060\u00ad", "\x00\x1b\x7f", "\u200e\u200f"])
def test_what_shows_nothing_is_nothing(text):
    assert tidy(text) == comparison_key(text) == ""


def test_signs_that_are_no_letters_do_no_harm():
    assert tidy("رضا\x00\u200c 🏋️ \u200cکریمی\u200c") == "رضا 🏋️ کریمی"
    assert tidy("آ" + "\u200b" * 10_000) == "آ"


@given(st.text())
def test_tidying_twice_changes_nothing_more(text):
    assert tidy(tidy(text)) == tidy(text)
    assert comparison_key(comparison_key(text)) == comparison_key(text)
    assert len(ascii_digits(text)) == len(text)
