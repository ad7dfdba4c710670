"""What can befall an upload to an SSH host: frozen, killed, full. Nothing of it may be taken for a delivered file."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from common.errors import Permanent, RemoteError, Transient
from common.transfer import put
from tests.support.real_servers import RealSite, Wish, descendants, freeze, sshd
from tests.support.real_sites import Sites, server_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.servers, pytest.mark.timeout(30, func_only=True)]

PIECE = os.urandom(100_000)
PIECES = 200
SIZE = len(PIECE) * PIECES
# More than is ever on its way and less; the very first and the very last.
MOMENTS = [0, 1, 100, PIECES - 1, PIECES]
PART = ".a.bin.1.part"


@pytest.fixture
def brittle(sites: Sites) -> Iterator[RealSite]:
    """A host of one's own, to be broken."""
    site = sites.start(sshd, Wish())
    yield site
    site.stop()


@pytest.fixture
async def unheard() -> AsyncIterator[list[str]]:
    """Errors of tasks that nobody asked for; there must be none."""
    said: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: said.append(str(context)))
    yield said
    gc.collect()
    assert said == []


async def content(moment: int, happens: Callable[[], None]) -> AsyncIterator[bytes]:
    for number in range(PIECES):
        if number == moment:
            happens()
        yield PIECE
    if moment == PIECES:
        happens()


def kill(site: RealSite) -> None:
    """The connection breaks: all processes of its session die, the door stays open."""
    for pid in list(descendants(site.process_id)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def freeze_files(site: RealSite) -> None:
    """The process that serves the files stands still; the one that answers keep-alives goes on."""
    os.kill(next(iter(descendants(site.process_id))), signal.SIGSTOP)


async def upload(sites: Sites, site: RealSite, served: Path, moment: int, happens: Callable[[RealSite], None]) -> None:
    server = server_of(sites, site, served, timeout_seconds=1, idle_seconds=0.5)
    async with server.connect() as store:
        await put(store, "a.bin", content(moment, lambda: happens(site)), size=SIZE, attempt="1")


@pytest.mark.parametrize("happens", [freeze, freeze_files, kill], ids=lambda happens: happens.__name__)
@pytest.mark.parametrize("moment", MOMENTS)
async def test_an_upload_to_a_host_that_fails_is_an_error_soon(
    sites: Sites, brittle: RealSite, served: Path, unheard: list[str], moment: int, happens: Callable[[RealSite], None]
) -> None:
    began = time.monotonic()
    with pytest.raises(Transient) as caught:
        await upload(sites, brittle, served, moment, happens)
    assert caught.value.code in ({"unreachable"} if happens is kill else {"timed_out"})
    assert time.monotonic() - began < 5
    assert not (served / "a.bin").exists()
    assert not unheard


@pytest.mark.parametrize("call", ["stat", "entries", "rename", "delete", "make_folder", "read", "write"])
async def test_no_call_waits_for_a_host_that_only_keeps_the_line_alive(
    sites: Sites, brittle: RealSite, served: Path, call: str
) -> None:
    (served / "a.bin").write_bytes(bytes(100))
    arguments = {"entries": (bool,), "rename": ("a.bin", "b.bin"), "read": ("a.bin", bytes), "write": ("b.bin", b"1")}
    began = time.monotonic()
    server = server_of(sites, brittle, served, timeout_seconds=1, idle_seconds=0.5, transfer_seconds=2)
    async with server.connect() as store:
        freeze_files(brittle)
        with pytest.raises(RemoteError):
            await getattr(store, call)(*arguments.get(call, ("a.bin",)))
    assert time.monotonic() - began < 5


async def test_a_disk_that_was_full_from_the_start_is_told(sites: Sites, served: Path) -> None:
    (served / PART).symlink_to("/dev/full")
    with pytest.raises(Permanent) as caught:
        await upload(sites, sites.get("sshd"), served, -1, kill)
    assert caught.value.code == "server_refused"
    assert not (served / "a.bin").exists()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=777", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("no small disk here: only root may mount one")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("size", ["64k", "1m", "19m"])
async def test_a_disk_that_fills_up_on_the_way_is_told(
    sites: Sites, served: Path, unheard: list[str], size: str
) -> None:
    with small_disk(served, size):
        with pytest.raises(Permanent) as caught:
            await upload(sites, sites.get("sshd"), served, -1, kill)
        assert caught.value.code == "server_refused"
        assert not (served / "a.bin").exists()
    assert not unheard


@pytest.mark.parametrize("name", ["vsftpd-plain", "proftpd-tls1.3-reuse", "pure-ftpd-plain", "pyftpdlib-plain"])
async def test_a_full_disk_behind_ftp_is_told(sites: Sites, served: Path, name: str) -> None:
    with small_disk(served, "1m"):
        with pytest.raises(RemoteError):
            await upload(sites, sites.get(name), served, -1, kill)
        assert not (served / "a.bin").exists()
