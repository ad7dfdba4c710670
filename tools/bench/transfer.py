"""File transfer against the usual clients, same server, same run: FTP against ftplib, SFTP against OpenSSH's `sftp`.

The servers are vsftpd and OpenSSH's sshd, unpacked as for the tests; where they can't be had, the bench says so and
measures nothing. Turns alternate, and a ratio is the median of the rounds' ratios. FTP is timed over an open
connection, its bytes counted and dropped; SFTP from before the login, files written as `sftp` writes them. What the
SSH library's own client costs stands beside it.
"""

from __future__ import annotations

import asyncio
import ftplib
import io
import os
import shutil
import ssl
import subprocess
import time
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import asyncssh

from tests.support.debian_packages import NotToBeHad
from tests.support.real_servers import USERNAME, RealSite, Wish, sshd, vsftpd
from tests.support.real_sites import Sites, server_of
from tools.stack.children import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    Turn = Callable[[], Awaitable[object]]

MB = 10**6
ROUNDS = {10 * MB: 15, 200 * MB: 5}
BLOCK_BYTES = 64 * 2**10
FTP_DOWN, FTP_UP, SFTP_DOWN, SFTP_UP = 0.35, 0.6, 0.8, 0.8
STRETCH_DOWN = 0.6


@dataclass(frozen=True)
class Bench:
    """The folder that the servers serve, and what lies in it."""

    sites: Sites
    folder: Path
    content: bytes

    @property
    def big(self) -> Path:
        return self.folder / "big.bin"

    async def compare(self, what: str, turns: Mapping[str, Turn], *, least: float = 0, stretch: float = 0) -> bool:
        """Ours is the first of `turns`, the reference the second; whether the ratio is at least `least`."""
        times: dict[str, list[float]] = {name: [] for name in turns}
        for _ in range(ROUNDS[len(self.content)]):
            for name, turn in turns.items():
                began = time.perf_counter()
                await turn()
                times[name].append(time.perf_counter() - began)
        ours, reference = list(times.values())[:2]
        ratio = median(theirs / own for own, theirs in zip(ours, reference, strict=True))
        rates = ", ".join(f"{name} {len(self.content) / MB / median(own):5.0f}" for name, own in times.items())
        word = "ok  " if ratio >= least else "SLOW"
        limit = f" (>= {least}{f', stretch {stretch}' if stretch else ''})" if least else ""
        print(f"{word} {what:22} {len(self.content) // MB:4} MB  {ratio:4.2f} x{limit}   MB/s: {rates}", flush=True)
        return ratio >= least


def measure() -> bool:
    """Print ratios and MB/s; False when a ratio is below its limit."""
    with ExitStack() as stack:
        sites = Sites()
        stack.callback(sites.close)
        try:
            plain = vsftpd(sites.place, free_port(), Wish())
            stack.callback(plain.stop)
            encrypted = vsftpd(sites.place, free_port(), Wish("1.3"))
            stack.callback(encrypted.stop)
            host = sshd(sites.place, free_port(), Wish())
            stack.callback(host.stop)
        except NotToBeHad as error:
            print(f"not measurable here: {error}")
            return True
        passed = True
        for size in ROUNDS:
            bench = Bench(sites, sites.make_folder(), os.urandom(size))
            bench.big.write_bytes(bench.content)
            passed &= asyncio.run(_ftp(bench, plain, least=True))
            passed &= asyncio.run(_ftp(bench, encrypted, least=False))
            passed &= asyncio.run(_sftp(bench, host))
            shutil.rmtree(bench.folder)
        return passed


