"""The receiver's log over a file server: reads on from an offset, in pieces, and follows one rotation."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from common.errors import Transient
from services.invoices.formats.upload_log import HEAD_BYTES, Patterns, Position, Verdict, is_rotated, position_at, scan
from services.invoices.ports import LogReading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.transfer import FileServer, FileStore

PIECE_BYTES = 256 * 2**10
READ_BYTES = 32 * 2**20
"""What one look reads at most; a log that grew by more is read on at the next look."""
SCAN_SECONDS = 1
"""Processor time that the patterns may take over one piece; sensible ones take a hundredth of it."""


class RemoteLogFile:
    """Fulfils `RemoteLog`.

    Args:
        server: the folder of the log.
        name: the log's file name.
        rotated_name: where its old content goes when it is rotated.
    """

    def __init__(self, server: FileServer, name: str, rotated_name: str) -> None:
        self._server = server
        self._name = name
        self._rotated_name = rotated_name

    async def end(self) -> Position:
        async with self._server.connect() as store:
            entry = await store.stat(self._name)
            return position_at(entry.size, await _head(store, self._name)) if entry else position_at(0, b"")

    async def read(self, position: Position, *, file: str, patterns: Patterns) -> LogReading:
        async with self._server.connect() as store:
            entry = await store.stat(self._name)
            if entry is None:
                return LogReading(position, None)
            head = await _head(store, self._name)
            if is_rotated(position, size=entry.size, head=head):
                if verdict := await self._read_rotated(store, position, file=file, patterns=patterns):
                    return LogReading(position, verdict)
                position = position_at(0, head)
            offset, verdict = await _scan(store, self._name, position.offset, file=file, patterns=patterns)
            return LogReading(position_at(offset, head), verdict)

    async def _read_rotated(
        self, store: FileStore, position: Position, *, file: str, patterns: Patterns
    ) -> Verdict | None:
        """What the end of the old log says, when it is still there under its rotated name."""
        entry = await store.stat(self._rotated_name)
        if entry is None or is_rotated(position, size=entry.size, head=await _head(store, self._rotated_name)):
            return None
        _, verdict = await _scan(store, self._rotated_name, position.offset, file=file, patterns=patterns)
        return verdict


async def _head(store: FileStore, name: str) -> bytes:
    return await _piece(store, name, 0, HEAD_BYTES)


async def _piece(store: FileStore, name: str, offset: int, limit: int) -> bytes:
    piece = bytearray()
    await store.read(name, piece.extend, offset=offset, limit=limit)
    return bytes(piece)


async def _scan(
    store: FileStore, name: str, offset: int, *, file: str, patterns: Patterns
) -> tuple[int, Verdict | None]:
    end = offset + READ_BYTES
    while offset < end:
        piece = await _piece(store, name, offset, PIECE_BYTES)
        with _at_most(SCAN_SECONDS):
            found = scan(piece, patterns, file=file, limit=PIECE_BYTES)
        offset += found.consumed
        if found.verdict or not found.consumed or len(piece) < PIECE_BYTES:
            return offset, found.verdict
    return offset, None


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer: nothing else of this process runs while a pattern looks for its match.

    Expressions that the settings accept may still try each of two or three repetitions at each place of a line that
    almost fits. Only a signal reaches into a search; it is one of processor time, so that a busy machine changes
    nothing. Signals come to the main thread, where every process of ours has its loop.

    Raises:
        Transient: it took longer; the settings may be better by the next look.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    except _TooLong as error:
        raise Transient(
            "The patterns of the settings take too long over a line of the receiver's log.",
            target="remote_log",
            code="log_pattern_slow",
        ) from error
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


class _TooLong(Exception):
    """The time of a scan is over."""


def _interrupt(*_: object) -> None:
    raise _TooLong
