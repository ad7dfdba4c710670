"""A bridge that sends its mails to a real SMTP server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.asanito_site import COMPONENTS, AsanitoSite, open_site
from tests.support.mail_server import MailServer, running_mail_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.support.asanito_sandbox import AsanitoSandbox, SourceDatabase


@pytest.fixture
def server(free_port: Callable[[], int]) -> Iterator[MailServer]:
    with running_mail_server(free_port()) as running:
        yield running


@pytest.fixture
async def mailing(
    make_database: Callable[..., str], outside: AsanitoSandbox, source: SourceDatabase, server: MailServer
) -> AsyncIterator[AsanitoSite]:
    """The bridge, with `server` in its settings."""
    url, smtp_url = make_database(*COMPONENTS), f"smtp://127.0.0.1:{server.port}"
    async with open_site(url, outside, source_url=source.reader, smtp_url=smtp_url) as opened:
        yield opened
