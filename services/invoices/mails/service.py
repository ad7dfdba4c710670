"""Mails: put into the outbox with what they tell, rendered and sent from there. Called by every other feature."""

from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from common import audit
from common.errors import Conflict, NotFound
from common.mail import Attachment, Mail
from common.mail_templates import MailTemplates
from services.invoices.mails.previews import MailPreview, TemplateState
from services.invoices.mails.repository import MailRepository
from services.invoices.mails.samples import SAMPLES
from services.invoices.mails.schemas import KINDS, MailData, UnsentInvoice, WithUnsent
from services.invoices.options import MailKind, MailOptions, ShadowOptions, SiteOptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from common.core import Core
    from common.db import Connection
    from common.identity import Identity
    from common.mail import Mailer
    from common.outbox import OutboxRow
    from services.invoices.mails.repository import RefusedMail
    from services.invoices.settings import InvoicesSettings

log = structlog.get_logger()

TEMPLATES = Path(__file__).with_name("templates")
LOCALES = ("en", "it")
SHADOW_MARK = "[shadow]"
SHOWN = 200
ATTACHED = 150_000
"""Invoices that a mail keeps at most: a list of 5 MB, which mail servers still take."""


class Mails:
    """The mails of this service."""

    def __init__(self, core: Core[InvoicesSettings], mailer: Mailer) -> None:
        self._db = core.db
        self._outbox = core.outbox
        self._options = core.options
        self._clock = core.clock
        self._mailer = mailer
        own = core.settings.mail_templates
        self._own_templates = bool(own)
        self._templates = MailTemplates(TEMPLATES, Path(own) if own else None)

    async def put(self, conn: Connection, kind: MailKind, key: str, data: MailData | dict[str, Any]) -> bool:
        """Write a mail in the caller's transaction; false when a mail of this key is there already.

        Args:
            kind: one of `KINDS`.
            key: names the event (`no_file:2026-11-20`), so that it is told once.
            data: the fields of the kind's model.
        """
        checked = shortened(KINDS[kind].model_validate(data if isinstance(data, dict) else dict(data)))
        payload = {"kind": kind, "data": await asyncio.to_thread(stored_data, checked)}
        return await self._outbox.put(conn, kind="mail", key=key, payload=payload)

    async def send(self, row: OutboxRow) -> None:
        """Render and send one outbox row, to the recipients of this moment; keep to whom, and who was refused."""
        kind = row.payload["kind"]
        data = await asyncio.to_thread(read_data, kind, row.payload["data"])
        mail = await self._compose(kind, row.key, data, without=row.payload.get("without", ()))
        await self._annotate(row, to=", ".join(mail.to), subject=mail.subject)
        if not mail.to:
            return
        receipt = await self._mailer.send(mail, at=self._clock.now())
        if receipt.refused:
            log.warning("mail.partly_refused", key=row.key, refused=len(receipt.refused))
            await self._annotate(row, refused=receipt.refused)

    async def resend(self, message_id: UUID, who: Identity) -> None:
        """Send a mail again to the present recipients who have not got it; it needs nobody's attention any more.

        Raises:
            NotFound: `unknown_message`, or one that all have got.
            Conflict: `already_settled`; `no_recipient`, all present recipients have it.
        """
        async with self._db.transaction() as conn:
            mail = await self._settle(conn, message_id, who, "resent")
            kind, taken = mail.payload["kind"], mail.payload.get("without", []) + mail.taken
            if not set(await self._recipients(kind)) - set(taken):
                raise Conflict(
                    "Everybody who is to get this mail has it. Correct the recipients in the options first.",
                    code="no_recipient",
                )
            payload = {"kind": kind, "data": mail.payload["data"], "without": taken}
            await self._outbox.put(conn, kind="mail", key=f"{mail.key}:again", payload=payload)

    async def dismiss(self, message_id: UUID, who: Identity) -> None:
        """Somebody knows that not all have got the mail, and leaves it at that.

        Raises:
            NotFound, Conflict: as for `resend`.
        """
        async with self._db.transaction() as conn:
            await self._settle(conn, message_id, who, "dismissed")

    async def _settle(self, conn: Connection, message_id: UUID, who: Identity, how: str) -> RefusedMail:
        mail = await MailRepository(conn).find_refused(message_id)
        if mail is None:
            raise NotFound("There is no such mail with refused recipients.", code="unknown_message")
        if mail.settled:
            raise Conflict("Somebody has seen to this mail already.", code="already_settled")
        settled = {"by": who.name, "how": how, "at": self._clock.now().isoformat()}
        await self._outbox.annotate(conn, message_id, {"refusal_settled": settled})
        await audit.record(conn, who, f"message.{how}", f"outbox/{message_id}", after=mail.payload["refused"])
        return mail

    async def list_templates(self) -> list[TemplateState]:
        """Every kind in every language: ours or the customer's, and what is wrong with theirs."""
        zone = (await self._options.get(SiteOptions)).tz
        return [self._state(kind, locale, zone) for kind in KINDS for locale in LOCALES]

    async def list_faults(self) -> list[TemplateState]:
        """The customer's own templates that are passed over because they are broken."""
        if not self._own_templates:
            return []
        return [state for state in await self.list_templates() if state.error]

    async def warn_of_faults(self) -> None:
        """Say at the start which templates are broken: an alert would be sent with ours."""
        for state in await self.list_faults():
            log.warning("mail.own_template_broken", kind=state.kind, locale=state.locale, error=state.error)

    async def preview(self, kind: MailKind, locale: str) -> MailPreview:
        """The mail of a made-up event, as it would be sent now."""
        zone = (await self._options.get(SiteOptions)).tz
        mail = compose(self._templates, kind, "preview", SAMPLES[kind], to=(), locale=locale, zone=zone)
        state = self._state(kind, locale, zone)
        return MailPreview(**state.model_dump(), subject=mail.subject, text=mail.text, html=mail.html)

    def _state(self, kind: str, locale: str, zone: ZoneInfo) -> TemplateState:
        fault = self._templates.find_fault(kind, values_of(SAMPLES[kind]), locale=locale, zone=zone)
        parts = self._templates.own_parts(kind, locale)
        return TemplateState(
            kind=kind,
            locale=locale,
            source="own" if parts and fault is None else "built_in",
            own_parts=parts,
            error=fault,
        )

    async def _annotate(self, row: OutboxRow, **known: Any) -> None:
        async with self._db.transaction() as conn:
            await self._outbox.annotate(conn, row.id, known)

    async def _recipients(self, kind: MailKind) -> list[str]:
        shadow = await self._options.get(ShadowOptions)
        return shadow.recipients if shadow.enabled else (await self._options.get(MailOptions)).recipients_for(kind)

    async def _compose(self, kind: MailKind, key: str, data: MailData, *, without: Sequence[str]) -> Mail:
        options, site = await self._options.get(MailOptions), await self._options.get(SiteOptions)
        shadow = await self._options.get(ShadowOptions)
        to = [address for address in await self._recipients(kind) if address not in without]
        mail = await asyncio.to_thread(
            compose, self._templates, kind, key, data, to=to, locale=options.locale, zone=site.tz
        )
        return replace(mail, subject=f"{SHADOW_MARK} {mail.subject}") if shadow.enabled else mail


