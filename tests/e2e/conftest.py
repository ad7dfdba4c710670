"""One installation of Portico for each module of stories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.portico import RunningPortico, running_portico

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def portico(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortico]:
    with running_portico(tmp_path_factory.mktemp("portico")) as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "portico" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.servers)
            item.add_marker(pytest.mark.story)
            item.add_marker(pytest.mark.timeout(240))
