"""SSH hosts as a `FileStore` by SFTP. Used by invoices (the warehouse's log), bursar and infoenergia.

The host's key is pinned: there is no way to switch the check off. Nobody's own SSH configuration, agent or keys leak
in. Keep-alives tell a frozen peer from a quiet one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import UTC, datetime
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import asyncssh

from common.errors import Permanent, RemoteError, Transient
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
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Coroutine

    from common.transfer.address import SshHost

KEEPALIVE_SECONDS = 5
KEEPALIVE_MISSES = 3
# asyncssh would begin with ChaCha20, which costs it twice the processor time of AES with today's hardware.
CIPHERS = "^aes256-gcm@openssh.com,aes128-gcm@openssh.com"
BLOCK_BYTES = 128 * 2**10
LEAST_BLOCK_BYTES = 4096
MOST_IN_FLIGHT = 16

_T = TypeVar("_T")


class SftpServer:
    """A folder on an SSH host."""

    def __init__(
        self,
        *,
        name: str,
        host: SshHost,
        jump: SshHost | None,
        patience: Patience,
    ) -> None:
        self.name = name
        self.address = f"sftp://{host.account.address}"
        self._host = host
        self._jump = jump
        self._patience = patience

    @asynccontextmanager
    async def connect(self, on_step: StepListener = ignore_step) -> AsyncIterator[SftpStore]:
        await on_step("connect")
        folder = self._host.account.folder
        store = SftpStore(self.name, folder, self._patience)
        async with AsyncExitStack() as stack:
            async with store.guard(self._patience.answer * 2):
                gate = None if self._jump is None else await self._open(stack, self._jump, None)
                connection = await self._open(stack, self._host, gate)
            async with store.guard(self._patience.answer):
                await on_step("folder")
                # Names are bytes to an SSH host: those that are not UTF-8 come through unharmed.
                store.client = await connection.start_sftp_client(path_errors="surrogateescape")
                if not await store.client.isdir(folder):
                    raise Permanent(
                        f"There is no folder {folder} on the host.", target=self.name, code="folder_refused"
                    )
            yield store

    async def _open(
        self, stack: AsyncExitStack, host: SshHost, gate: asyncssh.SSHClientConnection | None
    ) -> asyncssh.SSHClientConnection:
        """A connection that is cut, not closed, with the stack: a frozen host would not answer a farewell."""
        try:
            trusted = asyncssh.import_public_key(host.host_key)
        except asyncssh.KeyImportError as error:
            raise Permanent(
                f"The pinned host key of {self.name} can't be read.", target=self.name, code="host_key_unreadable"
            ) from error
        connection = await asyncssh.connect(
            host.account.host,
            host.account.port,
            tunnel=gate or (),
            username=host.account.username,
            password=host.account.password or None,
            client_keys=[await self._private_key(host)] if host.key_file else None,
            known_hosts=([trusted], [], []),
            encryption_algs=CIPHERS,
            config=None,
            agent_path=None,
            connect_timeout=self._patience.answer,
            login_timeout=self._patience.answer,
            keepalive_interval=KEEPALIVE_SECONDS,
            keepalive_count_max=KEEPALIVE_MISSES,
        )
        stack.callback(connection.abort)
        return connection

    async def _private_key(self, host: SshHost) -> asyncssh.SSHKey:
        """In a thread: to open a key under a passphrase is made slow on purpose."""
        try:
            return await asyncio.to_thread(asyncssh.read_private_key, host.key_file, host.account.password or None)
        except (OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            raise Permanent(
                f"The private key for {self.name} can't be read.", target=self.name, code="login_refused"
            ) from error


class SftpStore:
    """One SFTP channel, standing in its folder."""

    client: asyncssh.SFTPClient

    def __init__(self, name: str, folder: str, patience: Patience) -> None:
        self._name = name
        self._folder = folder.rstrip("/")
        self._patience = patience
        self._talk = Talk(name, errors=(OSError, asyncssh.Error), explain=_failure)
        self.guard = self._talk.guard

    async def entries(self, accept: Callable[[str], bool], *, hidden: bool = False) -> list[Entry]:  # noqa: ARG002
        async with self.guard(self._patience.transfer):
            found = await self.client.readdir(self._folder or "/")
        entries = [_entry(str(item.filename), item.attrs) for item in found if accept(str(item.filename))]
        return sorted((entry for entry in entries if entry is not None), key=lambda entry: entry.name)

    async def stat(self, name: str) -> Entry | None:
        async with self.guard(self._patience.answer):
            try:
                return _entry(name, await self.client.lstat(self._path(name)))
            except asyncssh.SFTPNoSuchFile:
                return None

    async def read(self, name: str, sink: Sink, *, offset: int = 0, limit: int | None = None) -> int:
        end = None if limit is None else offset + limit
        done = 0
        async with (
            self.guard(self._patience.transfer),
            self._open(name, "rb") as file,
            aclosing(_read_ahead(file, offset, end, self._patience.idle)) as blocks,
        ):
            async for block in blocks:
                sink(block)
                done += len(block)
        return done

    async def write(self, name: str, content: bytes | AsyncIterable[bytes]) -> None:
        async with self.guard(self._patience.transfer), self._open(name, "wb") as file:
            offset = 0
            async with _in_flight(self._patience.idle) as answers:
                async for block in blocks_of(content, BLOCK_BYTES):
                    if len(answers) == MOST_IN_FLIGHT:
                        await answers.next()
                    answers.expect(len(block), file.write(block, offset))
                    offset += len(block)
                while answers:
                    await answers.next()

    async def rename(self, name: str, new_name: str) -> None:
        if await self.stat(new_name) is not None:
            raise name_taken(self._name, new_name)
        async with self.guard(self._patience.answer, ambiguous=f"Whether {name} became {new_name} is not known."):
            await self.client.rename(self._path(name), self._path(new_name))

    async def delete(self, name: str) -> None:
        refusal = ""
        async with self.guard(self._patience.answer):
            try:
                await self.client.remove(self._path(name))
            except asyncssh.SFTPNoSuchFile:
                return
            except (asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure) as error:
                refusal = error.reason
        if refusal and await self.stat(name) is not None:
            raise delete_refused(self._name, name, refusal)

    async def make_folder(self, name: str) -> None:
        async with self.guard(self._patience.answer):
            await self.client.makedirs(self._path(name), exist_ok=True)

    @asynccontextmanager
    async def _open(self, name: str, mode: str) -> AsyncIterator[asyncssh.SFTPClientFile]:
        """A file, closed with proof when all went well. After an error nothing more is asked of the host.

        `block_size=0` keeps asyncssh from cutting requests into parts of its own, whose errors it loses.
        """
        async with asyncio.timeout(self._patience.answer):
            file = await self.client.open(self._path(name), mode, encoding=None, block_size=0)
        yield file
        async with asyncio.timeout(self._patience.answer):
            await file.close()

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"


class _Answers(Generic[_T]):
    """Requests that were sent and not answered yet: one at a time would cost a round trip for each block."""

    def __init__(self, idle_seconds: float) -> None:
        self._idle = idle_seconds
        self._pending: deque[tuple[int, asyncio.Task[_T]]] = deque()

    def __len__(self) -> int:
        return len(self._pending)

    def expect(self, size: int, request: Coroutine[Any, Any, _T]) -> None:
        self._pending.append((size, asyncio.ensure_future(request)))

    async def next(self) -> tuple[int, _T]:
        """The oldest request's size and answer.

        Raises:
            TimeoutError: the host says nothing.
        """
        size, task = self._pending.popleft()
        async with asyncio.timeout(self._idle):
            return size, await task

    async def forget(self) -> None:
        tasks = [task for _, task in self._pending]
        self._pending.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _in_flight(idle_seconds: float) -> AsyncIterator[_Answers[Any]]:
    answers = _Answers[Any](idle_seconds)
    try:
        yield answers
    finally:
        await answers.forget()


async def _read_ahead(
    file: asyncssh.SFTPClientFile, start: int, end: int | None, idle_seconds: float
) -> AsyncGenerator[bytes, None]:
    """The blocks of a file in order, some of them asked for ahead."""
    at = asked = start
    size = BLOCK_BYTES
    async with _in_flight(idle_seconds) as answers:
        while True:
            while len(answers) < MOST_IN_FLIGHT and asked != end:
                wanted = size if end is None else min(size, end - asked)
                answers.expect(wanted, file.read(wanted, asked))
                asked += wanted
            if not answers:
                return
            wanted, block = await answers.next()
            if len(block) < wanted:
                # The end of the file, or less than asked: what was asked for beyond does not follow on this.
                await answers.forget()
                asked = at + len(block)
                size = max(len(block), LEAST_BLOCK_BYTES)
            if not block:
                return
            at += len(block)
            yield block


def _entry(name: str, attrs: asyncssh.SFTPAttrs) -> Entry | None:
    if attrs.permissions is None or not S_ISREG(attrs.permissions) or attrs.size is None:
        return None
    modified = None if attrs.mtime is None else datetime.fromtimestamp(attrs.mtime, UTC)
    return Entry(name, attrs.size, modified)


def _failure(target: str, error: Exception) -> RemoteError:
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return Permanent(
            "The host shows another key than the pinned one. Do not trust it before its owner confirms the change.",
            target=target,
            code="host_key_changed",
        )
    if isinstance(error, asyncssh.PermissionDenied):
        return Permanent("The host refuses the login.", target=target, code="login_refused")
    if isinstance(error, (asyncssh.SFTPNoConnection, asyncssh.SFTPConnectionLost)):
        return Transient("The host closed the connection.", target=target, code="unreachable")
    if isinstance(error, asyncssh.SFTPError):
        params = {"answer": error.reason}
        return Permanent(f"The host answered: {error.reason}", target=target, code="server_refused", params=params)
    if isinstance(error, TimeoutError):
        return Transient("The host did not answer in time.", target=target, code="timed_out")
    return Transient("The host can't be reached.", target=target, code="unreachable")
