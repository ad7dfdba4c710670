"""What can become of a record, and how a failed call becomes it. Pure.

Source: domain page 7.3. SKIPPED: nothing was sent, and it may heal without anybody editing the record; every run looks
again. FAILED: the record or a person must change something.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from services.asanito.formats.persian import ascii_digits, normalise_mobile, normalise_national_code, tidy

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from common.errors import Ambiguous, Permanent, PorticoError, Transient
    from services.asanito.ports import Payload
    from services.asanito.source.rules import Kind

TARGET = "asanito"
LARGEST = 2**63 - 1
ENDS_THE_RUN = frozenset({"remote_unauthorized", "remote_forbidden", "target_down"})


class State(StrEnum):
    """State of an entity."""

    PENDING = "pending"
    SYNCED = "synced"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"


WORKABLE = (State.PENDING, State.SKIPPED, State.UNCERTAIN)
"""States that a run looks at; of the uncertain ones it only asks what became of them."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that did not keep a record from being sent, and that a person should know."""

    code: str
    message: str
    params: dict[str, Any] = field(default_factory=dict)
    # A later step failed although the record itself was sent: the next run tries it again.
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a record."""

    state: State
    reason: str | None = None
    message: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[Warned, ...] = ()
    # A passing failure: when to look again, and that this try counts.
    again_at: datetime | None = None


class NotSent(Exception):
    """The record is not sent now; `verdict` says why."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict


PERSONAL = frozenset(
    {
        *("name", "lastname", "fullname", "CodeMelli", "Address1", "TelNumber1", "MobilePhoneNumber1"),
        *("Description", "jobpost", "Birthday"),
    }
)
"""Columns that say who somebody is; Asanito's words about a refusal may repeat them."""
LEAST_LETTERS, LEAST_DIGITS = 3, 5


def without_persons(text: str, row: dict[str, Any]) -> str:
    """`text` without what `row` says of a person: runs, logs and mirrors are read by people who may not know it."""
    if not text:
        return text
    spellings: set[str | None] = set()
    for typed in (str(row[column]) for column in PERSONAL if row.get(column)):
        shown = tidy(typed)
        spellings |= {typed, shown, ascii_digits(shown), normalise_mobile(typed), normalise_national_code(typed)}
    for spelling in sorted(filter(None, spellings), key=len, reverse=True):
        if len(spelling) >= (LEAST_DIGITS if spelling.isdigit() else LEAST_LETTERS):
            text = text.replace(spelling, "…")
    return text


def skip(reason: str, message: str, **params: Any) -> NotSent:
    """Raise this when the record may heal by itself."""
    return NotSent(Verdict(State.SKIPPED, reason, message, params))


def fail(reason: str, message: str, **params: Any) -> NotSent:
    """Raise this when the record, or a person, must change something."""
    return NotSent(Verdict(State.FAILED, reason, message, params))


def deleted(entity: Entity) -> NotSent:
    """Raise this for what the source has no more: known in Asanito it is a person's to undo there."""
    if entity.asanito_id is None:
        return NotSent(Verdict(State.IGNORED, "deleted_at_source"))
    return NotSent(Verdict(State.FAILED, "deleted_at_source", "Deleted in the source after it was sent."))


def doubt(reason: str, message: str, *, again_at: datetime | None = None, **params: Any) -> NotSent:
    """Raise this when nobody can tell whether it is in Asanito."""
    return NotSent(Verdict(State.UNCERTAIN, reason, message, params, again_at=again_at))


