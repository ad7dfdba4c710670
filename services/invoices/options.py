"""What an administrator of the warehouse may change while the service runs; shown and edited in the console.

Each class is one page of settings with an ETag. Defaults are the customer's first wishes (requirements) where they
exist, else what their files showed.
"""

import re
from collections.abc import Callable
from datetime import date, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from common.option_fields import Address, ZoneName
from common.options import Options
from services.invoices.formats.dispatch_csv import Layout
from services.invoices.formats.upload_log import Patterns, compile_patterns

KIBI, MEBI = 2**10, 2**20
SUCCESS = r"file=(?P<file>\S+) read=(?P<count>\d+)"
FAILURE = r"file=(?P<file>\S+) error=(?P<error>.+)"


def check_remote_name(pattern: str) -> str:
    """Refuse what is not a plain file name with at most `{date}` and `{id}` in it."""
    try:
        name = pattern.format(date="20261120", id="0123456789ab")
    except (KeyError, IndexError, ValueError) as error:
        raise PydanticCustomError("bad_braces", "only {date} and {id} may stand in braces") from error
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", name):
        raise PydanticCustomError("bad_file_name", "a file name has letters, digits, dots, dashes and underscores")
    return pattern


def check_success_pattern(pattern: str) -> str:
    """Refuse what is no regular expression, or lacks the groups `file` and `count`."""
    return _checked_pattern(pattern, lambda: compile_patterns(pattern))


def check_failure_pattern(pattern: str) -> str:
    """Refuse what is no regular expression, or lacks the group `file`."""
    return _checked_pattern(pattern, lambda: compile_patterns(SUCCESS, pattern))


def check_encoding(name: str) -> str:
    """Refuse an encoding that Python does not have."""
    try:
        compile_patterns(SUCCESS, encoding=name)
    except ValueError as error:
        raise PydanticCustomError("unknown_encoding", "there is no encoding {name}", {"name": repr(name)}) from error
    return name


def _checked_pattern(pattern: str, compile_it: Callable[[], Patterns]) -> str:
    try:
        compile_it()
    except ValueError as error:
        raise PydanticCustomError("bad_pattern", "{why}", {"why": str(error)}) from error
    return pattern


