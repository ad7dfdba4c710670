"""The filter grammar of every list: `?state=failed,partial&trigger=!manual&q=…&created_at=2026-11-01..`.

Used by every service and the gateway. Plain names; commas for alternatives; a leading `!` excludes; `a..b` is a span
whose ends may be left out. The types here are the fields of a `ListQuery`: parsing, documentation, SQL and the digest
in cursors come from the same object, and `str()` of each gives the grammar back. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeAlias

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 400
MOST_TERMS = 50


class _Grammar:
    """What the filter types share: a query string becomes one by `parse`, and is documented as that string."""

    explained: ClassVar[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a query parameter.

        Raises:
            ValueError: it does not follow the grammar; the message says what would.
        """
        raise ValueError(text)

    @classmethod
    def _read(cls, value: object) -> Self:
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            raise ValueError("text is needed")  # noqa: TRY004 - pydantic reports ValueError as a finding
        return cls.parse(_checked(value))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls._read, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "maxLength": LONGEST, "description": cls.explained}


@dataclass(frozen=True, slots=True)
class Terms(_Grammar):
    """Alternatives to keep, and what to leave out: `failed,partial`, `!manual`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    explained: ClassVar[str] = "Words; a comma between alternatives, a leading `!` excludes."

    @classmethod
    def parse(cls, text: str) -> Terms:
        parts = [part.strip() for part in text.split(",")]
        if len(parts) > MOST_TERMS:
            raise ValueError(f"at most {MOST_TERMS} alternatives")
        if any(not part.removeprefix("!").strip() for part in parts):
            raise ValueError("an alternative is empty")
        return cls(
            tuple(part for part in parts if not part.startswith("!")),
            tuple(part.removeprefix("!").strip() for part in parts if part.startswith("!")),
        )

    def __str__(self) -> str:
        return ",".join([*self.include, *(f"!{word}" for word in self.exclude)])


@dataclass(frozen=True, slots=True)
class Instants(_Grammar):
    """`a..b`: from a (included) to b (excluded); a date stands for its whole day in UTC."""

    since: datetime | None = None
    until: datetime | None = None
    explained: ClassVar[str] = "Times or days as in `2026-11-01..2026-11-20`; either end may be left out."

    @classmethod
    def parse(cls, text: str) -> Instants:
        since, until = _ends(text)
        return cls(_instant(since), _instant(until, end_of_day=True))

    def __str__(self) -> str:
        return "..".join(at.isoformat() if at else "" for at in (self.since, self.until))


@dataclass(frozen=True, slots=True)
class Days(_Grammar):
    """`a..b` of calendar dates, both included."""

    since: date | None = None
    until: date | None = None
    explained: ClassVar[str] = "Days as in `2026-11-01..2026-11-20`, both included; either end may be left out."

    @classmethod
    def parse(cls, text: str) -> Days:
        since, until = _ends(text)
        return cls(*(date.fromisoformat(day) if day else None for day in (since, until)))

    def __str__(self) -> str:
        return "..".join(day.isoformat() if day else "" for day in (self.since, self.until))


@dataclass(frozen=True, slots=True)
class Among:
    """Narrows `Terms` to known words: `state: Annotated[Terms | None, Among(RUN_STATES)] = None`."""

    words: Iterable[str]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        allowed = frozenset(str(word) for word in self.words)

        def check(terms: Terms | None) -> Terms | None:
            if terms and not allowed.issuperset((*terms.include, *terms.exclude)):
                raise ValueError(f"choose among {', '.join(sorted(allowed))}")
            return terms

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        words = ", ".join(sorted(str(word) for word in self.words))
        return handler(schema) | {"description": f"{Terms.explained} Words: {words}."}


def _checked(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"at most {LONGEST} characters")
    if "\0" in text:
        raise ValueError("a null character is not allowed")
    return text


Text: TypeAlias = Annotated[str, AfterValidator(_checked), Field(max_length=200, description="Text to look for.")]


def _ends(text: str) -> tuple[str, str]:
    since, dots, until = text.strip().partition("..")
    if not since and not until:
        raise ValueError("give at least one end, as in 2026-11-01..")
    return since, until if dots else since


def _instant(text: str, *, end_of_day: bool = False) -> datetime | None:
    if not text:
        return None
    if len(text) == len("2026-11-01"):
        day = date.fromisoformat(text)
        if end_of_day and day != date.max:
            day += timedelta(days=1)
        return datetime.combine(day, time(), UTC)
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time needs its offset, as in 2026-11-01T08:00:00Z")
    return at
