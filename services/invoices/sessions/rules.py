"""The session's state machine, pure: what each event does in each state, and what the four buttons say.

    (none) ──import──▶ ready ──start──▶ opening ──verified──▶ open ──all processed, or close──▶ closed
                                           │  ▲                                                   ▲
                                           ▼  │ start again, when nothing can have been sent      │
                                         failed ───────────────────close with force───────────────┘

There is one session for each business date. SQL decides every change in one statement (`queries.sql`); this module
gives those statements their sets of reasons, explains a refusal afterwards, and is tested cell by cell against the
statements. Reasons of `failed`: what went wrong; of `closed`: `completed` or `forced`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from services.invoices.formats.upload_log import Verdict


class State(StrEnum):
    """Where a business date stands; `none` has no row."""

    NONE = "none"
    READY = "ready"
    OPENING = "opening"
    OPEN = "open"
    FAILED = "failed"
    CLOSED = "closed"


class Step(StrEnum):
    """Where an `opening` session is."""

    GENERATING = "generating"
    UPLOADING = "uploading"
    VERIFYING = "verifying"


class Reason(StrEnum):
    """Why a session failed or was closed."""

    NO_RECORDS = "no_records"
    VIEW_UNAVAILABLE = "view_unavailable"
    UPLOAD_FAILED = "upload_failed"
    RECORDS_NOT_READ = "records_not_read"
    LOG_FAILURE = "log_failure"
    LOG_TIMEOUT = "log_timeout"
    COMPLETED = "completed"
    FORCED = "forced"


class Event(StrEnum):
    """What a person asks of today's session."""

    START = "start"
    CHECK = "check"
    CLOSE = "close"
    FORCE_CLOSE = "force_close"
    UPLOAD = "upload"
    CONFIRM = "confirm"


RETRYABLE = frozenset({Reason.NO_RECORDS, Reason.VIEW_UNAVAILABLE, Reason.UPLOAD_FAILED})
"""Failures after which nothing can have reached the receiver: Start may be pressed again."""

CONFIRMABLE = frozenset({Reason.RECORDS_NOT_READ, Reason.LOG_FAILURE, Reason.LOG_TIMEOUT})
"""Failures after the file was delivered: an administrator who has seen the receiver may say that all is well."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision depends on. `delivering`: the file is being released just now, which nobody can take back.

    `shadow`: another application still does the work; nothing is started here.
    """

    state: State
    reason: Reason | None = None
    processed: int = 0
    total: int = 0
    delivering: bool = False
    shadow: bool = False

    @property
    def is_complete(self) -> bool:
        return self.processed >= self.total > 0


@dataclass(frozen=True, slots=True)
class Go:
    """The event happens and leads to `to`."""

    to: State
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """The event is answered without a change of state; `pending`: it will be done when the present step ends."""

    pending: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """The event is refused with this problem code."""

    code: str


Decision: TypeAlias = Go | Stay | Refuse

_START: dict[State, Decision] = {
    State.NONE: Refuse("no_session"),
    State.READY: Go(State.OPENING),
    State.OPENING: Refuse("already_started"),
    State.OPEN: Refuse("already_started"),
    State.CLOSED: Refuse("closed"),
}
_UPLOAD: dict[State, Decision] = {State.NONE: Go(State.READY), State.READY: Go(State.READY)}
_CLOSE: dict[State, Decision] = {State.NONE: Refuse("no_session"), State.CLOSED: Stay()}


def decide(now: Situation, event: Event) -> Decision:
    """What `event` does in the situation `now`: the table of the session's life."""
    match event:
        case Event.CHECK:
            return Stay()
        case Event.START:
            return _start(now)
        case Event.UPLOAD:
            return _UPLOAD.get(now.state, Refuse("session_started"))
        case Event.CONFIRM:
            confirmable = now.state is State.FAILED and now.reason in CONFIRMABLE
            return Go(State.OPEN) if confirmable else Refuse("not_confirmable")
        case _:
            return _CLOSE.get(now.state) or _close(now, forced=event is Event.FORCE_CLOSE)


def _start(now: Situation) -> Decision:
    if now.state is State.FAILED:
        decision: Decision = Go(State.OPENING) if now.reason in RETRYABLE else Refuse("not_retryable")
    else:
        decision = _START[now.state]
    return Refuse("shadow_mode") if now.shadow and isinstance(decision, Go) else decision


def _close(now: Situation, *, forced: bool) -> Decision:
    if now.state is State.OPEN and now.is_complete:
        return Go(State.CLOSED, Reason.COMPLETED)
    if not forced:
        return Refuse("incomplete")
    return Stay(pending=True) if now.delivering else Go(State.CLOSED, Reason.FORCED)


def failure_of(verdict: Verdict, generated: int) -> tuple[Reason, str] | None:
    """Why the receiver's verdict is a failure, with a sentence; None when it has read all that was sent."""
    if verdict.kind == "failed":
        return Reason.LOG_FAILURE, f"The receiver's log says: {verdict.error}"
    if verdict.count == generated:
        return None
    sentence = f"The receiver read {verdict.count} of {generated} records."
    return (Reason.RECORDS_NOT_READ if verdict.count < generated else Reason.LOG_FAILURE), sentence


@dataclass(frozen=True, slots=True)
class Button:
    """One of the four buttons. `code` says why it is off; `needs_force`: Close asks for a confirmation first."""

    enabled: bool
    code: str | None = None
    needs_force: bool = False


def buttons(now: Situation) -> dict[str, Button]:
    """The four buttons as the warehouse sees them now."""
    close, forced = decide(now, Event.CLOSE), decide(now, Event.FORCE_CLOSE)
    needs_force = isinstance(close, Refuse) and isinstance(forced, Go)
    return {
        "start": _button(decide(now, Event.START)),
        "check": _button(decide(now, Event.CHECK)),
        "close": Button(enabled=True, needs_force=True) if needs_force else _close_button(now, close),
        "upload": _button(decide(now, Event.UPLOAD)),
    }


def _button(decision: Decision) -> Button:
    return Button(enabled=False, code=decision.code) if isinstance(decision, Refuse) else Button(enabled=True)


def _close_button(now: Situation, decision: Decision) -> Button:
    if now.state is State.CLOSED:
        return Button(enabled=False, code="closed")
    return Button(enabled=False, code="closing") if now.delivering else _button(decision)
