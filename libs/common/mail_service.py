"""Mails of a service: put into the outbox with what they tell, worded and sent from there. Asanito and invoices use it.

A service says by `MailKinds` which kinds it has, what each tells, who gets it and in which words; what becomes of a
mail afterwards is here. It is worded when it is sent: for the recipients, in the language and from the customer's own
texts of that moment. A server may refuse some of the recipients: the mail is sent all the same, and waits for a person.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import structlog

from common import audit
from common.db import queries_beside
from common.errors import Conflict, NotFound
from common.mail import Attachment, Mail
from common.mail_templates import MailTemplates
from common.settings import MailingSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from pydantic import BaseModel

    from common.core import Core
    from common.db import Connection
    from common.identity import Identity
    from common.mail import Mailer
    from common.mail_templates import Filters
    from common.options import OptionStore
    from common.outbox import OutboxRow

sql = queries_beside(__file__, "mail_service.sql")
log = structlog.get_logger()

KindT = TypeVar("KindT", bound=str)
SettingsT = TypeVar("SettingsT", bound=MailingSettings)


@dataclass(frozen=True, slots=True)
class Addressing:
    """Who gets mails of a kind at this moment, in which language, and what their subjects begin with."""

    to: Sequence[str]
    locale: str
    mark: str = ""


def _fields(data: BaseModel) -> dict[str, Any]:
    return data.model_dump(mode="json")


def _model(model: type[BaseModel], stored: dict[str, Any]) -> BaseModel:
    return model.model_validate(stored)


def _nothing(_: dict[str, Any]) -> tuple[Attachment, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class MailKinds(Generic[KindT]):
    """What a service says of its mails.

    Args:
        templates: the folder of `common.mail_templates`; a kind's name is that of its templates.
        models: the data of each kind, checked when a mail is put, so that no template ever meets a missing name.
        samples: one made-up mail of each kind, with everything that its templates can show.
        values: what a template may name, of a kind and its data.
        attachments: the files of a mail, of those values.
        filters: as `MailTemplates` takes them.
        pack, unpack: data as the outbox keeps them, and back; for those that pydantic alone would take too long over.
    """

    templates: Path
    locales: tuple[str, ...]
    models: Mapping[KindT, type[Any]]
    samples: Mapping[KindT, Any]
    addressing: Callable[[OptionStore, KindT], Awaitable[Addressing]]
    zone: Callable[[OptionStore], Awaitable[ZoneInfo]]
    values: Callable[[KindT, Any], dict[str, Any]]
    attachments: Callable[[dict[str, Any]], tuple[Attachment, ...]] = _nothing
    filters: Filters | None = None
    pack: Callable[[Any], dict[str, Any]] = _fields
    unpack: Callable[[type[Any], dict[str, Any]], Any] = _model

    def compose(
        self,
        templates: MailTemplates,
        kind: KindT,
        key: str,
        data: Any,
        *,
        to: Sequence[str],
        locale: str,
        zone: ZoneInfo,
    ) -> Mail:
        """The whole mail."""
        values = self.values(kind, data)
        words = templates.render(kind, values, locale=locale, zone=zone)
        return Mail(key, tuple(to), words.subject, words.text, words.html, self.attachments(values))


@dataclass(frozen=True, slots=True)
class TemplateFacts(Generic[KindT]):
    """Whose texts a kind has in a language. `error`: why the customer's own are passed over."""

    kind: KindT
    locale: str
    own_parts: list[str]
    error: str | None

    @property
    def source(self) -> str:
        return "own" if self.own_parts and self.error is None else "built_in"


@dataclass(frozen=True, slots=True)
class PartlyRefused:
    """A mail that was sent; `refused`: which addresses its server did not take, with its words."""

    id: UUID
    key: str
    kind: str
    refused: dict[str, str]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class RefusedMail:
    """The same, locked, to be settled."""

    key: str
    payload: dict[str, Any]
    settled: bool

    @property
    def taken(self) -> list[str]:
        """The addresses that have it."""
        refused = self.payload["refused"]
        return [address for address in self.payload["to"].split(", ") if address not in refused]


