"""What a job answers, and what its errors become. Used by the jobs of every service and by the wrapper.

returns an Outcome          → that
Transient, database gone    → queued again by the job's policy; failed on the last attempt
Permanent, other AppError   → failed: a person must act
Ambiguous                   → partial, its effect uncertain: never repeated blindly
Cancelled, HandedBack       → cancelled; queued again without counting the attempt
anything else               → failed `internal_error`; the traceback goes to the process log only
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Self

import asyncpg

from common.errors import Ambiguous, PorticoError, RemoteError, Transient, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from common.identity import Role

TriggerType = Literal["schedule", "manual", "api", "chain", "system", "retry"]
RecordOutcome = Literal["ok", "warning", "problem", "skipped"]
Kind = Literal["succeeded", "partial", "failed", "waiting", "cancelled", "again", "retry", "handed_back", "awaiting"]

REQUEUED: frozenset[Kind] = frozenset({"again", "retry", "handed_back"})
UNCOUNTED: frozenset[Kind] = frozenset({"again", "handed_back", "awaiting"})

NOTHING_TO_DO = "nothing_to_do"
"""The reason that hides a run in lists by default."""

_DATABASE_GONE = (
    Unavailable,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
)


class LeaseLost(PorticoError):
    """The run is somebody else's by now: stop, write nothing. Never caught by jobs."""

    code = "lease_lost"


class Cancelled(PorticoError):
    """A person asked the run to stop. Raised at a checkpoint; let it through."""

    code = "cancelled"


class HandedBack(PorticoError):
    """The worker is stopping; another one continues from the checkpoint. Let it through."""

    code = "handed_back"


@dataclass(frozen=True, slots=True)
class Trigger:
    """Who or what caused a run.

    Args:
        by: the person's or key's name, when there was one.
        parent_id: the run that awaits this one.
    """

    type: TriggerType
    by: str | None = None
    schedule_id: UUID | None = None
    parent_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Enqueued:
    """The answer of `enqueue`: `created` is false when an equal run was queued or running already (`join`)."""

    id: UUID
    created: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that the run looked at, and what became of it; the console's Records tab.

    Args:
        key: the thing's natural key; a second record with the key replaces the first.
        reason: stable snake_case.
        link: where the console shows the thing, as a path of the console.
    """

    key: str
    outcome: RecordOutcome = "ok"
    reason: str | None = None
    message: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a person may give: a button.

    Args:
        name: stable snake_case; the console's texts hang on it.
        ends: the run is cancelled by this answer and does not come back.
    """

    name: str
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a run asks before it goes on. A newer run of the job that asks the same replaces the older one.

    Args:
        code: stable snake_case; also the reason of the waiting run.
        text: a sentence with the numbers that matter.
        subject: what it is about, when a job may ask about several things at a time.
        counts: what would be done, by kind; samples: a few of those things, as a person knows them.
        role: who may answer.
    """

    code: str
    text: str
    choices: Sequence[Choice] = (Choice("go_on"), Choice("stop", ends=True))
    subject: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    samples: Sequence[Mapping[str, Any]] = ()
    role: Role = "operator"


@dataclass(frozen=True, slots=True)
class Given:
    """The answer that a person gave, with the counts that the question showed."""

    choice: str
    by: str
    note: str
    at: datetime
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. Made by the class methods; jobs return it."""

    kind: Kind
    reason: str | None = None
    message: str = ""
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    after: timedelta | None = None
    at: datetime | None = None
    question: dict[str, Any] | None = None
    checkpoint: dict[str, Any] | None = None

    @classmethod
    def succeeded(cls, message: str = "", *, reason: str | None = None, result: dict[str, Any] | None = None) -> Self:
        return cls("succeeded", reason, message, result)

    @classmethod
    def nothing_to_do(cls, message: str = "") -> Self:
        return cls("succeeded", NOTHING_TO_DO, message)

    @classmethod
    def partial(cls, message: str = "", *, reason: str | None = None, result: dict[str, Any] | None = None) -> Self:
        return cls("partial", reason, message, result)

    @classmethod
    def failed(cls, reason: str, message: str, *, params: dict[str, Any] | None = None) -> Self:
        return cls("failed", reason, message, error={"code": reason, "detail": message, "params": params or {}})

    @classmethod
    def waiting(cls, reason: str, message: str) -> Self:
        """For a person: no worker and no lease until somebody retries or cancels."""
        return cls("waiting", reason, message)

    @classmethod
    def ask(cls, question: Question) -> Self:
        """For a person's answer: no worker, no lease, its key free.

        Answered, the run starts anew from its checkpoint and finds what was said by `run.answer_to(question.code)`.
        """
        return cls("waiting", question.code, question.text, question=asdict(question))

    @classmethod
    def again(cls, *, after: timedelta | None = None, at: datetime | None = None, message: str = "") -> Self:
        """The same run once more, without counting the attempt. `at` is an instant of the calendar clock."""
        return cls("again", None, message, after=after, at=at)

    @classmethod
    def awaiting(cls, message: str, *, checkpoint: dict[str, Any]) -> Self:
        """Other runs, whose `parent_id` names this one, work for it: no worker, no lease, called again when one ends.

        Only by `run.finish`, in the transaction that inserts them.
        """
        return cls("awaiting", None, message, checkpoint=checkpoint)

    @property
    def state(self) -> str:
        if self.kind == "awaiting":
            return "running"
        return "queued" if self.kind in REQUEUED else self.kind

    @property
    def counted(self) -> bool:
        return self.kind not in UNCOUNTED


