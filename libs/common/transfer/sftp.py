"""SSH hosts as a `FileStore` by SFTP. Used by invoices (the warehouse's log), bursar and infoenergia.

The host's key is pinned: there is no way to switch the check off. Nobody's own SSH configuration, agent or keys leak
in. Keep-alives tell a frozen peer from a quiet one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from stat import S_ISREG
from typing import TYPE_CHECKING, cast

import asyncssh

from common.errors import Ambiguous, Permanent, PorticoError, RemoteError, Transient
from common.transfer.store import BLOCK_BYTES, Broken, Entry, Sink, StepListener, ignore_step

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable

    from common.transfer.address import SshHost

KEEPALIVE_SECONDS = 5
KEEPALIVE_MISSES = 3
# Read requests in flight: one at a time would cost a round trip for each block. They are ours (`block_size=0`), since
# asyncssh loses track of the parts of its own when the connection breaks.
READ_BLOCK_BYTES = 2 * BLOCK_BYTES
READS_AHEAD = 8
LEAST_BLOCK_BYTES = 4096


class SftpServer:
    """A folder on an SSH host."""

    def __init__(
        self,
        *,
        name: str,
        host: SshHost,
        jump: SshHost | None,
        timeout_seconds: float,
        transfer_seconds: float,
    ) -> None:
        self.name = name
        self.address = f"sftp://{host.account.address}"
        self._host = host
        self._jump = jump
        self._timeout = timeout_seconds
        self._transfer = transfer_seconds

    @asynccontextmanager
    async def connect(self, on_step: StepListener = ignore_step) -> AsyncIterator[SftpStore]:
        await on_step("connect")
        folder = self._host.account.folder
        store = SftpStore(self.name, folder, timeout=self._timeout, transfer=self._transfer)
        async with AsyncExitStack() as stack:
            async with store.guard(self._timeout * 2):
                gate = None if self._jump is None else await self._open(stack, self._jump, None)
                connection = await self._open(stack, self._host, gate)
            async with store.guard(self._timeout):
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
            config=None,
            agent_path=None,
            connect_timeout=self._timeout,
            login_timeout=self._timeout,
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

    def __init__(self, name: str, folder: str, *, timeout: float, transfer: float) -> None:
        self._name = name
        self._folder = folder.rstrip("/")
        self._timeout = timeout
        self._transfer = transfer
        self._broken = Broken()

    async def entries(self, accept: Callable[[str], bool]) -> list[Entry]:
        async with self.guard(self._transfer):
            found = await self.client.readdir(self._folder or "/")
        entries = [_entry(str(item.filename), item.attrs) for item in found if accept(str(item.filename))]
        return sorted((entry for entry in entries if entry is not None), key=lambda entry: entry.name)

    async def stat(self, name: str) -> Entry | None:
        async with self.guard(self._timeout):
            try:
                return _entry(name, await self.client.lstat(self._path(name)))
            except asyncssh.SFTPNoSuchFile:
                return None

    async def read(self, name: str, sink: Sink, *, offset: int = 0, limit: int | None = None) -> int:
        done = 0
        opened = self.client.open(self._path(name), "rb", encoding=None, block_size=0)
        async with self.guard(self._transfer), opened as file:
            reads = _Reads(file, offset, None if limit is None else offset + limit)
            try:
                while block := await reads.next():
                    sink(block)
                    done += len(block)
            finally:
                await reads.forget()
        return done

    async def write(self, name: str, content: bytes | AsyncIterable[bytes]) -> None:
        async with self.guard(self._transfer), self.client.open(self._path(name), "wb") as file:
            if isinstance(content, bytes):
                await file.write(content)
            else:
                async for block in content:
                    await file.write(block)

    async def rename(self, name: str, new_name: str) -> None:
        taken = Permanent(
            f"{new_name} is already there.", target=self._name, code="name_taken", params={"name": new_name}
        )
        if await self.stat(new_name) is not None:
            raise taken
        async with self.guard(self._timeout, ambiguous=f"Whether {name} became {new_name} is not known."):
            await self.client.rename(self._path(name), self._path(new_name))

    async def delete(self, name: str) -> None:
        refusal = ""
        async with self.guard(self._timeout):
            try:
                await self.client.remove(self._path(name))
            except asyncssh.SFTPNoSuchFile:
                return
            except (asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure) as error:
                refusal = error.reason
        if refusal and await self.stat(name) is not None:
            raise Permanent(
                f"The server refuses to delete {name}: {refusal}",
                target=self._name,
                code="delete_refused",
                params={"name": name, "answer": refusal},
            )

    async def make_folder(self, name: str) -> None:
        async with self.guard(self._timeout):
            await self.client.makedirs(self._path(name), exist_ok=True)

    @asynccontextmanager
    async def guard(self, seconds: float, *, ambiguous: str = "") -> AsyncIterator[None]:
        """A deadline, our own kinds of error, and no second use of a connection that failed."""
        if self._broken.error is not None:
            raise self._broken.error
        try:
            async with asyncio.timeout(seconds):
                yield
        except PorticoError as error:
            self._broken.error = error
            raise
        except (OSError, TimeoutError, asyncssh.Error) as error:
            failure = _failure(self._name, error)
            if ambiguous and isinstance(failure, Transient):
                failure = Ambiguous(ambiguous, target=self._name)
            self._broken.error = failure
            raise failure from error
        except BaseException:
            self._broken.error = Transient("The connection was given up.", target=self._name)
            raise

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"


class _Reads:
    """The blocks of a file in order, some of them asked for ahead."""

    def __init__(self, file: asyncssh.SFTPClientFile, start: int, end: int | None) -> None:
        self._file = file
        self._at = self._asked = start
        self._end = end
        self._block = READ_BLOCK_BYTES
        self._pending: deque[tuple[int, asyncio.Task[bytes]]] = deque()

    async def next(self) -> bytes:
        """The next bytes; none at the end."""
        while len(self._pending) < READS_AHEAD and self._asked != self._end:
            wanted = self._block if self._end is None else min(self._block, self._end - self._asked)
            self._pending.append((wanted, asyncio.ensure_future(self._read(wanted, self._asked))))
            self._asked += wanted
        if not self._pending:
            return b""
        wanted, task = self._pending.popleft()
        block = await task
        self._at += len(block)
        if len(block) < wanted:
            # The end of the file, or less than asked: what was asked for beyond does not follow on this.
            await self.forget()
            self._asked = self._at
            self._block = max(len(block), LEAST_BLOCK_BYTES)
        return block

    async def forget(self) -> None:
        """Let go of what was asked for ahead."""
        tasks = [task for _, task in self._pending]
        self._pending.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, size: int, offset: int) -> bytes:
        return cast("bytes", await self._file.read(size, offset))


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
        return Permanent(f"The host answered: {error.reason}", target=target, code="server_refused")
    if isinstance(error, TimeoutError):
        return Transient("The host did not answer in time.", target=target, code="timed_out")
    return Transient("The host can't be reached.", target=target, code="unreachable")
