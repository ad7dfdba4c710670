"""The promises of tests/common/transfer/test_contract.py, kept with vsftpd, ProFTPD, Pure-FTPd, pyftpdlib and sshd.

What each server was tried with, and what came of it, is a table in docs/reference/file-servers.md.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

import tests.common.transfer.test_contract as contract
from common.transfer import open_server
from tests.support.real_sites import COMBINATIONS, Sites

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from common.transfer import FileServer
    from tests.support.real_servers import RealSite

# Whatever is promised there is promised here: no test of the contract can be forgotten.
globals().update({name: item for name, item in vars(contract).items() if name.startswith("test_")})
store = contract.store

# Fixtures have no time limit here: the first test with a server may have to download it.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(30, func_only=True)]


@pytest.fixture(scope="session")
def sites() -> Iterator[Sites]:
    made = Sites()
    yield made
    made.close()


@pytest.fixture(params=COMBINATIONS)
def site(request: pytest.FixtureRequest, sites: Sites) -> RealSite:
    return sites.get(request.param)


@pytest.fixture
def folder(sites: Sites) -> Iterator[Path]:
    made = sites.make_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def server(sites: Sites, site: RealSite, folder: Path) -> FileServer:
    return server_of(sites, site, folder)


def server_of(sites: Sites, site: RealSite, folder: Path) -> FileServer:
    ca = str(sites.place.authority) if site.scheme in {"ftps", "ftpes"} else ""
    return open_server(site.url(folder.name), name="shelf", tls_ca=ca, host_key=site.host_key, timeout_seconds=10)
