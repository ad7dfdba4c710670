"""Fixtures of the invoices service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.invoices.main import SERVICE
from tests.support.inbox_site import InboxSite, open_inbox_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.support.servers import DatabaseUrl


@pytest.fixture
async def inbox_site(make_database: Callable[..., DatabaseUrl], tmp_path: Path) -> AsyncIterator[InboxSite]:
    """A warehouse with an empty inbox, on a Friday morning."""
    async with open_inbox_site(make_database(*SERVICE.components), make_database(), tmp_path) as site:
        yield site
