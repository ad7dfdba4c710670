"""What a Persian text, number, code or date of the legacy system means: the accountant's own reading of the rules."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

import jdatetime

LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "\u00a0": " "})
DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
HALF_SPACE = "\u200c"
PLACEHOLDERS = {"09000000000"}
CODE_LENGTH = 10


def display(text: str | None) -> str:
    """As it is sent: Persian letters, single spaces, the half space kept."""
    return " ".join(unicodedata.normalize("NFC", text or "").translate(LETTERS).split())


def comparable(text: str | None) -> str:
    """As it is compared: the half space is nothing."""
    return display(text).replace(HALF_SPACE, "").casefold()


def mobile(text: str | None) -> str:
    """`09xxxxxxxxx`, or nothing when it is no mobile number of a person."""
    digits = re.sub(r"[\s()\-‌]", "", (text or "").translate(DIGITS))
    match = re.fullmatch(r"(?:\+98|0098|98|0)?(9\d{9})", digits)
    number = f"0{match.group(1)}" if match else ""
    return "" if number in PLACEHOLDERS or len(set(number[1:])) == 1 else number


def national_code(text: str | None) -> str:
    """Ten digits with a right check digit, or nothing."""
    code = re.sub(r"\D", "", (text or "").translate(DIGITS))
    code = code.zfill(CODE_LENGTH) if len(code) in {8, 9} else code
    if len(code) != CODE_LENGTH or len(set(code)) == 1 or code[3:9] == "000000":
        return ""
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(code[:9])) % 11
    return code if int(code[9]) == (rest if rest < 2 else 11 - rest) else ""  # noqa: PLR2004 - the rule of the code


def day(text: str | None) -> str | None:
    """Jalali text (or, by its year, Gregorian text) as an ISO date; nothing when it is neither."""
    match = re.match(r"\s*(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?!\d)", (text or "").translate(DIGITS))
    if match is None:
        return None
    year, month, number = (int(part) for part in match.groups())
    try:
        if 1200 <= year <= 1499:  # noqa: PLR2004 - years of the Jalali calendar
            found: date = jdatetime.date(year, month, number).togregorian()
            return found.isoformat()
        return date(year, month, number).isoformat() if 1900 <= year <= 2099 else None  # noqa: PLR2004
    except ValueError:
        return None
