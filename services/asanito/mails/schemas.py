"""What each kind of mail says: one model per kind, checked when the mail is put into the outbox. No personal data."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

MailKind = Literal[
    "morning", "login_failed", "target_down", "source_down", "tenant_changed", "cycle_missed", "recovered"
]
MailLocale = Literal["en", "it", "fa"]


class MailPart(BaseModel):
    """What all of them are."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MailData(MailPart):
    """What all kinds have: which day it is about, in the source's zone."""

    business_date: date


class StepLine(MailPart):
    """What became of one job of the cycle. `job`: its name."""

    job: str
    state: str
    reason: str | None
    sent: int
    problems: int
    left: int


class KindLine(MailPart):
    """How the records of one kind stand now."""

    kind: str
    total: int
    synced: int
    skipped: int
    failed: int
    uncertain: int


class ReasonLine(MailPart):
    """Records that were not sent, by reason."""

    kind: str
    state: str
    reason: str
    count: int


class MoneyLine(MailPart):
    """The money check of the last days, in Rial."""

    since: date
    until: date
    source: int
    posted: int
    left_out: int
    difference: int
    differing: int


class Morning(MailData):
    """`morning:<run>`: a cycle has ended."""

    state: str
    reason: str | None
    started_at: datetime
    finished_at: datetime
    steps: list[StepLine]
    kinds: list[KindLine]
    reasons: list[ReasonLine]
    uncertain: int
    failed: int
    gaps: int
    questions: int
    money: MoneyLine | None


class Trouble(MailData):
    """`login_failed, target_down, source_down, tenant_changed:<run>:<attempt>`: runs can't do their work."""

    job: str
    since: datetime
    code: str
    error: str


class CycleMissed(MailData):
    """`cycle_missed:<date>`: the cycle was not done by the hour that the options name."""

    due_at: datetime
    by: str
    state: str | None


class Recovered(MailData):
    """`recovered:<key of the alert>`: what was told is over."""

    trouble: str
    since: datetime
    at: datetime


KINDS: dict[MailKind, type[MailData]] = {
    "morning": Morning,
    "login_failed": Trouble,
    "target_down": Trouble,
    "source_down": Trouble,
    "tenant_changed": Trouble,
    "cycle_missed": CycleMissed,
    "recovered": Recovered,
}