async def _ftp(bench: Bench, site: RealSite, *, least: bool) -> bool:
    stock = _ftplib(bench, site)
    words = "FTP" if site.scheme == "ftp" else "FTPS"
    async with server_of(bench.sites, site, bench.folder).connect() as store:

        async def ours_down() -> None:
            await store.read("big.bin", _drop)

        async def ours_up() -> None:
            await store.write("ours.bin", bench.content)

        async def stock_down() -> None:
            stock.retrbinary("RETR big.bin", _drop, blocksize=BLOCK_BYTES)

        async def stock_up() -> None:
            stock.storbinary("STOR stock.bin", io.BytesIO(bench.content), blocksize=BLOCK_BYTES)

        down = await bench.compare(
            f"{words} download",
            {"ours": ours_down, "ftplib": stock_down},
            least=FTP_DOWN * least,
            stretch=STRETCH_DOWN * least,
        )
        up = await bench.compare(f"{words} upload", {"ours": ours_up, "ftplib": stock_up}, least=FTP_UP * least)
    stock.close()
    return down and up


def _ftplib(bench: Bench, site: RealSite) -> ftplib.FTP:
    if site.scheme == "ftp":
        client = ftplib.FTP(timeout=30)  # noqa: S321
    else:
        context = ssl.create_default_context(cafile=str(bench.sites.place.authority))
        client = ftplib.FTP_TLS(context=context, timeout=30)  # noqa: S321
    client.connect("127.0.0.1", site.port)
    client.login(*site.account.split(":"))
    if isinstance(client, ftplib.FTP_TLS):  # noqa: S321
        client.prot_p()
    client.cwd(f"{site.top}/{bench.folder.name}")
    return client


async def _sftp(bench: Bench, site: RealSite) -> bool:
    here = bench.sites.place.aside
    options = ["-q", "-P", str(site.port), "-i", site.key_file, "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"]
    options += ["-o", f"UserKnownHostsFile={here}/known", "-o", "StrictHostKeyChecking=yes"]
    (here / "known").write_text(f"[127.0.0.1]:{site.port} {site.host_key}\n")
    address = f"{USERNAME}@127.0.0.1"
    server = server_of(
        bench.sites, site, bench.folder, url=site.url(bench.folder.name, account=USERNAME), key_file=site.key_file
    )
    (here / "up.bin").write_bytes(bench.content)

    async def ours_down() -> None:
        with (here / "ours.bin").open("wb") as file:
            async with server.connect() as store:
                await store.read("big.bin", file.write)

    async def ours_up() -> None:
        async with server.connect() as store:
            await store.write("ours.bin", bench.content)

    async def stock_down() -> None:
        _run(["sftp", *options, f"{address}:{bench.big}", str(here / "stock.bin")])

    async def stock_up() -> None:
        batch = f"put {here}/up.bin {bench.folder}/stock.bin\n"
        _run(["sftp", *options, "-b", "-", address], batch)

    async def library_down() -> None:
        async with _library(site) as client:
            await client.get(str(bench.big), str(here / "library.bin"))

    async def library_up() -> None:
        async with _library(site) as client:
            await client.put(str(here / "up.bin"), f"{bench.folder}/library.bin")

    down = {"ours": ours_down, "sftp": stock_down, "asyncssh": library_down}
    up = {"ours": ours_up, "sftp": stock_up, "asyncssh": library_up}
    if shutil.which("sftp") is None:
        print("no sftp program here: ours is compared with the library alone")
        del down["sftp"], up["sftp"]
    return (await bench.compare("SFTP download", down, least=SFTP_DOWN)) & (
        await bench.compare("SFTP upload", up, least=SFTP_UP)
    )


@asynccontextmanager
async def _library(site: RealSite) -> AsyncIterator[asyncssh.SFTPClient]:
    known: Any = ([asyncssh.import_public_key(site.host_key)], [], [])
    async with (
        asyncssh.connect(
            "127.0.0.1", site.port, username=USERNAME, client_keys=[site.key_file], known_hosts=known, config=None
        ) as connection,
        connection.start_sftp_client() as client,
    ):
        yield client


def _run(command: list[str], text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)


def _drop(_block: bytes) -> None:
    """Nothing is done with the bytes."""
