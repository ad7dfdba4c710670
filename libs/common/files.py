"""File bytes in PostgreSQL, addressed by their sha256, so that processes stay stateless. Used by every service.

Bytes arrive and leave in chunks of 1 MiB: memory stays flat at any size, and a slow reader holds no connection. The
same bytes are kept once. What is not named by a blob after a crash is swept by `discard_abandoned`.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi.responses import StreamingResponse

from common.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import timedelta

    from common.db import Connection, Database

CHUNK_BYTES = 1024 * 1024

_ADD_CHUNK = "INSERT INTO blob_chunks (upload_id, seq, bytes) VALUES ($1, $2, $3)"
_ADD_BLOB = """
INSERT INTO blobs (sha256, size_bytes, upload_id) VALUES ($1, $2, $3)
ON CONFLICT (sha256) DO UPDATE SET created_at = clock_timestamp()
RETURNING upload_id = $3
"""
_FIND = "SELECT upload_id, size_bytes FROM blobs WHERE sha256 = $1"
_READ_CHUNK = "SELECT bytes FROM blob_chunks WHERE upload_id = $1 AND seq = $2"
_DELETE_CHUNKS = "DELETE FROM blob_chunks WHERE upload_id = $1"
_DELETE_BLOB = """
WITH gone AS (DELETE FROM blobs WHERE sha256 = $1 RETURNING upload_id)
DELETE FROM blob_chunks USING gone WHERE blob_chunks.upload_id = gone.upload_id
"""
_DISCARD = """
DELETE FROM blob_chunks c WHERE c.created_at < clock_timestamp() - $1::interval
AND NOT EXISTS (SELECT FROM blobs b WHERE b.upload_id = c.upload_id)
"""


@dataclass(frozen=True, slots=True)
class Blob:
    """The address of some bytes."""

    sha256: str
    size: int


class BlobStore:
    """Puts and opens blobs, as `core.files`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def put(self, conn: Connection, stream: AsyncIterator[bytes]) -> Blob:
        """Store the bytes of `stream`; the same bytes again give the same blob and no second copy, kept from now on.

        Args:
            conn: give a plain connection while `stream` comes from outside (no transaction may be open then): nothing
                is visible before the end. Inside a transaction the blob comes and goes with it.
        """
        upload_id, digest, size, seq = uuid.uuid4(), hashlib.sha256(), 0, 0
        async for chunk in _chunks(stream):
            digest.update(chunk)
            await conn.execute(_ADD_CHUNK, upload_id, seq, chunk)
            size += len(chunk)
            seq += 1
        blob = Blob(digest.hexdigest(), size)
        if not await conn.fetchval(_ADD_BLOB, blob.sha256, size, upload_id):
            await conn.execute(_DELETE_CHUNKS, upload_id)
        return blob

    async def size(self, sha256: str) -> int:
        """Bytes of a blob.

        Raises:
            NotFound: there is no such blob (any more).
        """
        return (await self._find(sha256))[1]

    async def open(self, sha256: str) -> AsyncIterator[bytes]:
        """The bytes, chunk by chunk.

        Raises:
            NotFound: there is no such blob (any more).
        """
        upload_id, size = await self._find(sha256)
        for seq in range(-(-size // CHUNK_BYTES)):
            async with self._db.connection() as conn:
                chunk: bytes | None = await conn.fetchval(_READ_CHUNK, upload_id, seq)
            if chunk is None:
                raise _gone()
            yield chunk

    async def delete(self, conn: Connection, sha256: str) -> None:
        """Forget a blob, by retention; nothing happens when it is gone already."""
        await conn.execute(_DELETE_BLOB, sha256)

    async def discard_abandoned(self, conn: Connection, older_than: timedelta) -> None:
        """Remove chunks of uploads that never ended."""
        await conn.execute(_DISCARD, older_than)

    async def download(
        self, sha256: str, *, name: str, media_type: str = "application/octet-stream"
    ) -> StreamingResponse:
        """The answer that saves the blob as a file named `name`; a browser never shows it in our origin.

        Raises:
            NotFound: there is no such blob (any more).
        """
        headers = {
            "Content-Disposition": attachment(name),
            "Content-Length": str(await self.size(sha256)),
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
        return StreamingResponse(self.open(sha256), media_type=media_type, headers=headers)

    async def _find(self, sha256: str) -> tuple[uuid.UUID, int]:
        async with self._db.connection() as conn:
            row = await conn.fetchrow(_FIND, sha256)
        if row is None:
            raise _gone()
        return row["upload_id"], row["size_bytes"]


def attachment(name: str) -> str:
    """A Content-Disposition that saves under `name`, whatever characters a sender put into it (RFC 6266)."""
    cleaned = re.sub(r"[\x00-\x1f\x7f/\\]", "_", name.rsplit("/", 1)[-1]).strip(". ")[:150] or "file"
    plain = re.sub(r'[^\x20-\x7e]|["%;]', "_", cleaned)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(cleaned, safe='')}"


async def _chunks(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces of exactly `CHUNK_BYTES`, the last one shorter."""
    held = bytearray()
    async for piece in stream:
        view = memoryview(piece)
        while view:
            room = CHUNK_BYTES - len(held)
            held += view[:room]
            view = view[room:]
            if len(held) == CHUNK_BYTES:
                yield bytes(held)
                held.clear()
    if held:
        yield bytes(held)


def _gone() -> NotFound:
    return NotFound("The bytes of this file are not kept (any more).", code="file_bytes_gone")
