"""What an administrator may change while the bridge runs; each class is one topic of `/v1/options`."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from common.option_fields import Address, ZoneName
from common.options import Options
from services.asanito.formats.persian import normalise_mobile

LARGEST = 2**63 - 1
Idd = Annotated[int | None, Field(ge=0, le=LARGEST)]
AsanitoId = Annotated[int | None, Field(gt=0, le=LARGEST)]


class SourceOptions(Options, name="source", title="Source"):
    """How the legacy database is read and understood."""

    zone: ZoneName = Field("Asia/Tehran", description="Time zone of the source's dates and times.")
    overlap_rows: int = Field(1000, ge=0, le=1_000_000, description="A scan starts so many idd before the last one.")
    overlap_minutes: float = Field(
        10, ge=0, le=24 * 60, description="A scan starts at the latest where the source stood so long ago."
    )
    block_rows: int = Field(5000, ge=1, le=50_000, description="Width of one idd range read at once.")
    rial_factor: Literal[1, 10] = Field(1, description="1 when the source counts in Rial, 10 when in Toman.")
    person_reference: Literal["memberVId", "personVId"] = Field(
        "memberVId", description="What documents hold first; the other is tried as well."
    )
    mobile_placeholders: list[str] = Field(
        [],
        max_length=100,
        description="Mobile numbers typed to fill the field; nobody is a duplicate because of them.",
    )
    write_back: bool = Field(False, description="Mirror states into fetchStatus and fetchMessage of the source.")

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class StartOptions(Options, name="start_points", title="Start points"):
    """Rows below these idd are not sent; what is bound among them is still used."""

    membership: Idd = Field(None, description="Members from this idd on; empty for all.")
    service: Idd = Field(None, description="Services from this idd on; empty for all.")
    invoice_hed: Idd = Field(None, description="Store invoices from this idd on; empty for all.")
    service_invoice: Idd = Field(None, description="Service invoices from this idd on; empty for all.")
    receipt: Idd = Field(None, description="Receipts from this idd on; empty for all.")


class TargetOptions(Options, name="target", title="Asanito"):
    """How Asanito is called, and what of it can be searched."""

    calls_per_second: float = Field(
        5,
        gt=0,
        le=100,
        description="Calls of a worker; what people look up in the console comes on top, a fifth of it.",
    )
    concurrency: int = Field(2, ge=1, le=8, description="Calls at the same time.")
    settle_seconds: float = Field(
        30, ge=0, le=3600, description="A call whose answer was lost is looked up after so long, not before."
    )
    retry_delays_seconds: list[Annotated[float, Field(ge=0, le=3600)]] = Field(
        [1, 2, 4, 8, 16], max_length=10, description="Pauses before a refused call is repeated within a run."
    )
    give_up_after_runs: int = Field(
        5, ge=1, le=100, description="A record that failed for passing reasons in so many runs waits for a person."
    )
    down_after: int = Field(5, ge=1, le=100, description="So many refusals in a row mean that Asanito is down.")
    adopt_existing: bool = Field(
        True, description="Look for a contact by mobile and national code before one is created."
    )
    search_invoices: bool = Field(False, description="Asanito offers Invoice/getList; tried by the connection test.")
    search_incomes: bool = Field(False, description="Asanito offers OperatingIncome/getList.")
    search_deals: bool = Field(False, description="Asanito offers Negotiation/getList.")


class SyncOptions(Options, name="sync", title="Synchronisation"):
    """What is sent, and how carefully."""

    batch_size: int = Field(200, ge=1, le=5000, description="Records looked at between two saved positions.")
    limit: int | None = Field(None, ge=1, description="Records per run, for trying out; empty for all.")
    brake_creates: int = Field(500, ge=1, description="A run that would create more asks first.")
    brake_first_run: bool = Field(True, description="The first run that would create something asks first.")
    sell_date: Literal["source", "now"] = Field(
        "source", description="Date of sale at confirmation: the source's, or the moment of sending."
    )
    cheques: Literal["cash", "check"] = Field("cash", description="Send cheques as cash payments, or as cheques.")
    fractional_percent: Literal["send", "refuse"] = Field(
        "send", description="A tax of 9.5 %: send it as it is, or leave the invoice to a person."
    )
    cancel_deleted: bool = Field(False, description="Cancel an invoice in Asanito that was deleted in the source.")
    deals: bool = Field(False, description="Open a deal when an invoice sells a trigger product.")
    deals_since: date | None = Field(None, description="Invoices issued before this day open no deal.")
    cash_words: list[str] = Field(["نقد", "نقدي"], max_length=20, description="Payment methods that mean cash.")
    cheque_words: list[str] = Field(["چک"], max_length=20, description="Payment methods that mean a cheque.")
    transfer_words: list[str] = Field(["حواله"], max_length=20, description="Payment methods that mean a transfer.")
    money_tolerance: Decimal = Field(Decimal(0), ge=0, description="Difference of the daily sums that is not told.")


class DefaultOptions(Options, name="defaults", title="Defaults in Asanito"):
    """Ids of Asanito that are used where the source says nothing. Empty: the record waits for a mapping."""

    host_warehouse_id: AsanitoId = Field(None, description="Warehouse of invoice lines.")
    city_id: AsanitoId = Field(None, description="City of addresses.")
    receipt_account_id: AsanitoId = Field(None, description="Account of payments whose own is not mapped.")


class MailOptions(Options, name="mail", title="Mails"):
    """Who is told what."""

    locale: Literal["en", "it", "fa"] = Field("en", description="Language of the mails.")
    recipients: list[Address] = Field(
        ["office@example.org"], description="Who gets the morning mail and the alerts.", max_length=50
    )
    cycle_by: str = Field(
        "06:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="A cycle not done by then is told."
    )


def placeholders_of(options: SourceOptions) -> frozenset[str]:
    """Mobile numbers that were typed to fill the field, however the option spells them."""
    return frozenset(normalise_mobile(number) or number for number in options.mobile_placeholders)
