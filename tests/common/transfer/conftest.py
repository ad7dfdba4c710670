"""The real servers of this folder's tests, started once for all of them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.real_sites import Sites

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def sites() -> Iterator[Sites]:
    made = Sites()
    yield made
    made.close()


@pytest.fixture
def served(sites: Sites) -> Iterator[Path]:
    """An empty folder that every real server serves."""
    made = sites.make_folder()
    yield made
    shutil.rmtree(made)
