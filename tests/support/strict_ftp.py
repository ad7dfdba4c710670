"""A small FTP server that insists on what strict servers insist on, and misbehaves on demand.

Under TLS it shakes hands on a data connection only after it has taken the command, as vsftpd, ProFTPD and Pure-FTPd do,
and it may refuse data connections that do not resume the control connection's session, as vsftpd does.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class StrictFtp:
    """The server's files and faults.

    Args:
        without: commands that it does not know.
        answers: command → the answer given instead of doing it; `""` gives none at all, `drop` closes.
        send_only: bytes of a download after which it says that all is well.
        stall_after: bytes of a download after which nothing more comes.
        drop_after: bytes of a download after which the connection breaks.
        take_only: bytes of an upload after which the server reads no more, and does what `then` says.
        then: `stall` or `drop`.
        final: the last word after a transfer; `None` for none.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    answers: dict[str, str] = field(default_factory=dict)
    send_only: int | None = None
    stall_after: int | None = None
    drop_after: int | None = None
    take_only: int | None = None
    then: str = "stall"
    final: str | None = "226 Done."
    require_reuse: bool = False
    implicit: bool = False
    pasv_address: str = "127,0,0,1"
    tls: ssl.SSLContext | None = None
    port: int = 0
    journal: list[str] = field(default_factory=list)
    reused: list[bool] = field(default_factory=list)
    talks: set[asyncio.Future[None]] = field(default_factory=set)
    cut: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client cuts its connection during a stall, without a word."""

    @property
    def url(self) -> str:
        scheme = "ftp" if self.tls is None else "ftps" if self.implicit else "ftpes"
        return f"{scheme}://me:secret@127.0.0.1:{self.port}/"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = _Conversation(self, reader, writer)
        task = asyncio.ensure_future(conversation.hold())
        self.talks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            await task
        self.talks.discard(task)
        conversation.close()


class _Conversation:
    def __init__(self, site: StrictFtp, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.site, self.reader, self.writer = site, reader, writer
        self.offset = 0
        self.renaming = ""
        self.accepted: list[asyncio.StreamWriter] = []
        self.data: asyncio.Future[Stream] | None = None
        self.listener: asyncio.Server | None = None

    async def hold(self) -> None:
        await self.say("220 Strict.")
        while line := await self.reader.readline():
            command, _, argument = line.decode("latin-1").rstrip("\r\n").partition(" ")
            command = command.upper()
            self.site.journal.append(f"{command} {argument}".strip())
            answer = "500 Unknown." if command in self.site.without else self.site.answers.get(command)
            if answer == "drop":
                return
            if answer is None:
                await self.do(command, argument)
            elif answer:
                await self.say(answer)
            if command == "QUIT":
                return

    def close(self) -> None:
        """Let go of every socket at once."""
        for writer in self.accepted:
            writer.transport.abort()
        if self.listener is not None:
            self.listener.close()
        self.writer.transport.abort()

    async def do(self, command: str, argument: str) -> None:
        simple = {"USER": "331 Password.", "PASS": "230 In.", "TYPE": "200 Ok.", "PBSZ": "200 0", "PROT": "200 P"}
        simple |= {"CWD": "250 Ok.", "CDUP": "250 Ok.", "MKD": '257 "made"', "QUIT": "221 Bye.", "FEAT": "211 End"}
        method = getattr(self, f"on_{command.lower()}", None)
        if method is not None:
            await method(argument)
        else:
            await self.say(simple.get(command, "500 Unknown."))

    async def say(self, line: str) -> None:
        self.writer.write(f"{line}\r\n".encode("latin-1"))
        await self.writer.drain()

    async def on_auth(self, _argument: str) -> None:
        assert self.site.tls is not None
        await self.say("234 Go ahead.")
        await self.writer.start_tls(self.site.tls)

    async def on_size(self, name: str) -> None:
        await self.say(f"213 {len(self.site.files[name])}" if name in self.site.files else "550 No such file.")

    async def on_mdtm(self, name: str) -> None:
        await self.say("213 20201120190411.123" if name in self.site.files else "550 No such file.")

    async def on_rest(self, offset: str) -> None:
        self.offset = int(offset)
        await self.say("350 From there.")

    async def on_dele(self, name: str) -> None:
        gone = self.site.files.pop(name, None)
        await self.say("550 No such file." if gone is None else "250 Gone.")

    async def on_rnfr(self, name: str) -> None:
        self.renaming = name
        await self.say("350 To?")

    async def on_rnto(self, name: str) -> None:
        self.site.files[name] = self.site.files.pop(self.renaming)
        await self.say("250 Renamed.")

    async def on_epsv(self, _argument: str) -> None:
        await self.say(f"229 Passive (|||{await self.listen()}|)")

    async def on_pasv(self, _argument: str) -> None:
        port = await self.listen()
        await self.say(f"227 Passive ({self.site.pasv_address},{port >> 8},{port & 255})")

    async def on_nlst(self, _argument: str) -> None:
        await self.send("".join(f"{name}\r\n" for name in self.site.files).encode("latin-1"))

    async def on_list(self, _argument: str) -> None:
        lines = (f"-rw-r--r-- 1 me me {len(c)} Nov 20 19:04 {n}\r\n" for n, c in self.site.files.items())
        await self.send("".join(lines).encode("latin-1"))

    async def on_retr(self, name: str) -> None:
        if name not in self.site.files:
            await self.say("550 No such file.")
            return
        await self.send(self.site.files[name][self.offset :], faulty=True)
        self.offset = 0

    async def on_stor(self, name: str) -> None:
        await self.say("150 Come on.")
        reader, writer = await self.secured()
        if self.site.take_only is not None:
            self.site.files[name] = await reader.readexactly(self.site.take_only)
            if self.site.then == "stall":
                await self.stall()
            writer.transport.abort()
            raise ConnectionResetError
        content = await reader.read(-1)
        writer.close()
        self.site.files[name] = content[: self.site.send_only]
        await self.finish()

    async def send(self, content: bytes, *, faulty: bool = False) -> None:
        await self.say("150 Here it comes.")
        _reader, writer = await self.secured()
        faults = [self.site.send_only, self.site.stall_after, self.site.drop_after] if faulty else []
        end = min((fault for fault in faults if fault is not None), default=len(content))
        writer.write(content[:end])
        await writer.drain()
        if faulty and self.site.stall_after is not None:
            await self.stall()
        if faulty and self.site.drop_after is not None:
            writer.transport.abort()
            raise ConnectionResetError
        writer.close()
        await self.finish()

    async def stall(self) -> None:
        word = b""
        with suppress(ConnectionError):
            word = await asyncio.wait_for(self.reader.read(1), 30)
        if not word:
            self.site.cut.set()

    async def finish(self) -> None:
        if self.site.final is not None:
            await self.say(self.site.final)

    async def listen(self) -> int:
        if self.listener is not None:
            self.listener.close()
        self.data = asyncio.get_running_loop().create_future()
        taken = self.data

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.accepted.append(writer)
            if not taken.done():
                taken.set_result((reader, writer))

        self.listener = await asyncio.start_server(accept, "127.0.0.1", 0)
        return int(self.listener.sockets[0].getsockname()[1])

    async def secured(self) -> Stream:
        """The data connection, after its handshake: only now, when the command was taken."""
        assert self.data is not None
        assert self.listener is not None
        reader, writer = await asyncio.wait_for(self.data, 5)
        self.listener.close()
        if self.site.tls is not None:
            await writer.start_tls(self.site.tls)
            reused = bool(writer.get_extra_info("ssl_object").session_reused)
            self.site.reused.append(reused)
            if self.site.require_reuse and not reused:
                await self.say("522 SSL connection failed: session reuse required")
                raise ConnectionResetError
        return reader, writer


@asynccontextmanager
async def running_strict_ftp(certificate: Path | None = None, **faults: object) -> AsyncIterator[StrictFtp]:
    """The server on a free port; under explicit TLS when a certificate is given, implicit when told so."""
    site = StrictFtp(**faults)  # type: ignore[arg-type]
    if certificate is not None:
        site.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        site.tls.load_cert_chain(certificate)
    at_once = site.tls if site.implicit else None
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=at_once)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        talks = list(site.talks)
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0.02)  # sockets close in the loop's next turns
