"""SSH hosts that changed, refuse, or freeze; and addresses that can't be used."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import asyncssh
import pytest

from common.errors import Permanent, Transient
from common.transfer import open_server
from common.transfer.sftp import SftpServer
from tests.support.file_servers import PASSWORD, SftpSite, running_sftp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.servers


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[SftpSite]:
    async with running_sftp(tmp_path) as running:
        yield running


async def refusal(url: str, host_key: str, **more: float) -> str:
    server = open_server(url, name="log", host_key=host_key, timeout_seconds=more.get("timeout_seconds", 5))
    with pytest.raises((Permanent, Transient)) as caught:
        async with server.connect() as store:
            await store.entries(lambda _: True)
    assert PASSWORD not in caught.value.detail
    assert caught.value.target == "log"
    return caught.value.code


async def test_a_changed_host_key_is_told_before_the_password_is_sent(site: SftpSite) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    assert await refusal(site.url, other) == "host_key_changed"


async def test_a_wrong_password_is_told(site: SftpSite) -> None:
    assert await refusal(site.url.replace(PASSWORD, "wrong"), site.host_key) == "login_refused"


async def test_a_folder_that_is_not_there_is_told(site: SftpSite) -> None:
    assert await refusal(f"{site.url}absent", site.host_key) == "folder_refused"


async def test_a_host_key_that_is_none_is_told(site: SftpSite) -> None:
    assert await refusal(site.url, "not a key") == "host_key_unreadable"


async def test_nobody_there_is_told(site: SftpSite) -> None:
    assert await refusal(site.url.replace(str(site.port), "1"), site.host_key) == "unreachable"


async def test_a_host_that_says_nothing_is_given_up(site: SftpSite) -> None:
    talks = []
    server = await asyncio.start_server(lambda _reader, writer: talks.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = time.monotonic()
    code = await refusal(site.url.replace(str(site.port), str(port)), site.host_key, timeout_seconds=0.3)
    assert code in {"timed_out", "unreachable"}
    assert time.monotonic() - began < 2
    for writer in talks:
        writer.close()
    server.close()


def test_a_host_without_a_pinned_key_is_refused() -> None:
    with pytest.raises(Permanent) as caught:
        open_server("sftp://me:secret@127.0.0.1/", name="log")
    assert caught.value.code == "host_key_missing"


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "ftp:///folder", "", "inbox.txt"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(Permanent) as caught:
        open_server(url, name="inbox")
    assert caught.value.code == "bad_address"


def test_an_address_is_shown_without_its_password() -> None:
    server = open_server("sftp://me:s%40crt@host:2022/a%20folder", name="log", host_key="ssh-ed25519 AAAA")
    assert isinstance(server, SftpServer)
    assert server.address == "sftp://me@host:2022/a folder"
