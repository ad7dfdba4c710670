"""One call to the sandbox's Asanito as its endpoints see it, and the table that they are listed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.asanito.reading import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.asanito.books import Books, R
    from sandbox.asanito.reading import Body
    from sandbox.asanito.tenants import Choices, Tenant


@dataclass
class Habits:
    """How strict and how quick the target is; changed by `PATCH /_sandbox/asanito/state`."""

    future_dates: bool = False
    strict_words: bool = True
    edit_confirmed: bool = False
    calls_per_second: float | None = None
    latency_seconds: float = 0.0


@dataclass
class Call:
    """Who asks, with what. `effect` is set by an endpoint that changed something, for the journal."""

    tenant: Tenant
    body: Body
    items: list[Any]
    query: dict[str, str]
    now: datetime
    habits: Habits
    effect: list[str] = field(default_factory=list)

    @property
    def books(self) -> Books:
        return self.tenant.books

    @property
    def choices(self) -> Choices:
        return self.tenant.choices

    @property
    def latest(self) -> datetime | None:
        """The latest wall time that a date may have."""
        return None if self.habits.future_dates else self.now

    def did(self, what: str, number: int) -> None:
        self.effect.append(f"{what} {number}")

    def asked(self, name: str) -> int:
        """A whole number from the query string, names in any case."""
        value = self.query.get(name.casefold(), "")
        if not value.lstrip("-").isdecimal():
            raise Refused(400, {"message": f"پارامتر {name} الزامی است"})
        return int(value)

    def found(self, kind: type[R], number: int, what: str) -> R:
        """An existing record; 404 as the real one answers for products and invoices."""
        record = self.books.get(kind, number)
        if record is None:
            raise Refused(404, f"{what} یافت نشد")
        return record


Endpoint = Callable[[Call], Any]
ENDPOINTS: dict[tuple[str, str], tuple[str, Endpoint]] = {}


def endpoint(method: str, operation: str) -> Callable[[Endpoint], Endpoint]:
    """Lists a function under `/api/asanito/<operation>`; found in any case."""

    def listed(function: Endpoint) -> Endpoint:
        ENDPOINTS[method, f"/api/asanito/{operation}".casefold()] = (operation, function)
        return function

    return listed


def page(call: Call, found: list[Any]) -> dict[str, Any]:
    """`{queriedCnt, resultList}` of what `skip` and `take` leave."""
    skip = call.body.optional_integer("skip") or 0
    take = call.body.optional_integer("take")
    take = len(found) if take is None else take
    if skip < 0 or take < 0:
        raise Refused(400, {"message": "skip و take نامعتبر است"})
    return {"queriedCnt": len(found), "resultList": found[skip : skip + take]}


def newest_first(call: Call, found: list[R]) -> list[R]:
    """`sortProp` "ID" with `orderType` false is descending."""
    ascending = call.body.raw("orderType") is True
    return sorted(found, key=lambda record: record.id, reverse=not ascending)
