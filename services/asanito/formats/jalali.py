"""Dates of the source and of Asanito: Jalali text, Gregorian text, `MM_DD_YYYY`. Used by payloads and the scan.

Source of the rules: domain page, sections 2.3, 2.4 and 3. The calendar itself is `persiantools`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from persiantools.jdatetime import JalaliDate

from services.asanito.formats.persian import ascii_digits, tidy

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_DATE = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[ T].*)?")
_MONTH_FIRST = re.compile(r"(\d{1,2})_(\d{1,2})_(\d{4})")
JALALI_YEARS = range(1200, 1500)
GREGORIAN_YEARS = range(1900, 2100)


class NotADateError(ValueError):
    """The text is no date of either calendar."""


def read_date(text: str | None) -> date | None:
    """A date typed by hand, as Gregorian; None when nothing was typed.

    The year tells the calendar: 1200-1499 is Jalali, 1900-2099 Gregorian. Separators, leading zeros, Persian digits
    and a time behind it do not matter.

    Raises:
        NotADateError: anything else; two-digit years among it.
    """
    typed = ascii_digits(tidy(text))
    if not typed:
        return None
    match = _DATE.fullmatch(typed)
    if match is None:
        raise NotADateError(typed)
    year, month, day = (int(part) for part in match.groups())
    try:
        if year in JALALI_YEARS:
            found: date = JalaliDate(year, month, day).to_gregorian()  # type: ignore[no-untyped-call]
            return found
        if year in GREGORIAN_YEARS:
            return date(year, month, day)
    except ValueError as error:
        raise NotADateError(typed) from error
    raise NotADateError(typed)


def jalali_text(when: date | datetime) -> str:
    """Asanito's date of invoices and incomes, `MM_DD_YYYY HH:mm`: month first, Jalali, the source's wall time.

    A plain date is midnight. An aware datetime is an error: convert it to the source's zone first (`wall_time`).
    """
    if isinstance(when, datetime):
        if when.tzinfo is not None:
            raise ValueError("jalali_text takes wall time; see wall_time")
        day, clock = when.date(), when.time()
    else:
        day, clock = when, time()
    jalali = JalaliDate.to_jalali(day)  # type: ignore[no-untyped-call]
    return f"{jalali.month:02}_{jalali.day:02}_{jalali.year:04} {clock:%H:%M}"


def read_any_day(text: str) -> date | None:
    """The day of what Asanito answers, `YYYY-MM-DD…` of either calendar or `MM_DD_YYYY…`; None when unreadable."""
    year_last = _MONTH_FIRST.match(ascii_digits(text))
    if year_last:
        month, day, year = year_last.groups()
        text = f"{year}-{month}-{day}"
    try:
        return read_date(text)
    except NotADateError:
        return None


def gregorian_text(day: date | None) -> str | None:
    """Asanito's date of contacts, `YYYY-MM-DDT00:00:00`."""
    return f"{day.isoformat()}T00:00:00" if day else None


def wall_time(instant: datetime, zone: ZoneInfo) -> datetime:
    """What clocks in `zone` show at `instant`, without a zone."""
    return instant.astimezone(zone).replace(tzinfo=None)


def day_in_words(when: date) -> str:
    """A day as Persian readers name it: شنبه ۳۰ آبان ۱۴۰۵."""
    words: str = JalaliDate(when).strftime("%A %d %B %Y", locale="fa")  # type: ignore[no-untyped-call]
    return words


def instant_in_words(at: datetime, zone: ZoneInfo) -> str:
    """A moment as Persian readers name it, by the clocks of `zone`."""
    local = at.astimezone(zone)
    place = "تهران" if zone.key == "Asia/Tehran" else zone.key
    return f"{day_in_words(local.date())}، {persian_digits(f'{local:%H:%M:%S}')} به وقت {place}"


def persian_digits(text: str) -> str:
    """The same with ۰ to ۹."""
    return text.translate(_PERSIAN)
