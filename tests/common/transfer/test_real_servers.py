"""The promises of tests/common/transfer/test_contract.py, kept with vsftpd, ProFTPD, Pure-FTPd, pyftpdlib and sshd.

What each server was tried with, and what came of it, is a table in docs/reference/file-servers.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import tests.common.transfer.test_contract as contract
from tests.support.real_sites import COMBINATIONS, Sites, server_of

if TYPE_CHECKING:
    from pathlib import Path

    from common.transfer import FileServer
    from tests.support.real_servers import RealSite

# Whatever is promised there is promised here: no test of the contract can be forgotten.
globals().update({name: item for name, item in vars(contract).items() if name.startswith("test_")})
store = contract.store

# Fixtures have no time limit here: the first test with a server may have to download it.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(30, func_only=True)]


@pytest.fixture(params=COMBINATIONS)
def site(request: pytest.FixtureRequest, sites: Sites) -> RealSite:
    return sites.get(request.param)


@pytest.fixture
def folder(served: Path) -> Path:
    return served


@pytest.fixture
def server(sites: Sites, site: RealSite, folder: Path) -> FileServer:
    return server_of(sites, site, folder)
