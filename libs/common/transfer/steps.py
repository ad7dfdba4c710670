"""What is done with a store in several steps: see whether files have settled, put one safely, test a server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TYPE_CHECKING

from common.errors import Transient

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Iterable

    from common.transfer.store import Entry, FileServer, FileStore


def temporary_name(name: str) -> str:
    """The name that a file has while it is written; consumers know to leave such names alone."""
    return f".{name}.part"


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
    before_rename: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Write to a temporary name, see that all bytes arrived, then give the final name. Never replaces a file.

    Args:
        before_rename: awaited directly before the one step that others can see.

    Raises:
        Transient: the temporary file is incomplete; repeat the whole.
        Permanent: `name_taken`, or the server refuses.
        Ambiguous: whether the final name is there must be looked up.
    """
    temporary = temporary_name(name)
    await store.write(temporary, content)
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
                said(f"{len(await store.entries(lambda _name: True))} files")