@dataclass(frozen=True, slots=True)
class Entity:
    """A record at work, with what it is in Asanito already.

    Args:
        row: its newest version in the source, by source column.
        asanito_id, synced_hash, synced_payload, steps: of its binding; None and empty without one.
        is_deleted: the source has it no more.
    """

    kind: Kind
    key: UUID
    state: State
    idd: int
    content_hash: bytes
    row: dict[str, Any]
    label: str
    attempts: int
    warnings: list[dict[str, Any]]
    asanito_id: int | None
    synced_hash: bytes | None
    synced_payload: Payload | None
    steps: dict[str, Any]
    is_deleted: bool = False

    @property
    def has_step_to_try(self) -> bool:
        """Whether a step failed that another try could heal."""
        return any(warning["retry"] for warning in self.warnings)

    @property
    def own_warnings(self) -> tuple[Warned, ...]:
        """Its warnings, but for what dedupe says of it, which is kept beside them."""
        return tuple(Warned(**warning) for warning in self.warnings if warning["code"] != "both_bound")

    @property
    def is_due(self) -> bool:
        """Whether a run has something to do for it."""
        return self.state in WORKABLE or (self.state is State.SYNCED and self.has_step_to_try)

    @property
    def is_unchanged(self) -> bool:
        """Whether all of it is in Asanito as it is, without a step that another try could heal."""
        return self.asanito_id is not None and self.synced_hash == self.content_hash and not self.has_step_to_try


@dataclass(frozen=True, slots=True)
class Dependency:
    """What a document refers to, as it stands with us.

    Args:
        key: the person or product itself, whatever version or duplicate was referred to.
        state: None when the source has no such thing.
    """

    key: UUID
    state: State | None
    asanito_id: int | None

    def need(self, what: str) -> int:
        """Its id in Asanito.

        Raises:
            NotSent: `dependency_missing, dependency_ignored`: failed; `dependency_pending`: skipped.
        """
        if self.asanito_id is not None:
            return self.asanito_id
        facts = {"what": what, "key": str(self.key)}
        if self.state is None:
            raise fail("dependency_missing", f"The {what} {self.key} is not in the source.", **facts)
        if self.state is State.IGNORED:
            raise fail("dependency_ignored", f"The {what} {self.key} is ignored.", **facts)
        raise skip("dependency_pending", f"The {what} {self.key} is not in Asanito yet.", **facts)


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be sent for a record: the core payload, and by which operation.

    Args:
        op: `create`, `update`, or `none` when nothing has to be sent.
        extra: what the kind needs besides when it carries the plan out.
    """

    op: str
    payload: Payload
    warnings: tuple[Warned, ...] = ()
    extra: Any = None


def check_numbers(found: Any) -> None:
    """Refuse a payload with a number that no 64 bits hold: neither we could keep it nor Asanito take it.

    Raises:
        NotSent: `invalid_data`.
    """
    if isinstance(found, int) and not -LARGEST <= found <= LARGEST:
        raise fail("invalid_data", "A number of it is larger than Asanito can take.")
    for part in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        check_numbers(part)


class Refused(NotSent):
    """Asanito said no to a call; nothing happened. `error` is what it said."""

    def __init__(self, error: Permanent) -> None:
        super().__init__(rejected(error))
        self.error = error

    @property
    def is_not_there(self) -> bool:
        """Whether what the call was about does not exist (any more)."""
        return self.error.code == "remote_not_found"


def ends_the_run(error: PorticoError) -> bool:
    """Whether no other record would fare better: the login is wrong, or Asanito is down."""
    return error.code in ENDS_THE_RUN


def rejected(error: Permanent) -> Verdict:
    """Asanito said no; nothing happened."""
    return Verdict(State.FAILED, "remote_rejected", error.detail, error.params)


def unanswered(error: Ambiguous | Transient, again_at: datetime) -> Verdict:
    """It was sent, and its answer was lost."""
    return Verdict(State.UNCERTAIN, "remote_uncertain", error.detail, error.params, again_at=again_at)


def postponed(error: Transient, again_at: datetime) -> Verdict:
    """Asanito would not take it now; nothing happened."""
    return Verdict(State.PENDING, error.code, error.detail, again_at=again_at)


def given_up(verdict: Verdict, runs: int) -> Verdict:
    """It was postponed once too often: a person has to look."""
    message = f"{runs} runs in a row could not send it; the last time: {verdict.message}"
    return Verdict(State.FAILED, "retries_exhausted", message, {"runs": runs, "last": verdict.reason})


def still_open(verdict: Verdict) -> Verdict:
    """An earlier call has no answer: whatever is in the way now, nobody knows whether the record is in Asanito."""
    message = f"An earlier call has no answer, and now: {verdict.message}"
    return Verdict(State.UNCERTAIN, "remote_uncertain", message, verdict.params, again_at=verdict.again_at)
