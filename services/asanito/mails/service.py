"""Mails: put into the outbox with what they tell, rendered and sent from there, in the language of the options."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from common.mail import Mail
from common.mail_templates import MailTemplates
from services.asanito.formats.jalali import day_in_words
from services.asanito.mails.samples import SAMPLES
from services.asanito.mails.schemas import KINDS, MailData, MailKind
from services.asanito.options import MailOptions, SourceOptions, zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from common.core import Core
    from common.db import Connection
    from common.mail import Mailer
    from common.outbox import OutboxRow
    from services.asanito.settings import AsanitoSettings

log = structlog.get_logger()

TEMPLATES = Path(__file__).with_name("templates")
LOCALES = ("en", "it", "fa")


class Mails:
    """The mails of the bridge."""

    def __init__(self, core: Core[AsanitoSettings], mailer: Mailer) -> None:
        self._db = core.db
        self._outbox = core.outbox
        self._options = core.options
        self._clock = core.clock
        self._mailer = mailer
        own = core.settings.mail_templates
        self._own_templates = bool(own)
        self._templates = MailTemplates(TEMPLATES, Path(own) if own else None)

    async def put(self, conn: Connection, kind: MailKind, key: str, data: MailData) -> bool:
        """Write a mail in the caller's transaction; false when a mail of this key is there already."""
        payload = {"kind": kind, "data": data.model_dump(mode="json")}
        return await self._outbox.put(conn, kind="mail", key=key, payload=payload)

    async def send(self, row: OutboxRow) -> None:
        """Render and send one outbox row, to the recipients of this moment; keep to whom, and who was refused."""
        options, zone = await self._options.get(MailOptions), zone_of(await self._options.get(SourceOptions))
        kind: MailKind = row.payload["kind"]
        data = KINDS[kind].model_validate(row.payload["data"])
        mail = await asyncio.to_thread(
            compose, self._templates, kind, row.key, data, to=options.recipients, locale=options.locale, zone=zone
        )
        await self._annotate(row, to=", ".join(mail.to), subject=mail.subject)
        if not mail.to:
            return
        receipt = await self._mailer.send(mail, at=self._clock.now())
        if receipt.refused:
            log.warning("mail.partly_refused", key=row.key, refused=len(receipt.refused))
            await self._annotate(row, refused=receipt.refused)

    async def warn_of_faults(self) -> None:
        """Say at the start which own templates are broken: those mails are sent with ours."""
        if not self._own_templates:
            return
        zone = zone_of(await self._options.get(SourceOptions))
        for locale in LOCALES:
            for kind, data in SAMPLES.items():
                if error := self._templates.find_fault(kind, values_of(kind, data), locale=locale, zone=zone):
                    log.warning("mail.own_template_broken", kind=kind, locale=locale, error=error)

    async def _annotate(self, row: OutboxRow, **known: Any) -> None:
        async with self._db.transaction() as conn:
            await self._outbox.annotate(conn, row.id, known)


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
    """The whole mail."""
    words = templates.render(kind, values_of(kind, data), locale=locale, zone=zone)
    return Mail(key, tuple(to), words.subject, words.text, words.html)


def values_of(kind: MailKind, data: MailData) -> dict[str, Any]:
    """What a template may name; `jalali_day` is the day as Persian readers name it."""
    return {**dict(data), "kind": kind, "jalali_day": day_in_words(data.business_date)}
