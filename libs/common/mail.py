"""Mail by SMTP: one message at a time, with a deadline and a stable Message-ID. Used by invoices and bursar.

A mail is sent by an outbox handler, at least once: a crash between the server's "250" and our commit repeats it, under
the same Message-ID, by which receivers tell the copy. What can work later is `Transient`, what can't is `Permanent`.
That a server refuses some of the recipients is no error: the receipt names them.
"""

from __future__ import annotations

import hashlib
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import aiosmtplib

from common.errors import Permanent, RemoteError, Transient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime

    from common.connections import Steps

TARGET = "mail"
TEMPORARY = range(400, 500)
DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file at the end of a mail; `media_type` like `text/csv`."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as its author sees it. `key` names the event that it tells; the same key is the same Message-ID."""

    key: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server answered: which recipients it refused, and with which words."""

    message_id: str
    refused: dict[str, str] = field(default_factory=dict)


def message_id(key: str, sender: str) -> str:
    """The Message-ID of the mail that tells `key`, from `sender`: the same for every try."""
    domain = parseaddr(sender)[1].partition("@")[2] or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def build_message(mail: Mail, *, sender: str, at: datetime) -> EmailMessage:
    """The MIME message: text, html beside it, attachments.

    Raises:
        Permanent: an address or the subject can't be a header (a line break in it, for example).
    """
    message = EmailMessage(policy=SMTP_POLICY)
    try:
        message["From"] = sender
        message["To"] = ", ".join(mail.to)
        message["Subject"] = mail.subject
    except ValueError as error:
        raise Permanent(f"The mail can't be written: {error}.", target=TARGET, code="mail_invalid") from error
    message["Message-ID"] = message_id(mail.key, sender)
    message["Date"] = format_datetime(at)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for attachment in mail.attachments:
        kind, _, subtype = attachment.media_type.partition("/")
        message.add_attachment(attachment.content, maintype=kind, subtype=subtype, filename=attachment.name)
    return message


class Mailer:
    """Sends through one server.

    Args:
        url: `smtp://host:port`, `smtp+starttls://user:password@host:port` or `smtps://user:password@host:port`.
        sender: the From address of all mails.
        timeout_seconds: for each step of the conversation.
    """

    def __init__(self, url: str, *, sender: str, timeout_seconds: float = 20) -> None:
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise Permanent(
                "The mail server's address must begin with smtp://, smtp+starttls:// or smtps://.",
                target=TARGET,
                code="bad_address",
            )
        self.sender = sender
        self.address = f"{parts.hostname}:{parts.port or DEFAULT_PORTS[parts.scheme]}"
        self._scheme = parts.scheme
        self._host = parts.hostname
        self._port = parts.port or DEFAULT_PORTS[parts.scheme]
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password or "")
        self._timeout_seconds = timeout_seconds

    async def send(self, mail: Mail, *, at: datetime) -> Receipt:
        """Send one mail.

        Raises:
            Transient: not reached, timed out, or told to come back later; maybe sent, so a repetition keeps its id.
            Permanent: refused for good: every recipient, the sender, the login or the content.
        """
        message = build_message(mail, sender=self.sender, at=at)
        async with self._session() as client:
            try:
                refused, _ = await client.send_message(message, recipients=list(mail.to))
            except aiosmtplib.SMTPRecipientsRefused as error:
                raise _all_refused(error) from error
        answers = {address: f"{answer.code} {answer.message}" for address, answer in refused.items()}
        return Receipt(message["Message-ID"], answers)

    async def probe(self, step: Steps) -> None:
        """Connect, encrypt and log in as the settings say, then name the sender; sends nothing."""
        async with AsyncExitStack() as stack:
            async with step("connect", seconds=self._timeout_seconds):
                client = await stack.enter_async_context(self._session())
            async with step("sender") as said:
                with self._classified():
                    answer = await client.mail(parseaddr(self.sender)[1])
                    await client.rset()
                said(answer.message)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiosmtplib.SMTP]:
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            timeout=self._timeout_seconds,
            use_tls=self._scheme == "smtps",
            start_tls=self._scheme == "smtp+starttls",
            username=self._username,
            password=self._password if self._username else None,
        )
        with self._classified():
            async with client:
                yield client

    @contextmanager
    def _classified(self) -> Iterator[None]:
        try:
            yield
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._classify(error) from error

    def _classify(self, error: aiosmtplib.SMTPException | OSError) -> RemoteError:
        if isinstance(error, aiosmtplib.SMTPResponseException) and error.code not in TEMPORARY:
            return Permanent(
                f"The mail server {self.address} refuses: {error.code} {error.message}",
                target=TARGET,
                params={"code": error.code},
            )
        if isinstance(error, aiosmtplib.SMTPNotSupported) or type(error) is aiosmtplib.SMTPException:
            return Permanent(f"The mail server {self.address} can't do what the settings ask: {error}", target=TARGET)
        return Transient(f"The mail server {self.address} does not answer: {error}", target=TARGET)


def _all_refused(error: aiosmtplib.SMTPRecipientsRefused) -> RemoteError:
    """Permanent when every recipient was refused for good; else some may be taken later."""
    words = ", ".join(f"{one.recipient} ({one.code} {one.message})" for one in error.recipients)
    kind = Transient if any(one.code in TEMPORARY for one in error.recipients) else Permanent
    return kind(f"The mail server refuses all recipients: {words}", target=TARGET, code="recipients_refused")
