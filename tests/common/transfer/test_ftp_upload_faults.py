"""What can befall an upload; nothing of it may be taken for a delivered file."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

import pytest

from common.errors import Permanent, Transient
from common.transfer import open_server, put
from tests.support.file_servers import make_certificate
from tests.support.strict_ftp import StrictFtp, running_strict_ftp

if TYPE_CHECKING:
    from pathlib import Path

    from common.transfer import FileServer

pytestmark = pytest.mark.servers

# More than the buffers between the two hold, so that a server that reads no more is felt.
CONTENT = os.urandom(20_000_000)


def server_of(site: StrictFtp, tls_ca: Path | None = None) -> FileServer:
    ca = str(tls_ca) if tls_ca else ""
    return open_server(site.url, name="outbox", tls_ca=ca, timeout_seconds=1, idle_seconds=0.5, transfer_seconds=5)


async def test_an_upload_that_stalls_is_given_up_soon() -> None:
    async with running_strict_ftp(take_only=1000) as site:
        began = time.monotonic()
        with pytest.raises(Transient) as caught:
            async with server_of(site).connect() as store:
                await put(store, "a.bin", CONTENT, size=len(CONTENT), attempt="1")
        assert caught.value.code == "timed_out"
        assert time.monotonic() - began < 3
        assert list(site.files) == [".a.bin.1.part"]


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("after", [0, *(10**power for power in range(7))])
async def test_an_upload_that_breaks_is_an_error_at_every_byte(after: int, tls: bool, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path) if tls else None
    async with running_strict_ftp(certificate, take_only=after, then="drop") as site:
        with pytest.raises(Transient):
            async with server_of(site, certificate).connect() as store:
                await put(store, "a.bin", CONTENT, size=len(CONTENT), attempt="1")
        assert list(site.files) == [".a.bin.1.part"]


async def test_a_last_word_that_never_comes_is_not_taken_for_success() -> None:
    async with running_strict_ftp(final=None) as site, server_of(site).connect() as store:
        with pytest.raises(Transient) as caught:
            await put(store, "a.bin", b"1", size=1, attempt="1")
        assert caught.value.code == "timed_out"
        assert list(site.files) == [".a.bin.1.part"]


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ("552 Over quota.", Permanent, "server_refused"),
        ("553 Name not allowed.", Permanent, "server_refused"),
        ("452 No space.", Transient, "server_busy"),
        ("421 Going down.", Transient, "server_busy"),
        ("drop", Transient, "unreachable"),
    ],
)
async def test_an_upload_that_is_refused_says_why(answer: str, kind: type[Exception], code: str) -> None:
    async with running_strict_ftp(answers={"STOR": answer}) as site, server_of(site).connect() as store:
        with pytest.raises(kind) as caught:
            await put(store, "a.bin", b"1", size=1, attempt="1")
        assert caught.value.code == code  # type: ignore[attr-defined]
        assert not site.files


async def test_content_that_stops_coming_is_given_up_with_the_whole_transfer() -> None:
    async def trickle() -> object:
        yield b"1"
        await asyncio.sleep(30)

    async with running_strict_ftp() as site:
        server = open_server(site.url, name="outbox", timeout_seconds=1, idle_seconds=0.5, transfer_seconds=1)
        with pytest.raises(Transient):
            async with server.connect() as store:
                await put(store, "a.bin", trickle(), size=2, attempt="1")  # type: ignore[arg-type]
        assert "a.bin" not in site.files


async def test_an_error_of_the_content_itself_stays_that_error() -> None:
    async def failing() -> object:
        yield b"1"
        raise KeyError

    async with running_strict_ftp() as site:
        with pytest.raises(KeyError):
            async with server_of(site).connect() as store:
                await put(store, "a.bin", failing(), size=2, attempt="1")  # type: ignore[arg-type]
        assert "a.bin" not in site.files
