"""The sample service, running against a database of its own."""

from collections.abc import AsyncIterator, Callable

import pytest
import structlog
from fastapi import FastAPI
from hypothesis import settings as hypothesis_settings

from common.app import create_service_app
from common.settings import ServiceSettings
from tests.common.http.sample.service import SAMPLE
from tests.support.api import api_settings, serving

hypothesis_settings.register_profile("portico", deadline=None)  # a busy machine is no finding
hypothesis_settings.load_profile("portico")


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """structlog's default draws tracebacks with every local variable: seconds per error."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture
async def app(make_database: Callable[..., str]) -> AsyncIterator[FastAPI]:
    settings = api_settings(ServiceSettings, make_database(*SAMPLE.components), database_pool_size=5)
    async with serving(create_service_app(SAMPLE, settings)) as app:
        yield app