@dataclass(frozen=True, slots=True)
class Retry:
    """The one retry policy: how often a run is tried, and how long it waits in between.

    A retry is always the run queued again with a later time; nothing loops inside a call. Full jitter: the delay is
    drawn between zero and the bound, so that runs that failed together do not come back together.

    Args:
        attempts: tries in all; 1 means never again.
        first_seconds: bound of the first delay; it doubles with each attempt.
        longest_seconds: where the doubling ends.
    """

    attempts: int = 5
    first_seconds: float = 2
    longest_seconds: float = 600

    def delay_seconds(self, attempt: int, retry_after_seconds: float | None = None, draw: float | None = None) -> float:
        """The wait after the failed `attempt` (counted from 1).

        Args:
            retry_after_seconds: the outside system's own wish; never undercut, capped at `longest_seconds`.
            draw: a number in [0, 1) in place of chance.
        """
        share = random.random() if draw is None else draw  # noqa: S311 - spreads load, hides nothing
        bound = min(self.longest_seconds, self.first_seconds * 2.0 ** min(attempt - 1, 30))
        return max(share * bound, min(retry_after_seconds or 0, self.longest_seconds))


def outcome_of_error(error: BaseException, *, attempt: int, max_attempts: int, retry: Retry) -> Outcome:
    """What becomes of a run whose function raised `error` in its `attempt` (counted from 1)."""
    if isinstance(error, Cancelled):
        return Outcome("cancelled", "cancelled", error.detail)
    if isinstance(error, HandedBack):
        return Outcome("handed_back", None, error.detail, after=timedelta())
    outcome = _failure(error)
    if attempt < max_attempts and may_pass(error):
        wish = error.retry_after_seconds if isinstance(error, Transient) else None
        return replace(outcome, kind="retry", after=timedelta(seconds=retry.delay_seconds(attempt, wish)))
    return replace(outcome, kind="partial") if isinstance(error, Ambiguous) else outcome


def may_pass(error: BaseException) -> bool:
    """Whether waiting may help."""
    return isinstance(error, (Transient, TimeoutError)) or database_gone(error)


def database_gone(error: BaseException) -> bool:
    """PostgreSQL restarts, is full or undid a deadlock: nothing happened, the same may be tried again."""
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)  # asyncpg.DataError is both, and is our own mistake
    return isinstance(error, _DATABASE_GONE)


def _failure(error: BaseException) -> Outcome:
    if isinstance(error, RemoteError):
        return Outcome.failed(error.code, error.detail, params={"target": error.target, **error.params})
    if isinstance(error, PorticoError):
        return Outcome.failed(error.code, error.detail, params=error.params)
    if isinstance(error, TimeoutError):
        return Outcome.failed("timeout", "The run took longer than its job allows.")
    if database_gone(error):
        return Outcome.failed("database_unavailable", "The database did not answer; nothing of this step was changed.")
    return Outcome.failed("internal_error", "Something that should not happen did; the service's log has the details.")
