"""Which of several persons with one mobile number or national code is the one. Pure.

Source: domain page 7.7 (Dedupe). Two passes: by mobile, then by national code over those that did not lose the first.
Who is bound already wins; then the latest invoice; none comes last; then the highest idd.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date
    from uuid import UUID

By = Literal["mobile", "national_code"]


@dataclass(frozen=True, slots=True)
class Person:
    """A person as dedupe sees it.

    Args:
        in_doubt: a call that makes it in Asanito has no answer yet.
        active_on: date of the latest invoice of either table, not deleted, under any of its memberVIds.
    """

    key: UUID
    idd: int
    mobile: str | None
    national_code: str | None
    is_bound: bool
    active_on: date | None
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Loss:
    """A person that is another one's duplicate.

    Args:
        winner: whose it is in the end, when the direct winner lost to somebody itself.
        differs: both have a valid national code, and not the same: a family's shared number, maybe.
    """

    key: UUID
    winner: UUID
    by: By
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What dedupe found: who lost, and who stays although another bound person has the same mobile number."""

    losses: dict[UUID, Loss]
    both_bound: frozenset[UUID]


def rank(person: Person) -> tuple[bool, bool, bool, int, int]:
    """The order of winning, highest first."""
    day = person.active_on
    return (person.is_bound, person.in_doubt, day is not None, day.toordinal() if day else 0, person.idd)


def judge(people: Iterable[Person]) -> Verdicts:
    """Both passes over persons that share something with somebody."""
    present = {person.key: person for person in people}
    losses: dict[UUID, Loss] = {}
    both_bound: set[UUID] = set()
    _pass(present, losses, both_bound, "mobile", lambda person: person.mobile)
    _pass(present, losses, both_bound, "national_code", lambda person: person.national_code)
    return Verdicts({key: _followed(loss, losses) for key, loss in losses.items()}, frozenset(both_bound))


def _pass(
    present: dict[UUID, Person],
    losses: dict[UUID, Loss],
    both_bound: set[UUID],
    by: By,
    value: Callable[[Person], str | None],
) -> None:
    groups: dict[str, list[Person]] = {}
    for person in present.values():
        shared = value(person)
        if shared and person.key not in losses:
            groups.setdefault(shared, []).append(person)
    for group in groups.values():
        winner, *others = sorted(group, key=rank, reverse=True)
        _judge_group(winner, others, losses, both_bound, by)


def _judge_group(
    winner: Person, others: Sequence[Person], losses: dict[UUID, Loss], both_bound: set[UUID], by: By
) -> None:
    for other in others:
        if other.is_bound:  # both are in Asanito: each keeps its documents, and a person is told
            both_bound |= {winner.key, other.key}
            continue
        if other.in_doubt:  # what became of it is known first
            continue
        codes = (winner.national_code, other.national_code)
        losses[other.key] = Loss(other.key, winner.key, by, differs=all(codes) and codes[0] != codes[1])


def _followed(loss: Loss, losses: dict[UUID, Loss]) -> Loss:
    """Who lost to somebody that lost later is that one's."""
    winner = loss.winner
    while winner in losses:
        winner = losses[winner].winner
    return loss if winner == loss.winner else Loss(loss.key, winner, loss.by, loss.differs)


def message_of(loss: Loss) -> str:
    """What the record says of it, without a name or a number."""
    same = "mobile number" if loss.by == "mobile" else "national code"
    family = " Their national codes differ: mark it as distinct if they are two people." if loss.differs else ""
    return f"Same {same} as {loss.winner}, who stays.{family}"
