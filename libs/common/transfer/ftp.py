"""FTP and FTPS servers as a `FileStore`. Used by invoices (inbox, delivery), scraper and bursar.

Decisions stand on SIZE and MDTM as the server answers them, not on listings, which guess. Every command and transfer
has a deadline, and a transfer that stalls has a shorter one. After any doubt the connection is cut: FTP can't be
brought back in step.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import aioftp

from common.errors import Permanent, RemoteError, Transient
from common.transfer.ftp_wire import BLOCK_BYTES, WIRE_ENCODING, Wire
from common.transfer.store import (
    Entry,
    Patience,
    Sink,
    StepListener,
    Talk,
    blocks_of,
    delete_refused,
    ignore_step,
    name_taken,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable

    from common.transfer.address import Account

_MISSING = "550"
_UNSUPPORTED = ("500", "502", "504")
_TIME = re.compile(r"(\d{14})(?:\.\d+)?\s*$")
FAREWELL_SECONDS = 2
DRIVER_ERRORS = (aioftp.StatusCodeError, aioftp.errors.InvalidCommand, UnicodeEncodeError, OSError, EOFError)


class FtpServer:
    """A folder on an FTP server; plain, or with explicit or implicit TLS."""

    def __init__(
        self,
        *,
        name: str,
        account: Account,
        tls: Literal["explicit", "implicit"] | None,
        tls_context: ssl.SSLContext | None,
        patience: Patience,
    ) -> None:
        self.name = name
        self.address = f"{'ftp' if tls is None else 'ftps'}://{account.address}"
        self._account = account
        self._tls = tls
        self._tls_context = tls_context
        self._patience = patience

    @asynccontextmanager
    async def connect(self, on_step: StepListener = ignore_step) -> AsyncIterator[FtpStore]:
        implicit = self._tls_context if self._tls == "implicit" else None
        wire = Wire(timeout_seconds=self._patience.answer, implicit_tls=implicit)
        store = FtpStore(self.name, wire, self._patience)
        try:
            async with store.guard(self._patience.answer * 2):
                await self._open(wire, on_step)
            yield store
        except BaseException:
            wire.drop()
            raise
        await store.leave()

    async def _open(self, wire: Wire, on_step: StepListener) -> None:
        account = self._account
        await on_step("connect")
        await wire.connect(account.host, account.port)
        if self._tls is not None:
            await on_step("encrypt")
        if self._tls == "explicit":
            await wire.upgrade_to_tls(self._tls_context)
        await on_step("login")
        await wire.login(account.username, account.password)
        if self._tls == "implicit":
            await wire.order("PBSZ 0")
            await wire.order("PROT P")
        await on_step("folder")
        code, text = await wire.ask(f"CWD {account.folder}")
        if not code.startswith("2"):
            raise Permanent(
                f"The folder {account.folder} can't be opened: {text}", target=self.name, code="folder_refused"
            )
        # SIZE is refused in text mode by some servers, and means something else there.
        await wire.order("TYPE I")


class FtpStore:
    """One control connection, standing in its folder."""

    def __init__(self, name: str, wire: Wire, patience: Patience) -> None:
        self._name = name
        self._wire = wire
        self._patience = patience
        self._talk = Talk(name, errors=DRIVER_ERRORS, explain=_explain, hang_up=wire.drop)
        self.guard = self._talk.guard
        self._has_mlsd: bool | None = None
        self._size_works = False

    async def entries(self, accept: Callable[[str], bool], *, hidden: bool = False) -> list[Entry]:
        async with self.guard(self._patience.transfer):
            names = await self._names(hidden=hidden)
        found = [await self.stat(name) for name in sorted(names) if accept(name)]
        return [entry for entry in found if entry is not None]

    async def stat(self, name: str) -> Entry | None:
        async with self.guard(self._patience.answer):
            code, text = await self._wire.ask(f"SIZE {name}")
            if code in _UNSUPPORTED or (code == _MISSING and not self._size_works):
                # "550" is also said by servers that never tell a size, or not in this mode.
                return await self._stat_from_listing(name)
            if code == _MISSING:
                return None
            if code != "213" or not text.isdigit():
                raise _refusal(self._name, code, text)
            self._size_works = True
            return Entry(name, int(text), await self._modified(name))

    async def read(self, name: str, sink: Sink, *, offset: int = 0, limit: int | None = None) -> int:
        done = 0
        data = self._wire.data(f"RETR {name}", offset=offset)
        async with self.guard(self._patience.transfer), data as (reader, _writer):
            while block := await self._block(reader):
                wanted = block if limit is None else block[: limit - done]
                sink(wanted)
                done += len(wanted)
                if done == limit:
                    # FTP has no word for "enough", so the connection ends here.
                    self._talk.end(Transient("A partial read ends the connection.", target=self._name))
                    break
        return done

    async def write(self, name: str, content: bytes | AsyncIterable[bytes]) -> None:
        async with self.guard(self._patience.transfer), self._wire.data(f"STOR {name}") as (_reader, writer):
            async for block in blocks_of(content, BLOCK_BYTES):
                writer.write(block)
                async with asyncio.timeout(self._patience.idle):
                    await writer.drain()

    async def rename(self, name: str, new_name: str) -> None:
        if await self.stat(new_name) is not None:
            raise name_taken(self._name, new_name)
        async with self.guard(self._patience.answer):
            await self._wire.order(f"RNFR {name}")
        async with self.guard(self._patience.answer, ambiguous=f"Whether {name} became {new_name} is not known."):
            await self._wire.order(f"RNTO {new_name}")

    async def delete(self, name: str) -> None:
        async with self.guard(self._patience.answer):
            code, text = await self._wire.ask(f"DELE {name}")
            if code == "421":
                raise _refusal(self._name, code, text)
        if code.startswith("2"):
            return
        # "550" alone proves nothing: it stands for "no such file" and for "no permission".
        # Nor does its absence from a list: some leave hidden files out.
        still_there = await self.stat(name) is not None
        async with self.guard(self._patience.transfer):
            still_there = still_there or name in await self._names()
        if still_there:
            raise delete_refused(self._name, name, f"{code} {text}")

    async def make_folder(self, name: str) -> None:
        async with self.guard(self._patience.answer):
            code, text = await self._wire.ask(f"MKD {name}")
            if code.startswith("2"):
                return
            exists, _ = await self._wire.ask(f"CWD {name}")
            if not exists.startswith("2"):
                raise _refusal(self._name, code, text)
            await self._wire.order("CDUP")

    async def leave(self) -> None:
        """Say goodbye if the conversation is in order, but don't wait for long; then close."""
        if self._talk.error is None:
            try:
                async with asyncio.timeout(FAREWELL_SECONDS):
                    await self._wire.order("QUIT")
            except (OSError, TimeoutError, aioftp.StatusCodeError):
                pass
        self._wire.drop()

    async def _block(self, reader: asyncio.StreamReader) -> bytes:
        async with asyncio.timeout(self._patience.idle):
            return await reader.read(BLOCK_BYTES)

    async def _names(self, *, hidden: bool = False) -> list[str]:
        """Names of the plain files, where the server can tell; of everything otherwise. Hidden ones may be missing."""
        if hidden:
            return [entry.name for entry in await self._listed("-a")] or await self._names()
        if self._has_mlsd is None:
            _code, features = await self._wire.ask("FEAT")
            self._has_mlsd = "MLSD" in features.upper() or "MLST" in features.upper()
        if self._has_mlsd and (lines := await self._lines("MLSD")):
            parts = (line.partition(" ") for line in lines)
            return [name for facts, _, name in parts if _is_plain(facts.lower())]
        # Nothing is said of an empty folder, and by servers that don't allow the command: LIST is always allowed.
        names = [line.rsplit("/", 1)[-1] for line in await self._lines("NLST")]
        return names or [entry.name for entry in await self._listed()]

    async def _lines(self, command: str) -> list[str]:
        """What a command lists; nothing when the server refuses it before any data, and the talk goes on."""
        pieces: list[bytes] = []
        # An empty folder is 550 or 450 for some servers.
        accepted = {"550", "450", *(() if command.startswith("LIST") else _UNSUPPORTED)}
        try:
            async with self._wire.data(command) as (reader, _writer):
                while block := await self._block(reader):
                    pieces.append(block)
        except aioftp.StatusCodeError as error:
            if pieces or str(error.received_codes[-1]) not in accepted:
                raise
        return [line for line in b"".join(pieces).decode(WIRE_ENCODING).split("\r\n") if line]

    async def _modified(self, name: str) -> datetime | None:
        code, text = await self._wire.ask(f"MDTM {name}")
        match = _TIME.search(text) if code == "213" else None
        if match is None:
            return None
        try:
            return datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return None

    async def _stat_from_listing(self, name: str) -> Entry | None:
        """For servers without SIZE."""
        # Hidden files are left out of a plain LIST by some; `-a` is not an option for all.
        entries = await self._listed() + (await self._listed("-a") if name.startswith(".") else [])
        found = next((entry for entry in entries if entry.name == name), None)
        return replace(found, modified=await self._modified(name)) if found else None

    async def _listed(self, options: str = "") -> list[Entry]:
        """The plain files of LIST, whose times are only guesses and left out."""
        entries: list[Entry] = []
        for line in await self._lines(f"LIST {options}".strip()):
            try:
                path, facts = self._wire.parse_list_line(line.encode(WIRE_ENCODING))
            except ValueError:
                continue
            if facts["type"] == "file":
                entries.append(Entry(str(path), int(facts["size"]), None))
        return entries


