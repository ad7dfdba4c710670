"""Every file server keeps the same promises: a local folder, FTP, FTP under TLS, SFTP."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from common.connections import ConnectionCheck
from common.errors import Ambiguous, Permanent, Transient
from common.transfer import FileServer, FileStore, discard_older_parts, open_server, probe, put, settle, temporary_name
from tests.support.file_servers import make_certificate, running_ftp, running_sftp

pytestmark = pytest.mark.servers


@asynccontextmanager
async def local(folder: Path, _aside: Path) -> AsyncIterator[FileServer]:
    yield open_server(f"file://{folder}", name="shelf")


@asynccontextmanager
async def ftp(folder: Path, _aside: Path) -> AsyncIterator[FileServer]:
    with running_ftp(folder) as site:
        yield open_server(site.url, name="shelf", timeout_seconds=5)


@asynccontextmanager
async def ftp_tls(folder: Path, aside: Path) -> AsyncIterator[FileServer]:
    certificate = make_certificate(aside)
    with running_ftp(folder, certificate=certificate) as site:
        yield open_server(site.url, name="shelf", timeout_seconds=5, tls_ca=str(certificate))


@asynccontextmanager
async def sftp(folder: Path, _aside: Path) -> AsyncIterator[FileServer]:
    async with running_sftp(folder) as site:
        yield open_server(site.url, name="shelf", host_key=site.host_key, timeout_seconds=5)


Kind = Callable[[Path, Path], AbstractAsyncContextManager[FileServer]]


@pytest.fixture(params=[local, ftp, ftp_tls, sftp], ids=lambda kind: kind.__name__)
async def server(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> AsyncIterator[FileServer]:
    kind: Kind = request.param
    async with kind(folder, tmp_path) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "folder"
    path.mkdir()
    return path


@pytest.fixture
async def store(server: FileServer) -> AsyncIterator[FileStore]:
    async with server.connect() as opened:
        yield opened


async def read_all(store: FileStore, name: str, *, offset: int = 0, limit: int | None = None) -> bytes:
    pieces: list[bytes] = []
    count = await store.read(name, pieces.append, offset=offset, limit=limit)
    content = b"".join(pieces)
    assert len(content) == count
    return content


async def test_entries_are_plain_files_that_are_accepted(store: FileStore, folder: Path) -> None:
    (folder / "b.txt").write_bytes(b"12")
    (folder / "a.txt").write_bytes(b"1")
    (folder / "other.csv").write_bytes(b"")
    (folder / "folder.txt").mkdir()
    entries = await store.entries(lambda name: name.endswith(".txt"))
    assert [(entry.name, entry.size) for entry in entries] == [("a.txt", 1), ("b.txt", 2)]


async def test_an_empty_folder_has_no_entries(store: FileStore) -> None:
    assert await store.entries(lambda _: True) == []


async def test_names_that_are_not_utf8_do_not_break_a_listing(store: FileStore, folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"1")
    (folder / "schl\u00fcssel.txt").write_bytes(b"")
    (folder / os.fsdecode(b"schl\xfcssel.txt")).write_bytes(b"")
    entries = await store.entries(lambda name: name == "a.txt")
    assert [entry.name for entry in entries] == ["a.txt"]


ODD_NAMES = [
    "two words.txt",
    "a;b=c.txt",
    "per%cent#hash&and.txt",
    "quote'double\".txt",
    "[a]*?.txt",
    "-rf",
    "$HOME`id`.txt",
    ".hidden",
    "type=dir; trap.txt",
]


async def test_odd_names_are_names_like_others(store: FileStore, folder: Path) -> None:
    for name in ODD_NAMES:
        await put(store, name, name.encode(), size=len(name.encode()), attempt="1")
        assert (folder / name).read_bytes() == name.encode()
        entry = await store.stat(name)
        assert entry is not None
        assert entry.size == len(name.encode())
        assert await read_all(store, name) == name.encode()
    listed = {entry.name for entry in await store.entries(lambda _: True)}
    # Hidden files are listed by some servers and not by others.
    assert listed | {".hidden"} == set(ODD_NAMES)
    for name in ODD_NAMES:
        await store.delete(name)
    assert os.listdir(folder) == []  # noqa: PTH208


async def test_a_few_among_thousands_of_others_are_found(store: FileStore, folder: Path) -> None:
    source = folder / "other-0.csv"
    source.write_bytes(b"")
    for number in range(1, 5_000):
        (folder / f"other-{number}.csv").hardlink_to(source)
    (folder / "wanted.txt").write_bytes(b"12345")
    entries = await store.entries(lambda name: name == "wanted.txt")
    assert [(entry.name, entry.size) for entry in entries] == [("wanted.txt", 5)]
    await put(store, "new.txt", b"1", size=1, attempt="1")
    await store.delete("wanted.txt")


async def test_stat_tells_size_and_time_in_whole_seconds(store: FileStore, folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"12345")
    moment = datetime(2020, 11, 20, 19, 4, 11, tzinfo=UTC)
    os.utime(folder / "a.txt", (moment.timestamp() + 0.5, moment.timestamp() + 0.5))
    entry = await store.stat("a.txt")
    assert entry is not None
    assert (entry.size, entry.modified) == (5, moment)


async def test_stat_of_what_is_not_there_is_none(store: FileStore) -> None:
    assert await store.stat("absent.txt") is None


async def test_read_gives_all_bytes(store: FileStore, folder: Path) -> None:
    content = os.urandom(700_001)
    (folder / "a.bin").write_bytes(content)
    assert await read_all(store, "a.bin") == content
    assert await read_all(store, "a.bin", offset=700_000) == content[-1:]


async def test_read_of_some_bytes_out_of_the_middle(store: FileStore, folder: Path) -> None:
    content = os.urandom(700_001)
    (folder / "a.bin").write_bytes(content)
    assert await read_all(store, "a.bin", offset=100_000, limit=300_000) == content[100_000:400_000]


async def test_read_of_what_is_not_there_is_refused(store: FileStore) -> None:
    with pytest.raises(Permanent):
        await store.read("absent.txt", lambda _: None)


async def test_written_bytes_are_the_file(store: FileStore, folder: Path) -> None:
    content = os.urandom(300_000)
    await store.write("a.bin", content)
    assert (folder / "a.bin").read_bytes() == content

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one,"
        yield b"two"

    await store.write("a.bin", pieces())
    assert await read_all(store, "a.bin") == b"one,two"


async def test_rename_gives_the_new_name(store: FileStore, folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"1")
    await store.rename("a.txt", "b.txt")
    assert await store.stat("a.txt") is None
    assert (folder / "b.txt").read_bytes() == b"1"


async def test_rename_never_replaces(store: FileStore, folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"new")
    (folder / "b.txt").write_bytes(b"old")
    with pytest.raises(Permanent) as caught:
        await store.rename("a.txt", "b.txt")
    assert caught.value.code == "name_taken"
    assert (folder / "b.txt").read_bytes() == b"old"
    assert await store.stat("a.txt") is not None, "the connection is still in order"


async def test_delete_is_done_when_the_file_is_gone(store: FileStore, folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"1")
    await store.delete("a.txt")
    assert not (folder / "a.txt").exists()
    await store.delete("a.txt")


async def test_make_folder_twice_is_fine(store: FileStore, folder: Path) -> None:
    await store.make_folder("done")
    await store.make_folder("done")
    assert (folder / "done").is_dir()
    assert await store.entries(lambda _: True) == []


async def test_put_leaves_only_the_whole_file(store: FileStore, folder: Path) -> None:
    seen: list[list[str]] = []

    async def look() -> None:
        seen.append(os.listdir(folder))  # noqa: PTH208

    await put(store, "a.csv", b"1,2\n", size=4, attempt="1", before_rename=look)
    assert seen == [[temporary_name("a.csv", "1")]]
    assert os.listdir(folder) == ["a.csv"]  # noqa: PTH208
    assert (folder / "a.csv").read_bytes() == b"1,2\n"


async def test_put_of_fewer_bytes_than_promised_is_not_published(store: FileStore, folder: Path) -> None:
    with pytest.raises(Transient) as caught:
        await put(store, "a.csv", b"1,2\n", size=5, attempt="1")
    assert caught.value.code == "upload_incomplete"
    assert os.listdir(folder) == [], "nor is it left behind"  # noqa: PTH208


async def test_a_later_attempt_has_a_temporary_file_of_its_own(store: FileStore, folder: Path) -> None:
    frozen = temporary_name("a.csv", "1")
    (folder / frozen).write_bytes(b"of before")
    await put(store, "a.csv", b"1,2\n", size=4, attempt="2")
    assert (folder / frozen).read_bytes() == b"of before"
    with pytest.raises(Permanent):
        await store.rename(frozen, "a.csv")
    assert (folder / "a.csv").read_bytes() == b"1,2\n"


async def test_what_earlier_attempts_left_is_deleted_and_nothing_else(store: FileStore, folder: Path) -> None:
    older = [temporary_name("a.csv", attempt) for attempt in ("01", "09")]
    others = [
        *("a.csv", ".a.csv.part", ".a.csv.1.part", ".a.csv.0 1.part", ".b.csv.01.part", "a.csv.01.part"),
        *(temporary_name("a.csv", attempt) for attempt in ("10", "11", "2026")),
        *(temporary_name("aXcsv", "01"), temporary_name("a.csv.x", "01")),
    ]
    for name in older + others:
        (folder / name).write_bytes(b"1")
    assert await discard_older_parts(store, "a.csv", "10") == older
    assert sorted(os.listdir(folder)) == sorted(others)  # noqa: PTH208


@pytest.mark.parametrize("name", ["a\tb.txt", " begins.txt", "ends ", "back\\slash.txt", "non\u00a0break.txt"])
async def test_a_name_that_the_server_does_not_keep_is_told(store: FileStore, folder: Path, name: str) -> None:
    problem = ""
    try:
        await put(store, name, b"123", size=3, attempt="1")
    except (Permanent, Ambiguous) as error:
        problem = error.code
    kept = {os.fsencode(path) for path in os.listdir(folder)}  # noqa: PTH208
    assert bool(kept & {name.encode(), name.encode("latin-1")}) != bool(problem)
    assert problem in {"", "name_changed", "server_refused"}


async def test_only_files_that_stopped_growing_have_settled(store: FileStore, folder: Path) -> None:
    for name in ("still.txt", "grows.txt", "leaves.txt"):
        (folder / name).write_bytes(b"1")
    entries = await store.entries(lambda _: True)
    (folder / "grows.txt").write_bytes(b"12")
    (folder / "leaves.txt").unlink()
    assert [entry.name for entry in await settle(store, entries, 0)] == ["still.txt"]


async def test_an_error_inside_closes_the_connection_and_stays_itself(server: FileServer) -> None:
    with pytest.raises(KeyError):
        async with server.connect():
            raise KeyError
    async with server.connect() as store:
        assert await store.entries(lambda _: True) == []


async def test_a_probe_names_its_steps(server: FileServer, folder: Path) -> None:
    check = ConnectionCheck("shelf", "Shelf", "files", server.address, partial(probe, server))
    result = await check.test()
    assert result.ok
    assert [step.name for step in result.steps][-2:] == ["folder", "list"]
    assert result.steps[-1].detail == "0 files"
    (folder / "a.csv").write_bytes(b"1")
    assert (await check.test()).steps[-1].detail == "1 file"
