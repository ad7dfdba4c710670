"""The port that FTP, SFTP and local folders fulfil alike; its promises are proven by tests/common/transfer.

Every method raises
    Transient   not reached, timed out, broken off, told to come back later; nothing can be said to have happened
    Permanent   refused: wrong password, changed host key, no such folder, no right, a name that is taken
    Ambiguous   `rename` alone: the order was sent and no answer came; look before you repeat it
and after any of them the connection is gone: later calls on the same store raise Transient at once.

Names are plain names within the server's folder. A size is in bytes, a time is the server's own, taken as UTC.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from common.errors import PorticoError

BLOCK_BYTES = 64 * 2**10

Sink = Callable[[bytes], object]
StepListener = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A plain file as the server tells it. `modified` is None where a server can't tell times."""

    name: str
    size: int
    modified: datetime | None


class FileStore(Protocol):
    """One open connection to one folder. One call at a time: not shared between tasks."""

    async def entries(self, accept: Callable[[str], bool]) -> list[Entry]:
        """The plain files whose name is accepted, by name. Folders and, where it can be told, links are left out."""
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


class Broken:
    """Remembers the first error of a connection, so that nobody goes on after it."""

    def __init__(self) -> None:
        self.error: PorticoError | None = None

    def check(self) -> None:
        """Raise again what broke the connection."""
        if self.error is not None:
            raise self.error
