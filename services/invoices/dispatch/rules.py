"""Dispatch, pure: which invoices can go, which step comes next, what a verdict means, which name the file gets."""

from __future__ import annotations

from collections import Counter, defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from services.invoices.formats.copy_text import escaped, plain
from services.invoices.formats.dispatch_csv import Shipment, exclusion_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from decimal import Decimal
    from uuid import UUID

    from services.invoices.ports import AvailableInvoice


class Work(StrEnum):
    """The steps of a dispatch; each is done when the session's row says so, whoever does it."""

    GENERATE = "generate"
    MARK = "mark"
    DELIVER = "deliver"
    VERIFY = "verify"
    NOTHING = "nothing"


class Progress(NamedTuple):
    """What the session's row says about its dispatch."""

    opening: bool
    rendered: bool
    marked: bool
    uploaded: bool


class Answer(NamedTuple):
    """What the customer's view says about one invoice: `valid, incomplete, in_past, not_found`."""

    number: int
    status: str
    branch: str | None
    day: date | None
    weight: Decimal | None


def next_work(progress: Progress) -> Work:
    """The step that comes next: render the CSV, mark the end of the receiver's log, deliver, verify."""
    if not progress.opening:
        return Work.NOTHING
    if not progress.rendered:
        return Work.GENERATE
    if not progress.marked:
        return Work.MARK
    return Work.VERIFY if progress.uploaded else Work.DELIVER


def judge(number: int, found: Sequence[AvailableInvoice], day: date) -> Answer:
    """One invoice by its rows in the view: the earliest date from `day` on wins, then the lowest branch."""
    upcoming = [row for row in found if row.date >= day]
    if not upcoming:
        return Answer(number, "in_past" if found else "not_found", None, None, None)
    best = upcoming[0]
    if len(upcoming) > 1:
        best = min(upcoming, key=lambda row: (row.date, row.destination_branch or ""))
    shipment = Shipment(number, best.destination_branch, best.weight)
    status = "incomplete" if exclusion_reason(shipment) else "valid"
    return Answer(number, status, best.destination_branch, best.date, best.weight)


def judge_all(found: Iterable[AvailableInvoice], day: date) -> bytes:
    """The answers about all invoices that have rows here, as COPY's text; for a thread, there may be many."""
    rows = list(found)
    single = {row.number: row for row in rows}
    several: defaultdict[int, list[AvailableInvoice]] = defaultdict(list)
    if len(single) < len(rows):
        often = {number for number, count in Counter(row.number for row in rows).items() if count > 1}
        for row in rows:
            if row.number in often:
                several[row.number].append(row)
    # The number changes nothing about the rest, and branches, days and weights repeat a lot: judged and written once.
    known: dict[tuple[str | None, date, str], str] = {}
    lines = []
    for number, branch, available, weight in single.values():
        if number in several:
            rest = _without_number(judge(number, several[number], day))
        else:
            key = (branch, available, str(weight))
            rest = known.get(key) or ""
            if not rest:
                rest = known[key] = _without_number(judge(number, [single[number]], day))
        lines.append(f"{number}\t{rest}")
    return "".join(lines).encode()


def _without_number(answer: Answer) -> str:
    _, status, branch, available, weight = answer
    return f"{status}\t{escaped(branch)}\t{plain(available)}\t{plain(weight)}\n"


def remote_name(pattern: str, *, day: date, session_id: UUID) -> str:
    """The name of the file on the delivery server; the last twelve digits of the id make it the session's own."""
    return pattern.format(date=f"{day:%Y%m%d}", id=session_id.hex[-12:])


def delivery_key(day: date, name: str | None) -> str:
    """The business key of a delivery: where the remote name is fixed, yesterday's doubt is not today's."""
    return f"{day}/{name}"


def attempt_of(run_id: UUID, attempt: int) -> str:
    """The name of an attempt at a delivery; later ones sort behind, since the ids of runs begin with their time."""
    return f"{run_id.hex[:12]}{attempt:02}"
