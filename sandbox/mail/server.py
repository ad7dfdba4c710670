"""The SMTP side of the mail catcher. Operations for the fault script: `CONNECT`, `MAIL`, `RCPT`, `DATA`.

A `reply` fault at `RCPT` with `match` refuses single recipients; at `DATA` it refuses the whole mail, which is then not
kept. `reset_after` at `DATA` keeps the mail and cuts the connection before the answer: the classic cause of a double.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

if TYPE_CHECKING:
    from sandbox.kit import Fault, Kit
    from sandbox.mail.store import MailStore

SYSTEM = "mail"
LARGEST_MAIL = 33_554_432
NONSENSE = "%?* the tape ran out"


class MailCatcher:
    """Listens for SMTP on the loop that runs the sandbox."""

    def __init__(self, kit: Kit, store: MailStore) -> None:
        self.store = store
        self.address = ("127.0.0.1", 0)
        self._kit = kit
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Transport] = set()

    @property
    def up(self) -> bool:
        return self._server is not None

    @property
    def url(self) -> str:
        return f"smtp://{self.address[0]}:{self.address[1]}"

    async def open(self, host: str, port: int) -> None:
        handler = _Handler(self._kit, self.store)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Session(self._kit, self._open, handler), host, port)
        self.address = self._server.sockets[0].getsockname()[:2]

    async def reopen(self) -> None:
        if not self.up:
            await self.open(*self.address)

    async def shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for transport in list(self._open):
            transport.abort()


class _Session(SMTP):
    """One connection; known to the catcher, so that a stopped server drops it."""

    def __init__(self, kit: Kit, opened: set[asyncio.Transport], handler: _Handler) -> None:
        super().__init__(handler, enable_SMTPUTF8=True, hostname="sandbox.invalid", data_size_limit=LARGEST_MAIL)
        self._kit = kit
        self._opened = opened
        self._door: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        door = cast("asyncio.Transport", transport)  # uvloop's are not subclasses of it
        self._door = door
        self._opened.add(door)
        fault = self._kit.faults.strike(SYSTEM, "CONNECT")
        self._kit.journal.note(SYSTEM, "CONNECT", fault=fault.kind if fault else "")
        if fault is None:
            super().connection_made(transport)
        elif fault.kind == "delay":
            asyncio.get_running_loop().call_later(fault.seconds, super().connection_made, transport)
        elif fault.kind == "reply":
            door.write(f"{fault.status} {fault.text}\r\n".encode())
            door.close()
        elif fault.kind != "stall":
            door.abort()

    def connection_lost(self, error: Exception | None) -> None:
        if self._door is not None:
            self._opened.discard(self._door)
        if self.transport is not None:
            super().connection_lost(error)


class _Handler:
    """Called by aiosmtpd for each command; the method names are its convention."""

    def __init__(self, kit: Kit, store: MailStore) -> None:
        self._kit = kit
        self._store = store
        self._refused: dict[int, list[str]] = {}

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del session
        self._refused[id(envelope)] = []
        answer = await self._face(server, "MAIL", address)
        if answer is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del session
        answer = await self._face(server, "RCPT", address)
        if answer is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        else:
            self._refused.setdefault(id(envelope), []).append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del session
        fault, answer = await self._strike(server, "DATA", ", ".join(envelope.rcpt_tos))
        refused = self._refused.pop(id(envelope), [])
        if answer is not None:
            return answer
        content = envelope.original_content or b""
        at = self._kit.clock.now().isoformat(timespec="seconds")
        kept = self._store.add(at, envelope.mail_from or "", list(envelope.rcpt_tos), refused, content)
        if fault is not None and fault.kind == "reset_after":
            _abort(server)
            await asyncio.Event().wait()
        return f"250 OK kept as {kept.number}"

    async def _face(self, server: SMTP, operation: str, argument: str) -> str | None:
        return (await self._strike(server, operation, argument))[1]

    async def _strike(self, server: SMTP, operation: str, argument: str) -> tuple[Fault | None, str | None]:
        """The fault, if any, and the answer that it puts in the place of the right one."""
        fault = self._kit.faults.strike(SYSTEM, operation, argument)
        entry = self._kit.journal.note(SYSTEM, operation, argument, fault=fault.kind if fault else "")
        if fault is None or fault.kind == "reset_after":
            return fault, None
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            return fault, None
        if fault.kind == "reply":
            entry.answer = f"{fault.status} {fault.text or 'not today'}"
            return fault, entry.answer
        if fault.kind == "garbage":
            return fault, NONSENSE
        if fault.kind != "stall":
            _abort(server)
        await asyncio.Event().wait()
        return fault, None  # pragma: no cover - the connection is gone


def _abort(server: Any) -> None:
    if server.transport is not None:
        server.transport.abort()
