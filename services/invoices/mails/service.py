"""Mails of the warehouse: what `common.mail_service` needs to know of them. Put by every other feature.

Their lists of invoices may be long: a mail shows the first 200 and has the whole list attached as CSV.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from common.mail import Attachment
from common.mail_service import Addressing, MailKinds, MailService
from services.invoices.mails.samples import SAMPLES
from services.invoices.mails.schemas import KINDS, MailData, MailLocale, UnsentInvoice, WithUnsent
from services.invoices.options import MailKind, MailOptions, ShadowOptions, SiteOptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from common.core import Core
    from common.mail import Mailer
    from common.options import OptionStore
    from services.invoices.settings import InvoicesSettings

TEMPLATES = Path(__file__).with_name("templates")
SHADOW_MARK = "[shadow]"
SHOWN = 200
ATTACHED = 150_000
"""Invoices that a mail keeps at most: a list of 5 MB, which mail servers still take."""


class Mails(MailService[MailKind]):
    """The mails of this service."""

    def __init__(self, core: Core[InvoicesSettings], mailer: Mailer) -> None:
        super().__init__(core, mailer, MAIL_KINDS)


async def addressing(options: OptionStore, kind: MailKind) -> Addressing:
    """Those of the options; while an older application runs beside this one, those of shadow mode."""
    mail, shadow = await options.get(MailOptions), await options.get(ShadowOptions)
    if shadow.enabled:
        return Addressing(shadow.recipients, mail.locale, SHADOW_MARK)
    return Addressing(mail.recipients_for(kind), mail.locale)


async def zone(options: OptionStore) -> ZoneInfo:
    """The site's zone."""
    return (await options.get(SiteOptions)).tz


def stored_data(data: MailData) -> dict[str, Any]:
    """The fields as the outbox keeps them.

    A list of 150,000 invoices takes its time: it is turned one by one, so that others get their turn in between, which
    pydantic would not let them in one call. The same below.
    """
    data = shortened(data)
    if not isinstance(data, WithUnsent):
        return data.model_dump(mode="json")
    unsent = [{"number": one.number, "status": one.status} for one in data.unsent]
    return data.model_dump(mode="json", exclude={"unsent"}) | {"unsent": unsent}


def read_data(model: type[MailData], stored: dict[str, Any]) -> MailData:
    """The fields that the outbox kept; they were checked when they were put there."""
    unsent = [UnsentInvoice.model_construct(**one) for one in stored.get("unsent", ())]
    return model.model_validate(stored | {"unsent": unsent} if unsent else stored)


def values_of(_: MailKind, data: MailData) -> dict[str, Any]:
    """What a template may name."""
    values = dict(data)
    unsent: Sequence[UnsentInvoice] = values.get("unsent", [])
    count = len(unsent) + values.get("unsent_left_out", 0)
    return values | {"shown": unsent[:SHOWN], "unsent_count": count, "more": max(0, count - SHOWN)}


def attachments_of(values: dict[str, Any]) -> tuple[Attachment, ...]:
    """The complete list of what could not be sent."""
    unsent = values.get("unsent", [])
    return (Attachment("unsent.csv", unsent_csv(unsent, values["unsent_count"]), "text/csv"),) if unsent else ()


def shortened(data: MailData) -> MailData:
    """The same mail with a list that a mail can carry."""
    if not isinstance(data, WithUnsent) or len(data.unsent) <= ATTACHED:
        return data
    left_out = len(data.unsent) - ATTACHED
    return data.model_copy(update={"unsent": data.unsent[:ATTACHED], "unsent_left_out": left_out})


def unsent_csv(unsent: Sequence[UnsentInvoice], count: int) -> bytes:
    """The list as a spreadsheet program likes it: UTF-8 with BOM, CRLF. `count` of them there are in all."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["invoice", "status"])
    writer.writerows([f"{one.number:09d}", one.status] for one in unsent)
    if count > len(unsent):
        writer.writerow([f"{count - len(unsent)} more", "see the console"])
    return buffer.getvalue().encode("utf-8-sig")


MAIL_KINDS: MailKinds[MailKind] = MailKinds(
    templates=TEMPLATES,
    locales=get_args(MailLocale),
    models=KINDS,
    samples=SAMPLES,
    addressing=addressing,
    zone=zone,
    values=values_of,
    attachments=attachments_of,
    pack=stored_data,
    unpack=read_data,
)
compose = MAIL_KINDS.compose