def stored_data(data: MailData) -> dict[str, Any]:
    """The fields as the outbox keeps them.

    A list of 150,000 invoices takes its time: it is turned one by one, so that others get their turn in between, which
    pydantic would not let them in one call. The same below.
    """
    if not isinstance(data, WithUnsent):
        return data.model_dump(mode="json")
    unsent = [{"number": one.number, "status": one.status} for one in data.unsent]
    return data.model_dump(mode="json", exclude={"unsent"}) | {"unsent": unsent}


def read_data(kind: MailKind, stored: dict[str, Any]) -> MailData:
    """The fields that the outbox kept; they were checked when they were put there."""
    unsent = [UnsentInvoice.model_construct(**one) for one in stored.get("unsent", ())]
    return KINDS[kind].model_validate(stored | {"unsent": unsent} if unsent else stored)


def compose(
    templates: MailTemplates,
    kind: MailKind,
    key: str,
    data: MailData,
    *,
    to: Sequence[str],
    locale: str,
    zone: ZoneInfo,
) -> Mail:
    """The whole mail: texts, and the complete list of what could not be sent as CSV."""
    values = values_of(data)
    unsent, count = values.get("unsent", []), values["unsent_count"]
    words = templates.render(kind, values, locale=locale, zone=zone)
    attachments = (Attachment("unsent.csv", unsent_csv(unsent, count), "text/csv"),) if unsent else ()
    return Mail(key, tuple(to), words.subject, words.text, words.html, attachments)


def values_of(data: MailData) -> dict[str, Any]:
    """What a template may name."""
    values = dict(data)
    unsent: Sequence[UnsentInvoice] = values.get("unsent", [])
    count = len(unsent) + values.get("unsent_left_out", 0)
    return values | {"shown": unsent[:SHOWN], "unsent_count": count, "more": max(0, count - SHOWN)}


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
