"""Mails on disk: one `.eml` as received, and one `.json` with the envelope, so that a restart loses nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Envelope:
    """What SMTP said, which is not always what the headers say."""

    number: int
    received_at: str
    sender: str
    recipients: list[str]
    refused: list[str]
    size: int


class MailStore:
    """Numbered mails in one directory; numbers are never used twice, not even after a reset."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def add(self, received_at: str, sender: str, recipients: list[str], refused: list[str], content: bytes) -> Envelope:
        counter = self._directory / "last"
        number = (int(counter.read_text()) if counter.exists() else 0) + 1
        counter.write_text(str(number))
        envelope = Envelope(number, received_at, sender, recipients, refused, len(content))
        self._path(number, "eml").write_bytes(content)
        self._path(number, "json").write_text(json.dumps(asdict(envelope)), encoding="utf-8")
        return envelope

    def envelopes(self) -> list[Envelope]:
        """Newest first."""
        found = [Envelope(**json.loads(path.read_text(encoding="utf-8"))) for path in self._directory.glob("*.json")]
        return sorted(found, key=lambda envelope: envelope.number, reverse=True)

    def raw(self, number: int) -> bytes | None:
        path = self._path(number, "eml")
        return path.read_bytes() if path.exists() else None

    def message(self, number: int) -> EmailMessage | None:
        raw = self.raw(number)
        return parse(raw) if raw is not None else None

    def clear(self) -> int:
        """Removes all mails; returns how many there were."""
        mails = list(self._directory.glob("*.eml"))
        for path in [*mails, *self._directory.glob("*.json")]:
            path.unlink(missing_ok=True)
        return len(mails)

    def _path(self, number: int, ending: str) -> Path:
        return self._directory / f"{number:06d}.{ending}"


def parse(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=modern)
    if not isinstance(message, EmailMessage):  # the modern policy always makes this class
        raise TypeError("unexpected message class")
    return message


def summary(envelope: Envelope, message: EmailMessage) -> dict[str, Any]:
    return {
        **asdict(envelope),
        "subject": str(message["subject"] or "").strip(),
        "from": str(message["from"] or ""),
        "to": str(message["to"] or ""),
        "message_id": str(message["message-id"] or ""),
    }


def detail(envelope: Envelope, message: EmailMessage) -> dict[str, Any]:
    return {
        **summary(envelope, message),
        "headers": [[name, str(value)] for name, value in message.items()],
        "text": body(message, "plain"),
        "html": body(message, "html"),
        "attachments": [
            {"index": index, "name": part.get_filename() or "unnamed", "type": part.get_content_type()}
            | {"size": len(part.get_payload(decode=True) or b"")}
            for index, part in enumerate(message.iter_attachments())
        ],
    }


def body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else None
