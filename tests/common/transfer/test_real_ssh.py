"""OpenSSH's own server: logins, pinned keys, a jump host, a log that is rotated, and a host that freezes."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import asyncssh
import pytest

import common.transfer.sftp
from common.errors import Permanent, Transient
from common.transfer import put
from tests.common.transfer.test_contract import read_all
from tests.support.real_servers import PASSWORD, USERNAME, Wish, freeze, sshd
from tests.support.real_sites import Sites, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.real_servers import RealSite

pytestmark = [pytest.mark.servers, pytest.mark.timeout(30, func_only=True)]


@pytest.fixture
def host(sites: Sites) -> RealSite:
    return sites.get("sshd")


@pytest.fixture
def brittle(sites: Sites) -> Iterator[RealSite]:
    """A host of one's own, to be frozen."""
    site = sites.start(sshd, Wish())
    yield site
    site.stop()


def other_key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


async def test_a_key_logs_in(sites: Sites, host: RealSite, served: Path) -> None:
    url = host.url(served.name, account=USERNAME)
    for way in ({"url": url, "key_file": host.key_file}, {"url": f"{url}?key_file={quote(host.key_file)}"}):
        async with server_of(sites, host, served, **way).connect() as store:
            await put(store, "a.txt", b"123", size=3, attempt="1")
            assert await read_all(store, "a.txt") == b"123"
            await store.delete("a.txt")


@pytest.fixture
def key_under_passphrase(host: RealSite, tmp_path: Path) -> Path:
    shutil.copy(host.key_file, tmp_path / "id")
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "open sesame", "-f", str(tmp_path / "id")], check=True)
    return tmp_path / "id"


async def test_a_key_under_a_passphrase_logs_in(
    sites: Sites, host: RealSite, served: Path, key_under_passphrase: Path
) -> None:
    url = host.url(served.name, account=f"{USERNAME}:open%20sesame")
    async with server_of(sites, host, served, url=url, key_file=str(key_under_passphrase)).connect() as store:
        assert await store.entries(lambda _: True) == []


async def test_logins_that_fail_say_so(sites: Sites, host: RealSite, served: Path, tmp_path: Path) -> None:
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(tmp_path / "stranger")
    (tmp_path / "garbled").write_text("no key")
    without = host.url(served.name, account=USERNAME)
    ways = [
        {"url": host.url(served.name, account=f"{USERNAME}:wrong")},
        {"url": host.url(served.name, account=f"nobody-here:{PASSWORD}")},
        {"url": without},
        *({"url": without, "key_file": str(tmp_path / name)} for name in ("stranger", "garbled", "absent")),
    ]
    for way in ways:
        with pytest.raises(Permanent) as caught:
            async with server_of(sites, host, served, **way).connect():
                pass
        assert caught.value.code == "login_refused", way


async def test_another_host_key_than_the_pinned_one_is_refused(sites: Sites, host: RealSite, served: Path) -> None:
    with pytest.raises(Permanent) as caught:
        async with server_of(sites, host, served, host_key=other_key()).connect():
            pass
    assert caught.value.code == "host_key_changed"


def through(gate: RealSite, host: RealSite, served: Path, jump_host_key: str) -> str:
    jump = quote(f"{USERNAME}:{PASSWORD}@127.0.0.1:{gate.port}")
    return f"{host.url(served.name)}?jump={jump}&jump_host_key={quote(jump_host_key)}"


async def test_a_host_behind_another_is_reached_through_it(
    sites: Sites, host: RealSite, brittle: RealSite, served: Path
) -> None:
    url = through(brittle, host, served, brittle.host_key)
    async with server_of(sites, host, served, url=url).connect() as store:
        await put(store, "a.txt", b"123", size=3, attempt="1")
        assert await read_all(store, "a.txt") == b"123"
        brittle.stop()
        with pytest.raises(Transient):
            await store.stat("a.txt")


async def test_both_hosts_on_the_way_must_show_their_pinned_keys(sites: Sites, host: RealSite, served: Path) -> None:
    for jump_key, key in ((other_key(), host.host_key), (host.host_key, other_key())):
        server = server_of(sites, host, served, url=through(host, host, served, jump_key), host_key=key)
        with pytest.raises(Permanent) as caught:
            async with server.connect():
                pass
        assert caught.value.code == "host_key_changed"


async def test_a_host_that_freezes_is_noticed_while_reading(
    sites: Sites, brittle: RealSite, served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common.transfer.sftp, "KEEPALIVE_SECONDS", 0.3)
    (served / "a.bin").write_bytes(bytes(50_000_000))
    got = 0

    def take(block: bytes) -> None:
        nonlocal got
        if not got:
            freeze(brittle)
        got += len(block)

    began = time.monotonic()
    async with asyncio.timeout(10):
        with pytest.raises(Transient):
            async with server_of(sites, brittle, served).connect() as store:
                await store.read("a.bin", take)
    assert 0 < got < 50_000_000
    assert time.monotonic() - began < 5


async def test_a_frozen_host_does_not_hold_the_door(sites: Sites, brittle: RealSite, served: Path) -> None:
    freeze(brittle)
    began = time.monotonic()
    with pytest.raises(Transient):
        async with server_of(sites, brittle, served, timeout_seconds=1).connect():
            pass
    assert time.monotonic() - began < 4


async def test_a_log_is_read_on_from_an_offset_across_its_rotation(sites: Sites, host: RealSite, served: Path) -> None:
    log, old = served / "consumer.log", served / "consumer.log.1"
    log.write_bytes(b"one\ntwo\n")
    async with server_of(sites, host, served).connect() as store:
        first = await store.stat("consumer.log")
        assert first is not None
        with log.open("ab") as growing:
            growing.write(b"three\n")
        log.rename(old)
        log.write_bytes(b"four\n")
        now = await store.stat("consumer.log")
        assert now is not None
        assert now.size < first.size
        rest = await read_all(store, "consumer.log.1", offset=first.size)
        assert rest + await read_all(store, "consumer.log") == b"three\nfour\n"
        assert await read_all(store, "consumer.log", offset=now.size) == b""
