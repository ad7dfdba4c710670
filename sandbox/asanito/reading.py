"""Reads what a client sent, strictly: names in any case, money as whole Rial, each date in the calendar that is due.

Used by every endpoint of the sandbox's Asanito. The real one is surely more lenient; what passes here passes there.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import jdatetime

if TYPE_CHECKING:
    from collections.abc import Mapping

JALALI = re.compile(r"(\d{2})_(\d{2})_(\d{4}) (\d{2}):(\d{2})")
GREGORIAN = re.compile(r"(\d{4})-(\d{2})-(\d{2})T00:00:00")
JALALI_YEARS = range(1200, 1500)
GREGORIAN_YEARS = range(1800, 2100)
# A client's clock may be a little fast.
TOLERANCE = timedelta(minutes=10)
LARGEST = 2**63 - 1


class Refused(Exception):
    """The request is answered with this status and body instead of being obeyed."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


def invalid(field: str, text: str) -> Refused:
    """A value that cannot be: problem details, as ASP.NET writes them."""
    return Refused(400, {"title": "یک یا چند خطای اعتبارسنجی رخ داد.", "status": 400, "errors": {field: [text]}})


def unknown(what: str, number: Any) -> Refused:
    """An id that this tenant has not."""
    return Refused(400, {"message": f"شناسه {what} معتبر نیست: {number}"})


class Body:
    """A JSON object of a request. Names of properties are compared without regard to case."""

    def __init__(self, fields: Mapping[str, Any], path: str = "") -> None:
        self._fields = {name.casefold(): value for name, value in fields.items()}
        self._path = path

    def has(self, name: str) -> bool:
        return self._fields.get(name.casefold()) is not None

    def raw(self, name: str) -> Any:
        return self._fields.get(name.casefold())

    def where(self, name: str) -> str:
        return f"{self._path}{name}"

    def refuse(self, name: str, text: str) -> Refused:
        return invalid(self.where(name), text)

    def text(self, name: str, *, required: bool = False, longest: int = 2000) -> str:
        value = self.raw(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise self.refuse(name, "باید متن باشد")
        if required and not value.strip():
            raise self.refuse(name, "این فیلد الزامی است")
        if len(value) > longest:
            raise self.refuse(name, f"حداکثر {longest} نویسه مجاز است")
        return value

    def integer(self, name: str) -> int:
        """A whole number; the digits may stand in a text, as one known client writes some of them."""
        value = self.raw(name)
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
            raise self.refuse(name, f"باید عدد صحیح باشد: {value!r}")
        return value

    def optional_integer(self, name: str) -> int | None:
        return self.integer(name) if self.has(name) else None

    def money(self, name: str, *, positive: bool = False) -> int:
        """Whole Rial, never negative; a fraction, even `.0`, is refused."""
        amount = self.integer(name)
        if amount < 0 or (positive and amount == 0):
            raise self.refuse(name, f"مبلغ نامعتبر است: {amount}")
        return amount

    def percent(self, name: str) -> str:
        value = self.raw(name)
        try:
            number = Decimal(str(0 if value is None else value))
        except InvalidOperation as error:
            raise self.refuse(name, f"درصد نامعتبر است: {value!r}") from error
        if isinstance(value, bool) or not 0 <= number <= 100:  # noqa: PLR2004 - per cent
            raise self.refuse(name, f"درصد نامعتبر است: {value!r}")
        return str(number)

    def flag(self, name: str) -> bool:
        value = self.raw(name)
        if not isinstance(value, bool):
            raise self.refuse(name, "باید true یا false باشد")
        return value

    def integers(self, name: str) -> list[int]:
        value = self.raw(name)
        if not isinstance(value, list) or not all(type(one) is int for one in value):
            raise self.refuse(name, "باید فهرستی از شناسه‌ها باشد")
        return value

    def texts(self, name: str) -> list[str]:
        value = self.raw(name) or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.refuse(name, "باید فهرستی از متن‌ها باشد")
        return value

    def bodies(self, name: str) -> list[Body]:
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.refuse(name, "باید فهرست باشد")
        return [Body(one, f"{self.where(name)}[{place}].") for place, one in enumerate(value)]

    def one_of(self, name: str, known: Mapping[int, Any], what: str) -> int:
        """An id out of those that the tenant has."""
        number = self.integer(name)
        if number not in known:
            raise unknown(what, number)
        return number

    def birth_date(self, name: str) -> str | None:
        """`1996-06-04T00:00:00`, or null."""
        return gregorian(self, name) if self.raw(name) is not None else None

    def jalali(self, name: str, *, latest: datetime | None) -> str:
        """`12_30_1403 18:05` as ISO text of the Gregorian wall time.

        Args:
            latest: what lies beyond is refused as a date of the future.
        """
        moment = parse_jalali(self, name)
        if latest is not None and moment > latest + TOLERANCE:
            raise self.refuse(name, f"تاریخ آینده مجاز نیست: {self.raw(name)}")
        return moment.isoformat(timespec="minutes")


def parse_jalali(body: Body, name: str) -> datetime:
    value = body.raw(name)
    match = JALALI.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise body.refuse(name, f"قالب تاریخ باید MM_DD_YYYY HH:mm شمسی باشد: {value!r}")
    month, day, year, hour, minute = (int(part) for part in match.groups())
    if year not in JALALI_YEARS:
        raise body.refuse(name, f"تاریخ باید شمسی باشد: {value!r}")
    try:
        moment: datetime = jdatetime.datetime(year, month, day, hour, minute).togregorian()
    except ValueError as error:
        raise body.refuse(name, f"تاریخ نامعتبر است: {value!r}") from error
    return moment


def gregorian(body: Body, name: str) -> str:
    value = body.raw(name)
    match = GREGORIAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise body.refuse(name, f"قالب تاریخ باید YYYY-MM-DDT00:00:00 باشد: {value!r}")
    year, month, day = (int(part) for part in match.groups())
    if year not in GREGORIAN_YEARS:
        raise body.refuse(name, f"تاریخ باید میلادی باشد: {value!r}")
    try:
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise body.refuse(name, f"تاریخ نامعتبر است: {value!r}") from error
