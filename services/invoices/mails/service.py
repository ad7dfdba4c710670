"""Mails: put into the outbox with what they tell, rendered and sent from there. Called by every other feature."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from common.mail import Attachment, Mail
from common.mail_templates import MailTemplates
from services.invoices.mails.schemas import KINDS, MailData, UnsentInvoice
from services.invoices.options import MailKind, MailOptions, SiteOptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from common.core import Core
    from common.db import Connection
    from common.mail import Mailer
    from common.outbox import OutboxRow
    from services.invoices.settings import InvoicesSettings

log = structlog.get_logger()

TEMPLATES = MailTemplates(Path(__file__).with_name("templates"))
SHOWN = 200
ATTACHED = 250_000
"""Lines of an attached list: some 4 MB, which mail servers still take."""


class Mails:
    """The mails of this service."""

    def __init__(self, core: Core[InvoicesSettings], mailer: Mailer) -> None:
        self._db = core.db
        self._outbox = core.outbox
        self._options = core.options
        self._clock = core.clock
        self._mailer = mailer

    async def put(self, conn: Connection, kind: MailKind, key: str, data: MailData | dict[str, Any]) -> bool:
        """Write a mail in the caller's transaction; false when a mail of this key is there already.

        Args:
            kind: one of `KINDS`.
            key: names the event (`no_file:2026-11-20`), so that it is told once.
            data: the fields of the kind's model.
        """
        checked = KINDS[kind].model_validate(data if isinstance(data, dict) else data.model_dump())
        payload = {"kind": kind, "data": checked.model_dump(mode="json")}
        return await self._outbox.put(conn, kind="mail", key=key, payload=payload)

    async def send(self, row: OutboxRow) -> None:
        """Render and send one outbox row, to the recipients of this moment; keep to whom, and who was refused."""
        kind = row.payload["kind"]
        mail = await self._compose(kind, row.key, KINDS[kind].model_validate(row.payload["data"]))
        await self._annotate(row, to=", ".join(mail.to), subject=mail.subject)
        if not mail.to:
            return
        receipt = await self._mailer.send(mail, at=self._clock.now())
        if receipt.refused:
            log.warning("mail.partly_refused", key=row.key, refused=len(receipt.refused))
            await self._annotate(row, refused=receipt.refused)

    async def _annotate(self, row: OutboxRow, **known: Any) -> None:
        async with self._db.transaction() as conn:
            await self._outbox.annotate(conn, row.id, known)

    async def _compose(self, kind: MailKind, key: str, data: MailData) -> Mail:
        options, site = await self._options.get(MailOptions), await self._options.get(SiteOptions)
        return compose(kind, key, data, to=options.recipients_for(kind), locale=options.locale, zone=site.tz)


def compose(kind: MailKind, key: str, data: MailData, *, to: Sequence[str], locale: str, zone: ZoneInfo) -> Mail:
    """The whole mail: texts, and the complete list of what could not be sent as CSV."""
    values = dict(data)
    unsent: Sequence[UnsentInvoice] = values.get("unsent", [])
    values |= {"shown": unsent[:SHOWN], "more": max(0, len(unsent) - SHOWN)}
    words = TEMPLATES.render(kind, values, locale=locale, zone=zone)
    attachments = (Attachment("unsent.csv", unsent_csv(unsent), "text/csv"),) if unsent else ()
    return Mail(key, tuple(to), words.subject, words.text, words.html, attachments)


def unsent_csv(unsent: Sequence[UnsentInvoice]) -> bytes:
    """The list as a spreadsheet program likes it: UTF-8 with BOM, CRLF."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["invoice", "status"])
    writer.writerows([f"{one.number:09d}", one.status] for one in unsent[:ATTACHED])
    if len(unsent) > ATTACHED:
        writer.writerow([f"{len(unsent) - ATTACHED} more", "see the console"])
    return buffer.getvalue().encode("utf-8-sig")
