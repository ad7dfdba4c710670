"""What is done with a store in several steps: see whether files have settled, put one safely, test a server."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.errors import Permanent, PorticoError, Transient

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable, Iterable

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


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One step of a connection test, as the console shows it."""

    name: str
    ok: bool
    detail: str
    milliseconds: int


async def probe(server: FileServer) -> list[ProbeStep]:
    """Connect, log in, open the folder, list it. The last step is the one that failed, if one did."""
    steps: list[ProbeStep] = []
    current = "connect"
    began = time.monotonic()

    def finish(detail: str = "", *, ok: bool = True) -> None:
        steps.append(ProbeStep(current, ok, detail, round((time.monotonic() - began) * 1000)))

    def next_step(name: str) -> None:
        nonlocal current, began
        if name != current:
            finish()
        current, began = name, time.monotonic()

    try:
        async with server.connect(next_step) as store:
            next_step("list")
            entries = await store.entries(lambda _name: True)
            finish(f"{len(entries)} files")
    except (Transient, Permanent) as error:
        finish(_sentence(error), ok=False)
    return steps


def _sentence(error: PorticoError) -> str:
    return error.detail
