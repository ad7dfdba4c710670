"""A local or mounted folder as a `FileStore`. Used by scraper (drop folders) and by tests of whoever takes a store."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from common.errors import Permanent, Transient
from common.transfer.store import Entry, Sink, StepListener, blocks_of, delete_refused, ignore_step, name_taken

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator

BLOCK_BYTES = 256 * 2**10
_T = TypeVar("_T")


class LocalServer:
    """A folder of this machine."""

    def __init__(self, *, name: str, folder: str) -> None:
        self.name = name
        self.address = f"file://{folder}"
        self._folder = Path(folder)

    @asynccontextmanager
    async def connect(self, on_step: StepListener = ignore_step) -> AsyncIterator[LocalStore]:
        await on_step("folder")
        if not await asyncio.to_thread(self._folder.is_dir):
            raise Permanent(f"There is no folder {self._folder}.", target=self.name, code="folder_refused")
        yield LocalStore(self.name, self._folder)


class LocalStore:
    """Reads and writes in threads: a mounted folder may be slow."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        self._folder = folder

    async def entries(self, accept: Callable[[str], bool], *, hidden: bool = False) -> list[Entry]:  # noqa: ARG002
        return await self._run(lambda: sorted(self._entries(accept), key=lambda entry: entry.name))

    async def stat(self, name: str) -> Entry | None:
        return await self._run(lambda: next(iter(self._entries(lambda _: True, only=name)), None))

    async def read(self, name: str, sink: Sink, *, offset: int = 0, limit: int | None = None) -> int:
        return await self._run(lambda: self._read(name, sink, offset, limit))

    async def write(self, name: str, content: bytes | AsyncIterable[bytes]) -> None:
        path = self._folder / name
        with await self._run(lambda: path.open("wb")) as file:
            async for block in blocks_of(content, BLOCK_BYTES):
                await self._run(partial(file.write, block))

    async def rename(self, name: str, new_name: str) -> None:
        source, target = self._folder / name, self._folder / new_name
        try:
            # A link refuses a name that is taken; a rename would replace it.
            await self._run(lambda: os.link(source, target))
        except Permanent as error:
            if isinstance(error.__cause__, FileExistsError):
                raise name_taken(self._name, new_name) from error
            raise
        await self._run(source.unlink)

    async def delete(self, name: str) -> None:
        try:
            await self._run(lambda: (self._folder / name).unlink(missing_ok=True))
        except Permanent as error:
            raise delete_refused(self._name, name, error.detail) from error

    async def make_folder(self, name: str) -> None:
        await self._run(lambda: (self._folder / name).mkdir(exist_ok=True))

    def _entries(self, accept: Callable[[str], bool], *, only: str | None = None) -> Iterator[Entry]:
        with os.scandir(self._folder) as found:
            for item in found:
                if (only in {None, item.name}) and accept(item.name) and item.is_file(follow_symlinks=False):
                    facts = item.stat(follow_symlinks=False)
                    yield Entry(item.name, facts.st_size, datetime.fromtimestamp(int(facts.st_mtime), UTC))

    def _read(self, name: str, sink: Sink, offset: int, limit: int | None) -> int:
        done = 0
        with (self._folder / name).open("rb") as file:
            file.seek(offset)
            while block := file.read(BLOCK_BYTES if limit is None else min(BLOCK_BYTES, limit - done)):
                sink(block)
                done += len(block)
        return done

    async def _run(self, action: Callable[[], _T]) -> _T:
        try:
            return await asyncio.to_thread(action)
        except (FileNotFoundError, FileExistsError, PermissionError, NotADirectoryError, IsADirectoryError) as error:
            raise Permanent(f"{error.strerror}: {error.filename}", target=self._name, code="server_refused") from error
        except OSError as error:
            raise Transient(
                f"The folder can't be used: {error.strerror}.", target=self._name, code="unreachable"
            ) from error
