"""The cases of the pick-up and every crash point again, with vsftpd: plain; under TLS 1.3 with required reuse."""

from __future__ import annotations

import shutil
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import tests.invoices.inbox.test_kills as kills
import tests.invoices.inbox.test_pick_up as pick_up
from services.invoices.main import SERVICE
from tests.support.file_servers import FtpSite
from tests.support.ftp_relay import relayed
from tests.support.inbox_site import InboxSite, open_inbox_site
from tests.support.real_sites import Sites

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.servers, pytest.mark.kill, pytest.mark.timeout(90, func_only=True)]

# Hooks can't see what is said under TLS: these cases are tried with the plain server only.
HOOKED = (
    "grow",
    "changes_while",
    "view_is_down",
    "refused_delete",
    "replaced",
    "cannot_be_read",
    "held",
)

for module in (pick_up, kills):
    globals().update({name: item for name, item in vars(module).items() if name.startswith("test_")})
del globals()["test_an_inbox_that_drops_every_connection_loses_nothing"]  # asks for MLSD, which vsftpd lacks
dropped = kills.dropped


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    name = metafunc.function.__name__
    hooked = hasattr(kills, name) or any(word in name for word in HOOKED)
    servers = ["vsftpd-plain"] if hooked else ["vsftpd-plain", "vsftpd-tls1.3-reuse"]
    if "inbox_site" in metafunc.fixturenames:
        metafunc.parametrize("inbox_site", servers, indirect=True)


def test_every_step_at_which_a_worker_can_die_is_tried_here() -> None:
    assert {name for name in vars(kills) if name.startswith("test_")} <= globals().keys()
    assert {step.split()[0] for step in kills.STEPS} == {f"P{number}" for number in range(1, 10)}


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    made = Sites()
    yield made
    made.close()


@pytest.fixture
def served(sites: Sites) -> Iterator[Path]:
    made = sites.make_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture
async def inbox_site(
    request: pytest.FixtureRequest, sites: Sites, served: Path, make_database: Callable[..., object], tmp_path: Path
) -> AsyncIterator[InboxSite]:
    real = sites.get(request.param)
    is_plain = real.scheme == "ftp"
    async with AsyncExitStack() as stack:
        ftp = await stack.enter_async_context(relayed(real, served)) if is_plain else FtpSite(served)
        site = await stack.enter_async_context(
            open_inbox_site(
                make_database(*SERVICE.components),
                make_database(),
                tmp_path,
                inbox_url=ftp.url if is_plain else real.url(served.name),
                inbox_tls_ca="" if is_plain else str(sites.place.authority),
            )
        )
        yield replace(site, ftp=ftp)
