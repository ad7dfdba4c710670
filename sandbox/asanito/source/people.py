"""Made-up names, numbers and texts for the legacy database. Nothing here belongs to a person."""

from __future__ import annotations

import random  # noqa: TC003 - named in every signature

import jdatetime

WOMEN = ["مریم", "زهرا", "نرگس", "سارا", "فاطمه", "لیلا", "پریسا", "یاسمن", "الهام", "مهسا"]
MEN = ["علی", "رضا", "محمد", "حسین", "امیر", "مهدی", "کیان", "یوسف", "بابک", "آرش"]
FAMILIES = ["احمدی", "کریمی", "رضایی", "حسینی", "موسوی", "کاظمی", "یزدانی", "صادقی", "شریفی", "نیک‌پور", "پاکدل", "آذری"]
STREETS = ["ولیعصر", "انقلاب", "شریعتی", "آزادی", "کارگر", "پیروزی"]
JOBS = ["مهندس", "معلم", "پزشک", "دانشجو", "کارمند", None]
PLACES = ["001", "004", "007", "048", "079", "158", "254", "403", "440", "065"]
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC = str.maketrans({"ی": "ي", "ک": "ك"})


def national_code(dice: random.Random) -> str:
    """Ten digits with a right check digit, never all equal, never an empty serial part."""
    digits = dice.choice(PLACES) + f"{dice.randrange(1, 1_000_000):06d}"
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11
    return digits + str(rest if rest < 2 else 11 - rest)  # noqa: PLR2004 - the rule of the code


def mobile(number: int) -> str:
    """The n-th mobile number; neighbours differ in every digit that matters."""
    return f"0912{(number * 7_919 + 1_000_003) % 10_000_000:07d}"


def written(canonical: str, style: int) -> str:
    """The same mobile number as people write it."""
    bare = canonical[1:]
    return [
        canonical,
        f"+98{bare}",
        f"0098{bare}",
        f"{canonical[:4]} {canonical[4:7]} {canonical[7:]}",
        f"{canonical[:4]}-{canonical[4:]}",
        canonical.translate(PERSIAN),
        bare,
        f"98{bare}",
    ][style % 8]


def arabic(text: str) -> str:
    """Typed on an Arabic keyboard."""
    return text.translate(ARABIC)


def jalali_text(dice: random.Random, first: int, last: int, separator: str = "/") -> str:
    """A day of those years as the legacy program writes it."""
    day = jdatetime.date(dice.randint(first, last), dice.randint(1, 12), dice.randint(1, 29))
    return separator.join([f"{day.year:04d}", f"{day.month:02d}", f"{day.day:02d}"])