def _is_plain(facts: str) -> bool:
    return "type=file;" in f"{facts};" or "type=" not in facts


def _refusal(target: str, code: str, text: str) -> RemoteError:
    """What a negative answer means: 4xx may pass, a refused login or order will not."""
    answer = f"{code} {text}".strip()
    if code.startswith("4") or code == "120":
        return Transient(f"The server answered {answer}", target=target, code="server_busy", params={"answer": answer})
    if code == "530":
        return Permanent(f"The server refuses the login: {answer}", target=target, code="login_refused")
    return Permanent(f"The server answered {answer}", target=target, code="server_refused", params={"answer": answer})


def _explain(target: str, error: Exception) -> RemoteError:
    if isinstance(error, aioftp.StatusCodeError):
        return _refusal(target, str(error.received_codes[-1]), " ".join(error.info).strip(" -"))
    if isinstance(error, (aioftp.errors.InvalidCommand, UnicodeEncodeError)):
        return Permanent("FTP can't carry this name.", target=target, code="server_refused")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Permanent(
            f"The server's certificate is not trusted: {error.verify_message}",
            target=target,
            code="certificate_refused",
        )
    if isinstance(error, TimeoutError):
        return Transient("The server did not answer in time.", target=target, code="timed_out")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "it closed the connection"
    return Transient(f"The server can't be reached: {reason}.", target=target, code="unreachable")
