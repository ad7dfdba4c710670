"""Persian text as people type it: letters, digits, mobile numbers, national codes. Used by scan, mappings and payloads.

Source of the rules: domain page, section 3. What is sent keeps its spelling as far as it is right (`tidy`); what is
compared goes through `comparison_key`, in which the many spellings of one word are one.
"""

from __future__ import annotations

import re
import unicodedata

_DIGITS = str.maketrans({chr(0x06F0 + n): str(n) for n in range(10)} | {chr(0x0660 + n): str(n) for n in range(10)})
# Arabic yeh, alef maksura and kaf are typed for the Persian letters; tatweel and vowel marks decorate.
_LETTERS = str.maketrans(
    {"ي": "ی", "ى": "ی", "ك": "ک", "\u0640": None} | dict.fromkeys(map(chr, range(0x064B, 0x0653)))
)
_LOOSE = str.maketrans({"ة": "ه", "أ": "ا", "إ": "ا", "ٱ": "ا", "\u200c": None})
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f\u00ad\u061c\u200b\u200d-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")

NATIONAL_CODE_LENGTH = 10
SHORTEST_NATIONAL_CODE = 8
# What follows 09 in numbers that were ever handed out: 090x to 093x, 094 and 099x; 098 is nobody's.
_MOBILE = re.compile(r"(?:\+98|0098|98|0)?(9[0-79]\d{8})")


def ascii_digits(text: str) -> str:
    """`text` with Persian and Arabic digits as ASCII."""
    return text.translate(_DIGITS)


def composed(text: str) -> str:
    """A letter and its marks as one sign where there is one; what stood between them is gone by then."""
    return unicodedata.normalize("NFC", text)


def tidy(text: str | None) -> str:
    """Text to be shown and sent: Persian letters, single blanks, no invisible marks; ZWNJ stays between letters."""
    if not text:
        return ""
    cleaned = composed(_INVISIBLE.sub("", composed(text)).translate(_LETTERS))
    words = (word.strip("\u200c") for word in cleaned.split())  # it joins letters; beside none it is nothing
    return " ".join(word for word in words if word)


def comparison_key(text: str | None) -> str:
    """What makes two spellings one: digits, letters and case folded, ZWNJ dropped."""
    return " ".join(composed(ascii_digits(tidy(text)).translate(_LOOSE).casefold()).split())


def normalise_mobile(text: str | None, placeholders: frozenset[str] = frozenset()) -> str | None:
    """A mobile number as `09xxxxxxxxx`; None when it is none, or one that was typed to fill the field."""
    digits = re.sub(r"[\s\-()./]", "", ascii_digits(tidy(text)))
    match = _MOBILE.fullmatch(digits)
    if match is None:
        return None
    number = f"0{match[1]}"
    if number in placeholders or len(set(number[2:])) == 1 or number.endswith("0000000"):
        return None
    return number


def normalise_national_code(text: str | None) -> str | None:
    """A national code as ten digits with a right check digit; None when it is none.

    Codes of eight or nine digits lost their leading zeros in spreadsheets. The check digit is the weighted sum
    (10 to 2) modulo 11, taken from 11 unless below 2.
    """
    digits = re.sub(r"\D", "", ascii_digits(tidy(text)))
    if not SHORTEST_NATIONAL_CODE <= len(digits) <= NATIONAL_CODE_LENGTH:
        return None
    code = digits.zfill(NATIONAL_CODE_LENGTH)
    if len(set(code)) == 1 or set(code[3:9]) == {"0"}:
        return None
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(code[:9])) % 11
    return code if int(code[9]) == (rest if rest < 2 else 11 - rest) else None  # noqa: PLR2004 - the rule's own 2


def masked(label: str) -> str:
    """A name as those see it who may not read it: the first letter of each word."""
    return " ".join(f"{word[0]}…" for word in label.split())
