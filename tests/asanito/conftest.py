"""A bridge over an empty source and an empty Asanito; one sandbox for all tests of a module, wiped before each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.api import client
from tests.support.asanito_sandbox import AsanitoSandbox, SourceDatabase, asanito_sandbox, source_database
from tests.support.asanito_site import COMPONENTS, AsanitoSite, open_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    import httpx


@pytest.fixture(scope="module")
def source(databases) -> Iterator[SourceDatabase]:
    with source_database(databases) as made:
        yield made


@pytest.fixture(scope="module")
def sandbox(source: SourceDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsanitoSandbox]:
    with asanito_sandbox(tmp_path_factory.mktemp("sandbox"), source=source) as running:
        yield running


@pytest.fixture
def outside(sandbox: AsanitoSandbox) -> AsanitoSandbox:
    """The sandbox as on its first day, with empty tables: a test seeds what it needs."""
    sandbox.reset(size=0)
    return sandbox


@pytest.fixture
async def site(
    make_database: Callable[..., str], outside: AsanitoSandbox, source: SourceDatabase
) -> AsyncIterator[AsanitoSite]:
    async with open_site(make_database(*COMPONENTS), outside, source_url=source.reader) as opened:
        yield opened


@pytest.fixture
async def operator(site: AsanitoSite) -> AsyncIterator[httpx.AsyncClient]:
    """The service's API, asked by an operator."""
    async with site.api() as app, client(app, "operator", name="M. Rossi") as caller:
        yield caller