class MailService(Generic[KindT]):
    """The mails of one service, as its resources' `mails`."""

    def __init__(self, core: Core[SettingsT], mailer: Mailer, kinds: MailKinds[KindT]) -> None:
        self._db = core.db
        self._outbox = core.outbox
        self._options = core.options
        self._clock = core.clock
        self._mailer = mailer
        self._kinds = kinds
        own = core.settings.mail_templates
        self._own_templates = bool(own)
        self._templates = MailTemplates(kinds.templates, Path(own) if own else None, kinds.filters)

    async def put(self, conn: Connection, kind: KindT, key: str, data: BaseModel | dict[str, Any]) -> bool:
        """Write a mail in the caller's transaction; false when a mail of this key is there already.

        Args:
            key: names the event (`no_file:2026-11-20`), so that it is told once.
            data: the fields of the kind's model.
        """
        checked = self._kinds.models[kind].model_validate(data if isinstance(data, dict) else dict(data))
        payload = {"kind": kind, "data": await asyncio.to_thread(self._kinds.pack, checked)}
        return await self._outbox.put(conn, kind="mail", key=key, payload=payload)

    async def send(self, row: OutboxRow) -> None:
        """Word and send one outbox row, to the recipients of this moment; keep to whom, and who was refused."""
        kind: KindT = row.payload["kind"]
        data = await asyncio.to_thread(self._kinds.unpack, self._kinds.models[kind], row.payload["data"])
        mail = await self._compose(kind, row.key, data, without=row.payload.get("without", ()))
        await self._annotate(row, to=", ".join(mail.to), subject=mail.subject)
        if not mail.to:
            return
        receipt = await self._mailer.send(mail, at=self._clock.now())
        if receipt.refused:
            log.warning("mail.partly_refused", key=row.key, refused=len(receipt.refused))
            await self._annotate(row, refused=receipt.refused)

    async def list_refused(self) -> list[PartlyRefused]:
        """Mails whose refused recipients nobody has seen to, newest first."""
        async with self._db.connection() as conn:
            return [PartlyRefused(**row) for row in await conn.fetch(sql.list_refused)]

    async def resend(self, message_id: UUID, who: Identity) -> None:
        """Send a mail again to the present recipients who have not got it; it needs nobody's attention any more.

        Raises:
            NotFound: `unknown_message`, or one that all have got.
            Conflict: `already_settled`; `no_recipient`, all present recipients have it.
        """
        async with self._db.transaction() as conn:
            mail = await self._settle(conn, message_id, who, "resent")
            kind, taken = mail.payload["kind"], mail.payload.get("without", []) + mail.taken
            if not set((await self._kinds.addressing(self._options, kind)).to) - set(taken):
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

    async def list_templates(self) -> list[TemplateFacts[KindT]]:
        """Every kind in every language: ours or the customer's, and what is wrong with theirs."""
        zone = await self._kinds.zone(self._options)
        return [self._facts(kind, locale, zone) for kind in self._kinds.models for locale in self._kinds.locales]

    async def list_faults(self) -> list[TemplateFacts[KindT]]:
        """The customer's own templates that are passed over because they are broken."""
        if not self._own_templates:
            return []
        return [facts for facts in await self.list_templates() if facts.error]

    async def warn_of_faults(self) -> None:
        """Say at the start which templates are broken: an alert would be sent with ours."""
        for facts in await self.list_faults():
            log.warning("mail.own_template_broken", kind=facts.kind, locale=facts.locale, error=facts.error)

    async def preview(self, kind: KindT, locale: str) -> tuple[TemplateFacts[KindT], Mail]:
        """The mail of a made-up event, as it would be sent now."""
        zone = await self._kinds.zone(self._options)
        sample = self._kinds.samples[kind]
        mail = self._kinds.compose(self._templates, kind, "preview", sample, to=(), locale=locale, zone=zone)
        return self._facts(kind, locale, zone), mail

    def _facts(self, kind: KindT, locale: str, zone: ZoneInfo) -> TemplateFacts[KindT]:
        values = self._kinds.values(kind, self._kinds.samples[kind])
        fault = self._templates.find_fault(kind, values, locale=locale, zone=zone)
        return TemplateFacts(kind, locale, self._templates.own_parts(kind, locale), fault)

    async def _settle(self, conn: Connection, message_id: UUID, who: Identity, how: str) -> RefusedMail:
        row = await conn.fetchrow(sql.lock_refused, message_id)
        if row is None:
            raise NotFound("There is no such mail with refused recipients.", code="unknown_message")
        mail = RefusedMail(**row)
        if mail.settled:
            raise Conflict("Somebody has seen to this mail already.", code="already_settled")
        settled = {"by": who.name, "how": how, "at": self._clock.now().isoformat()}
        await self._outbox.annotate(conn, message_id, {"refusal_settled": settled})
        await audit.record(conn, who, f"message.{how}", f"outbox/{message_id}", after=mail.payload["refused"])
        return mail

    async def _annotate(self, row: OutboxRow, **known: Any) -> None:
        async with self._db.transaction() as conn:
            await self._outbox.annotate(conn, row.id, known)

    async def _compose(self, kind: KindT, key: str, data: Any, *, without: Sequence[str]) -> Mail:
        going, zone = await self._kinds.addressing(self._options, kind), await self._kinds.zone(self._options)
        to = [address for address in going.to if address not in without]
        mail = await asyncio.to_thread(
            self._kinds.compose, self._templates, kind, key, data, to=to, locale=going.locale, zone=zone
        )
        return replace(mail, subject=f"{going.mark} {mail.subject}") if going.mark else mail
