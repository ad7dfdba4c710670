"""Blobs: the same bytes once, flat memory, names that no sender can abuse."""

import asyncio
import hashlib
import os
import tracemalloc
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import NotFound
from common.files import CHUNK_BYTES, attachment
from common.jobs.clean_up import sql as retention
from tests.support.api import check_problem, client


async def pieces(data: bytes, size: int = 70_001):
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def put(app, data: bytes, size: int = 70_001):
    async with app.state.core.db.connection() as conn:
        return await app.state.core.files.put(conn, pieces(data, size))


async def read(app, sha256: str) -> bytes:
    return b"".join([chunk async for chunk in app.state.core.files.open(sha256)])


async def count(app, table: str) -> int:
    statement = {"blobs": "SELECT count(*) FROM blobs", "chunks": "SELECT count(*) FROM blob_chunks"}[table]
    async with app.state.core.db.connection() as conn:
        return await conn.fetchval(statement)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 5])
async def test_what_was_put_comes_back(app, size) -> None:
    data = os.urandom(size)
    blob = await put(app, data)
    assert (blob.sha256, blob.size) == (hashlib.sha256(data).hexdigest(), size)
    assert await read(app, blob.sha256) == data
    assert await app.state.core.files.size(blob.sha256) == size
    assert await count(app, "chunks") == -(-size // CHUNK_BYTES)


async def test_the_same_bytes_are_kept_once_even_when_they_arrive_at_once(app) -> None:
    data = os.urandom(2 * CHUNK_BYTES)
    blobs = await asyncio.gather(*(put(app, data, size) for size in (1000, 65536, 999_999, CHUNK_BYTES)))
    assert len({blob.sha256 for blob in blobs}) == 1
    assert (await count(app, "blobs"), await count(app, "chunks")) == (1, 2)
    assert await read(app, blobs[0].sha256) == data


async def test_bytes_that_come_again_are_kept_from_then_on(app) -> None:
    blob = await put(app, b"again")
    async with app.state.core.db.connection() as conn:
        await conn.execute("UPDATE blobs SET created_at = now() - interval '401 days'")
    await put(app, b"again")
    async with app.state.core.db.connection() as conn:
        assert await conn.fetchval(retention.delete_files, timedelta(days=400), 1000) == 0
    assert await read(app, blob.sha256) == b"again"


async def test_a_blob_goes_with_its_transaction(app) -> None:
    async def put_and_fail() -> None:
        async with app.state.core.db.transaction() as conn:
            await app.state.core.files.put(conn, pieces(b"x" * 100))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await put_and_fail()
    assert (await count(app, "blobs"), await count(app, "chunks")) == (0, 0)


async def test_an_upload_that_broke_off_is_invisible_and_swept(app) -> None:
    async def breaks():
        yield b"x" * CHUNK_BYTES
        raise ConnectionResetError

    files = app.state.core.files
    async with app.state.core.db.connection() as conn:
        with pytest.raises(ConnectionResetError):
            await files.put(conn, breaks())
        kept = await put(app, b"whole")
        assert (await count(app, "blobs"), await count(app, "chunks")) == (1, 2)
        await files.discard_abandoned(conn, timedelta(hours=1))
        assert await count(app, "chunks") == 2
        await files.discard_abandoned(conn, timedelta())
    assert await count(app, "chunks") == 1
    assert await read(app, kept.sha256) == b"whole"


async def test_deleted_bytes_are_gone_and_say_so(app) -> None:
    blob = await put(app, b"x")
    async with app.state.core.db.connection() as conn:
        await app.state.core.files.delete(conn, blob.sha256)
        await app.state.core.files.delete(conn, blob.sha256)
    with pytest.raises(NotFound):
        await read(app, blob.sha256)
    answer = await client(app).get(f"/v1/notes/content/{blob.sha256}?name=a.txt")
    check_problem(answer, 404, "file_bytes_gone")


async def test_memory_stays_flat_whatever_the_size(app) -> None:
    async def large():
        piece = os.urandom(65536)
        for _ in range(64 * 16):
            yield piece

    files = app.state.core.files
    tracemalloc.start()
    try:
        async with app.state.core.db.connection() as conn:
            blob = await files.put(conn, large())
        read_bytes = 0
        async for chunk in files.open(blob.sha256):
            read_bytes += len(chunk)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert blob.size == read_bytes == 64 * CHUNK_BYTES
    assert peak < 12 * CHUNK_BYTES, peak


async def test_a_download_is_saved_never_shown(app) -> None:
    blob = await put(app, b"<script>alert(1)</script>")
    answer = await client(app).get(f"/v1/notes/content/{blob.sha256}", params={"name": "../../día;\r\nX: 1.html"})
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-length"] == str(blob.size)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "x" not in {name.lower() for name in answer.headers}


@given(st.text(max_size=300))
def test_no_file_name_leaves_its_header_or_its_folder(name: str) -> None:
    header = attachment(name)
    assert header.isascii()
    assert not set("\r\n/\\") & set(header)
    assert header.count('"') == 2
    assert "filename*=UTF-8''" in header
