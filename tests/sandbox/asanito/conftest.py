"""One gym chain's outside for all tests of its sandbox, put back to its first day before each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.asanito_sandbox import AsanitoSandbox, SourceDatabase, asanito_sandbox, source_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.servers import Databases


@pytest.fixture(scope="session")
def source(databases: Databases) -> Iterator[SourceDatabase]:
    with source_database(databases) as made:
        yield made


@pytest.fixture(scope="session")
def gym_process(tmp_path_factory: pytest.TempPathFactory, source: SourceDatabase) -> Iterator[AsanitoSandbox]:
    gate = ("--source-port", "0")
    with asanito_sandbox(tmp_path_factory.mktemp("gym"), source=source, arguments=gate) as outside:
        yield outside


@pytest.fixture
def gym(gym_process: AsanitoSandbox) -> AsanitoSandbox:
    gym_process.reset(size=0)
    return gym_process
