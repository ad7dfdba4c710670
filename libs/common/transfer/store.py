"""The port that FTP, SFTP and local folders fulfil alike; its promises are proven by tests/common/transfer.

Every method raises
    Transient   not reached, timed out, broken off, told to come back later; nothing can be said to have happened
    Permanent   refused: wrong password, changed host key, no such folder, no right, a name that is taken
    Ambiguous   `rename` alone: the order was sent and no answer came; look before you repeat it
and after any of them the connection is gone: later calls on the same store raise Transient at once.

Names are plain names within the server's folder. A size is in bytes, a time is the server's own, taken as UTC.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from common.errors import Ambiguous, Permanent, PorticoError, RemoteError, Transient

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

Sink = Callable[[bytes], object]
StepListener = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A plain file as the server tells it. `modified` is None where a server can't tell times."""

    name: str
    size: int
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, in seconds, a server is waited for: for a short answer, the next byte, and a whole transfer."""

    answer: float
    idle: float
    transfer: float


class FileStore(Protocol):
    """One open connection to one folder. One call at a time: not shared between tasks."""

    async def entries(self, accept: Callable[[str], bool], *, hidden: bool = False) -> list[Entry]:
        """The plain files whose name is accepted, by name. Folders and, where it can be told, links are left out.

        Args:
            hidden: also ask for names that begin with a dot, which some servers leave out of their lists otherwise.
        """
        ...

    async def stat(self, name: str) -> Entry | None:
        """The file as it is now; None when there is no such plain file."""
        ...

    async def read(self, name: str, sink: Sink, *, offset: int = 0, limit: int | None = None) -> int:
        """Hand the bytes from `offset` on to `sink`, at most `limit` of them, and return how many there were.

        That the server said "done" proves nothing: compare the sum with `stat` before and after.
        """
        ...

    async def write(self, name: str, content: bytes | AsyncIterable[bytes]) -> None:
        """Write the whole file; an existing one of this name is replaced. See `put` for the safe way."""
        ...

    async def rename(self, name: str, new_name: str) -> None:
        """Give a file its final name; never replaces: Permanent `name_taken` when the new name exists.

        FTP has no such rename, so there the new name is looked for directly before.
        """
        ...

    async def delete(self, name: str) -> None:
        """Delete, with proof: returns when the server no longer shows the file, also when it was gone before.

        Permanent `delete_refused` when the server refuses and still shows it.
        """
        ...

    async def make_folder(self, name: str) -> None:
        """Make a folder within this one; fine when it exists."""
        ...


class FileServer(Protocol):
    """Where a folder is and how to get in."""

    name: str
    """Of the connection, as `/v1/connections` lists it; the `target` of its errors."""

    address: str
    """For people, without the password."""

    def connect(self, on_step: StepListener = ...) -> AbstractAsyncContextManager[FileStore]:
        """Open the folder. `on_step` hears `connect`, `encrypt`, `login`, `folder` as each begins."""
        ...


async def ignore_step(_step: str) -> None:
    """The listener of everyone but `probe`."""


async def blocks_of(content: bytes | AsyncIterable[bytes], size: int) -> AsyncIterator[bytes]:
    """The content in blocks of `size`, the last one shorter, however it was cut before."""
    if isinstance(content, bytes):
        for start in range(0, len(content), size):
            yield content[start : start + size]
        return
    held = bytearray()
    async for piece in content:
        held += piece
        while len(held) >= size:
            yield bytes(held[:size])
            del held[:size]
    if held:
        yield bytes(held)


class Talk:
    """One conversation with a server: deadlines, our own kinds of error, and not a word after the first of them.

    Args:
        target: the connection's name, for its errors.
        errors: what the driver raises.
        explain: what one of these means, for that target.
        hang_up: called after the first error.
    """

    def __init__(
        self,
        target: str,
        *,
        errors: tuple[type[Exception], ...],
        explain: Callable[[str, Exception], RemoteError],
        hang_up: Callable[[], None] = lambda: None,
    ) -> None:
        self.target = target
        self.error: PorticoError | None = None
        self._errors = errors
        self._explain = explain
        self._hang_up = hang_up

    @asynccontextmanager
    async def guard(self, seconds: float, *, ambiguous: str = "") -> AsyncIterator[None]:
        """One order and its answer, or a whole transfer.

        Args:
            ambiguous: the sentence for an answer that never came, when the order can't be repeated blindly.
        """
        if self.error is not None:
            raise self.error
        try:
            async with asyncio.timeout(seconds):
                yield
        except PorticoError as error:
            self.end(error)
            raise
        except self._errors as error:
            failure = self._explain(self.target, error)
            if ambiguous and isinstance(failure, Transient):
                failure = Ambiguous(ambiguous, target=self.target)
            self.end(failure)
            raise failure from error
        except BaseException:
            self.end(Transient("The connection was given up.", target=self.target))
            raise

    def end(self, error: PorticoError) -> None:
        """Nothing more may be said; the first reason stays."""
        self.error = self.error or error
        self._hang_up()


def name_taken(target: str, name: str) -> Permanent:
    """A rename would have replaced a file."""
    return Permanent(f"{name} is already there.", target=target, code="name_taken", params={"name": name})


def delete_refused(target: str, name: str, answer: str) -> Permanent:
    """The server keeps a file that was to be deleted."""
    params = {"name": name, "answer": answer}
    return Permanent(
        f"The server refuses to delete {name}: {answer}", target=target, code="delete_refused", params=params
    )
