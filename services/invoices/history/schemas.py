"""What the history takes and answers."""

from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LONGEST = timedelta(days=366)


class Entry(BaseModel):
    """One thing that happened."""

    at: datetime
    until: datetime | None = Field(
        description="When the file was imported, the run ended, the mail was sent, the doubt was settled."
    )
    kind: Literal["file", "session", "run", "effect", "mail", "audit"]
    code: str = Field(
        description="The state of a file, run, effect or mail, the moment of a session, the action of an audit."
    )
    title: str = Field(
        description="The file's name, the job, what was sent outside, the mail's kind, what was changed."
    )
    detail: str = Field(description="The reason, the message, what is known of the effect, to whom or what went wrong.")
    by: str | None
    count: int | None = Field(description="Lines of a file or a CSV, shipments of a session, which attempt.")
    link: str = Field(description="Where the console shows it; empty when nowhere.")


class Timeline(BaseModel):
    """A business date, from its first entry on."""

    business_date: date
    items: list[Entry]
    truncated: bool = Field(description="There is more than is shown.")


class StatisticsQuery(BaseModel):
    """Which days: at most a year, ending today unless told otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    since: date | None = Field(None, alias="from", description="First day; 30 days before the last when left out.")
    until: date | None = Field(None, alias="to", description="Last day; today when left out.")


class DayFigures(BaseModel):
    """A day in figures."""

    business_date: date
    files: int
    kept: int
    valid: int
    not_found: int
    generated: int = Field(description="Lines of the CSV.")
    processed: int
    state: str | None = Field(description="Of its session; null when there was none.")
    seconds_to_open: float | None = Field(description="From the last Start to the receiver's confirmation.")
    seconds_to_close: float | None = Field(description="From the last Start to the end of the session.")