Name = Annotated[str, Field(min_length=1, max_length=200)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MailKind = Literal[
    "no_file",
    "import",
    "invalid",
    "late",
    "stale",
    "source_unreachable",
    "delete_refused",
    "success",
    "failed",
    "expired",
]


class SiteOptions(Options, name="site", title="Site and working hours"):
    """The site: its zone, its working hours, its days."""

    zone: ZoneName = Field(
        "Europe/Rome",
        description="Time zone of the warehouse: decides what today is. The looks at the inbox follow in a minute.",
    )
    window_end: time = Field(
        time(20), description="The last look of the day: what is still empty then does not wait any longer."
    )
    alert_time: time = Field(
        time(19), description="From here on a day without a file is told by mail, once.", validate_default=True
    )
    work_days: list[Weekday] = Field(
        ["mon", "tue", "wed", "thu", "fri"], description="Days on which a file is expected."
    )
    holidays: list[date] = Field([], description="Days without a file, besides.", max_length=400)

    @field_validator("alert_time")
    @classmethod
    def check_order(cls, alert_time: time, known: ValidationInfo) -> time:
        # A window_end that is wrong itself is told at its own place.
        if alert_time > known.data.get("window_end", time.max):
            raise PydanticCustomError(
                "alert_after_window", "must not be after window_end: no look would follow that could tell"
            )
        return alert_time

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def is_work_day(self, day: date) -> bool:
        """Whether a file is expected on `day`."""
        return WEEKDAYS[day.weekday()] in self.work_days and day not in self.holidays


class PickUpOptions(Options, name="pick_up", title="Files"):
    """How files are recognised, taken and counted."""

    count_policy: Literal["lenient", "exact", "minus_one"] = Field(
        "lenient",
        description="The number in the name counts the records (exact), is one less (minus_one), or either (lenient).",
    )
    ignore_case: bool = Field(False, description="Take `letture….TXT` as well.")
    stability_seconds: float = Field(
        10, ge=0, le=300, description="A file is taken when size and time stayed equal for so long."
    )
    source_mtime_zone: ZoneName = Field("UTC", description="Zone of the server's file times; UTC by the standard.")
    max_inbox_bytes: int = Field(256 * MEBI, ge=KIBI, le=2**31, description="Biggest file taken from the inbox.")
    max_upload_bytes: int = Field(32 * MEBI, ge=KIBI, le=32 * MEBI, description="Biggest manual upload.")
    max_line_bytes: int = Field(64 * KIBI, ge=KIBI, le=MEBI, description="A longer line is rejected.")


class ViewOptions(Options, name="view", title="Customer's views"):
    """Names in the customer's database, so that their views can be called as they like."""

    available_view: Name = Field("bdm.available_invoices", description="View or table of the invoices that may go.")
    number_column: Name = Field("number", description="Its invoice number.")
    branch_column: Name = Field("destination_branch", description="Its destination branch.")
    date_column: Name = Field("date", description="Its date; before the business date means in the past.")
    weight_column: Name = Field("weight", description="Its weight in kilograms.")
    processing_table: Name = Field("bdm.processing", description="Table that the warehouse fills as shipments go.")
    processing_number_column: Name = Field("invoice_number", description="Its invoice number.")
    processing_date_column: Name = Field("process_date", description="Its date.")
    statement_timeout_seconds: float = Field(30, gt=0, le=300, description="A slower question is given up.")
    chunk_size: int = Field(50_000, ge=1, le=500_000, description="Numbers asked for at once.")


class DispatchOptions(Options, name="dispatch", title="Sending"):
    """How the session's CSV is written and delivered, and how the receiver's log is read."""

    prefix: str = Field("LT", max_length=16, description="What each line begins with, before the invoice number.")
    marker: str = Field("GN", max_length=16, description="The constant of the seventh field.")
    remote_name: Annotated[str, AfterValidator(check_remote_name)] = Field(
        "session_{date}_{id}.csv",
        description="Name of the file on the delivery server; `{date}` and `{id}` are filled in.",
    )
    success_pattern: Annotated[str, AfterValidator(check_success_pattern)] = Field(
        SUCCESS,
        description="Regular expression of the log line that tells how many records of a file were read.",
    )
    failure_pattern: Annotated[str, AfterValidator(check_failure_pattern)] = Field(
        FAILURE,
        description="Regular expression of the log line that tells that a file could not be read; empty for none.",
    )
    log_encoding: Annotated[str, AfterValidator(check_encoding)] = Field(
        "utf-8", description="Encoding of the receiver's log."
    )
    log_poll_seconds: float = Field(5, ge=0.2, le=300, description="The receiver's log is looked at this often.")
    log_minutes: float = Field(10, gt=0, le=600, description="A log that is silent for so long fails the session.")
    progress_seconds: float = Field(10, ge=0.5, le=600, description="Shipments are counted this often.")

    @property
    def patterns(self) -> Patterns:
        return compile_patterns(self.success_pattern, self.failure_pattern, self.log_encoding)

    @property
    def layout(self) -> Layout:
        return Layout(self.prefix, self.marker)


class MailOptions(Options, name="mail", title="Mails"):
    """Who gets which mail, in which language."""

    locale: Literal["en", "it"] = Field("en", description="Language of the mails.")
    recipients: list[Address] = Field(
        ["warehouse@example.org"], description="Who gets a mail whose kind is not listed below.", max_length=50
    )
    recipients_by_kind: dict[MailKind, list[Address]] = Field(
        {}, description="Other recipients for a kind; an empty list sends none of it."
    )

    def recipients_for(self, kind: MailKind) -> list[str]:
        """The addresses of one kind of mail."""
        return self.recipients_by_kind.get(kind, self.recipients)


class ShadowOptions(Options, name="shadow", title="Shadow mode"):
    """Run beside an older application: import and report, but delete nothing in the inbox and send nothing."""

    enabled: bool = Field(False, description="Nothing is deleted in the inbox, and no session can be started.")
    recipients: list[Address] = Field(
        [], description="Who gets the mails meanwhile, marked [shadow]; nobody when empty.", max_length=50
    )
