"""What real servers insist on, or lack: shown to be so by a stock client, and met by ours."""

from __future__ import annotations

import asyncio
import ftplib
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from common.errors import Permanent
from common.transfer import Entry, put
from tests.common.transfer.test_contract import read_all
from tests.support.real_servers import PASSWORD, Wish, proftpd, pure_ftpd, vsftpd
from tests.support.real_sites import COMBINATIONS, Sites, server_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.real_servers import RealSite

pytestmark = [pytest.mark.servers, pytest.mark.timeout(30, func_only=True)]

ENCRYPTED = [name for name, (_, wish) in COMBINATIONS.items() if wish.tls]
STRICT = [name for name in ENCRYPTED if COMBINATIONS[name][1].reuse and not COMBINATIONS[name][1].implicit]


def stock_client(sites: Sites, site: RealSite, folder: Path) -> str:
    """Python's own ftplib lists the folder; what the server answered. It never resumes a session."""
    context = ssl.create_default_context(cafile=str(sites.place.authority))
    client = ftplib.FTP_TLS(context=context, timeout=10)  # noqa: S321
    client.connect("127.0.0.1", site.port)
    try:
        client.login(*site.account.split(":"))
        client.prot_p()
        client.cwd(f"{site.top}/{folder.name}")
        client.nlst()
    except (*ftplib.all_errors,) as error:  # noqa: S321
        return str(error)
    finally:
        client.close()
    return ""


@pytest.mark.parametrize("name", STRICT)
async def test_a_server_that_demands_reuse_refuses_a_stock_client(sites: Sites, served: Path, name: str) -> None:
    site = sites.get(name)
    answer = await asyncio.to_thread(stock_client, sites, site, served)
    assert answer[:3] in {"522", "425"}
    async with server_of(sites, site, served).connect() as store:
        assert await store.entries(lambda _: True) == []


@pytest.mark.parametrize("name", ["vsftpd-tls1.2", "vsftpd-tls1.3", "proftpd-tls1.2", "proftpd-tls1.3"])
async def test_without_that_demand_a_stock_client_gets_in(sites: Sites, served: Path, name: str) -> None:
    assert await asyncio.to_thread(stock_client, sites, sites.get(name), served) == ""


@pytest.mark.parametrize("name", ENCRYPTED)
async def test_the_version_of_tls_is_the_one_that_the_server_speaks(sites: Sites, served: Path, name: str) -> None:
    async with server_of(sites, sites.get(name), served).connect() as store:
        wire: Any = store
        talk = wire._wire.stream.writer.transport.get_extra_info("ssl_object")
        assert talk.version() == f"TLSv{COMBINATIONS[name][1].tls}"


@pytest.mark.parametrize("name", [name for name in ENCRYPTED if "1.3" in name])
async def test_a_certificate_of_an_unknown_authority_is_refused(sites: Sites, served: Path, name: str) -> None:
    with pytest.raises(Permanent) as caught:
        async with server_of(sites, sites.get(name), served, tls_ca="").connect():
            pass
    assert caught.value.code == "certificate_refused"


# One of each: after a wrong password servers make one wait.
@pytest.mark.parametrize("name", ["vsftpd-plain", "proftpd-tls1.3-reuse", "pure-ftpd-tls1.3", "pyftpdlib-plain"])
async def test_a_wrong_password_is_told(sites: Sites, served: Path, name: str) -> None:
    site = sites.get(name)
    url = site.url(served.name, account="portico:wrong")
    with pytest.raises(Permanent) as caught:
        async with server_of(sites, site, served, url=url).connect():
            pass
    assert caught.value.code == "login_refused"


@pytest.mark.parametrize("start", [vsftpd, proftpd])
async def test_a_server_that_tells_neither_sizes_nor_times_is_served(
    sites: Sites, served: Path, start: Callable[..., RealSite]
) -> None:
    site = sites.start(start, Wish(poor=True))
    try:
        (served / "a.txt").write_bytes(b"12345")
        (served / "folder").mkdir()
        async with server_of(sites, site, served).connect() as store:
            assert await store.entries(lambda _: True) == [Entry("a.txt", 5, None)]
            await put(store, "b.txt", b"123", size=3, attempt="1")
            assert await store.stat("b.txt") == Entry("b.txt", 3, None)
            assert await store.stat("c.txt") is None
            assert await store.stat("folder") is None
            assert await read_all(store, "a.txt") == b"12345"
            with pytest.raises(Permanent):
                await put(store, "a.txt", b"1", size=1, attempt="1")
            await store.delete(".a.txt.1.part")
            await store.delete("a.txt")
            await store.delete("a.txt")
            assert [entry.name for entry in await store.entries(lambda _: True)] == ["b.txt"]
    finally:
        site.stop()


async def test_a_login_that_takes_seconds_is_waited_for(sites: Sites, served: Path) -> None:
    def with_slow_login(*wishes: Any) -> RealSite:
        return pure_ftpd(*wishes, slow_login=True)

    site = sites.start(with_slow_login, Wish())
    try:
        async with server_of(sites, site, served, timeout_seconds=30).connect() as store:
            assert await store.entries(lambda _: True) == []
        assert PASSWORD in site.account
    finally:
        site.stop()
