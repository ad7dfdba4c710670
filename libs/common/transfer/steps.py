"""What is done with a store in several steps: see whether files have settled, put one safely, test a server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import TYPE_CHECKING

from common.errors import Ambiguous, Permanent, RemoteError, Transient

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Iterable

    from common.transfer.store import Entry, FileServer, FileStore


_CHANGED = "The server took the file, but shows none named {!r}: it may have changed the name."


def temporary_name(name: str, attempt: str) -> str:
    """The name that a file has while an attempt writes it; consumers know to leave such names alone."""
    return f".{name}.{attempt}.part"


async def settle(store: FileStore, entries: Iterable[Entry], seconds: float) -> list[Entry]:
    """Look again after `seconds` and return those whose size and time stayed as in `entries`."""
    first = list(entries)
    if not first:
        return []
    await asyncio.sleep(seconds)
    return [entry for entry in first if await store.stat(entry.name) == entry]


async def put(
    store: FileStore,
    name: str,
    content: bytes | AsyncIterable[bytes],
    *,
    size: int,
    attempt: str,
    before_rename: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Write to a temporary name, see that all bytes arrived, then give the final name. Never replaces a file.

    When it fails and the connection still stands, nothing is left behind.

    Args:
        attempt: letters and digits, other ones each time: a worker that was long frozen and goes on finds nothing of
            a later attempt under its own temporary name.
        before_rename: awaited directly before the one step that others can see.

    Raises:
        Transient: the temporary file is incomplete; repeat the whole.
        Permanent: `name_taken`, or the server refuses; `name_changed`, it stored another name than it was told.
        Ambiguous: whether the final name is there must be looked up; `name_changed`, it is not.
    """
    temporary = temporary_name(name, attempt)
    async with AsyncExitStack() as undo:
        undo.push_async_callback(_discard, store, temporary)
        await store.write(temporary, content)
        if not await _is_kept(store, temporary):
            raise Permanent(_CHANGED.format(name), code="name_changed", params={"name": name})
        entry = await store.stat(temporary)
        if entry is None or entry.size != size:
            raise Transient(
                f"The server holds {entry.size if entry else 0} of {size} bytes of {name}.",
                code="upload_incomplete",
                params={"name": name, "sent": size, "found": entry.size if entry else 0},
            )
        if before_rename is not None:
            await before_rename()
        await store.rename(temporary, name)
        undo.pop_all()
    if not await _is_kept(store, name):
        raise Ambiguous(_CHANGED.format(name), code="name_changed", params={"name": name})


async def discard_older_parts(store: FileStore, name: str, attempt: str) -> list[str]:
    """Delete what earlier attempts at this file have left, and return their names; attempts sort as they were made.

    Only temporary names of exactly this file, of an attempt as long as this one and before it, are ours to delete.
    """
    before, after = temporary_name(name, "*").split("*")

    def is_older(found: str) -> bool:
        if not (found.startswith(before) and found.endswith(after)):
            return False
        other = found[len(before) : -len(after)]
        return len(other) == len(attempt) and other.isalnum() and other < attempt

    parts = [entry.name for entry in await store.entries(is_older, hidden=True)]
    for part in parts:
        await store.delete(part)
    return parts


async def _is_kept(store: FileStore, name: str) -> bool:
    """Whether the server shows the file under the name that it was told; asked where servers are known to change it.

    Only a list can tell: they change the name in a question as well.
    """
    if name == name.strip() and name.isascii() and name.isprintable():
        return True
    return bool(await store.entries(lambda found: found == name, hidden=name.startswith(".")))


async def _discard(store: FileStore, temporary: str) -> None:
    with suppress(RemoteError):
        await store.delete(temporary)


Steps = Callable[[str], AbstractAsyncContextManager[Callable[[str], None]]]
"""What `common.connections` gives a probe: `async with step("login") as said:` is one step of a test."""


async def probe(server: FileServer, step: Steps) -> None:
    """Connect, log in, open the folder, list it: each a step of a connection test."""
    async with AsyncExitStack() as stack:

        async def begin(name: str) -> None:
            await stack.aclose()
            await stack.enter_async_context(step(name))

        async with server.connect(begin) as store:
            await stack.aclose()
            async with step("list") as said:
                count = len(await store.entries(lambda _name: True))
                said("1 file" if count == 1 else f"{count} files")
