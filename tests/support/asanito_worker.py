"""Worker processes of the Asanito bridge that die: at an exact call to Asanito, or whenever a test kills them.

Forked from a warm server, so that each costs a fraction of a second.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import SecretStr

from common.jobs.worker import run_worker
from services.asanito.contacts.service import ContactService
from services.asanito.deals.service import DealService
from services.asanito.invoices.service import InvoiceService
from services.asanito.main import SERVICE
from services.asanito.products.service import ProductService
from services.asanito.receipts.service import ReceiptService
from services.asanito.resources import Resources, open_resources
from services.asanito.settings import AsanitoSettings
from services.asanito.source.rules import Kind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from multiprocessing.process import BaseProcess

    from common.core import Core, ServiceDefinition
    from tests.support.asanito_site import AsanitoSite


@dataclass(frozen=True)
class Death:
    """Where a worker gets SIGKILL: directly before or after its `nth` call of one method of Asanito's port."""

    method: str
    when: str
    nth: int = 1


class Dying:
    """Asanito's port; the process ends at one of its calls."""

    def __init__(self, inner: Any, death: Death) -> None:
        self._inner = inner
        self._death = death
        self._calls = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        return self._deadly(method) if name == self._death.method else method

    def _deadly(self, method: Any) -> Any:
        async def call(*given: Any, **named: Any) -> Any:
            self._calls += 1
            fatal = self._calls == self._death.nth
            if fatal and self._death.when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            answer = await method(*given, **named)
            if fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return call


def dying(death: Death) -> ServiceDefinition[AsanitoSettings, Resources]:
    """The bridge, in a process that dies there."""

    @asynccontextmanager
    async def opened(core: Core[AsanitoSettings]) -> AsyncIterator[Resources]:
        async with open_resources(core) as whole:
            asanito: Any = Dying(whole.asanito, death)
            given = {"asanito": asanito, "mappings": whole.mappings}
            deals = DealService(core, asanito=asanito, want_again=whole.sync.want_steps_again)
            yield replace(
                whole,
                contacts=ContactService(core, **given),
                products=ProductService(core, **given),
                store_invoices=InvoiceService(core, Kind.STORE_INVOICE, deals=deals, **given),
                service_invoices=InvoiceService(core, Kind.SERVICE_INVOICE, deals=deals, **given),
                receipts=ReceiptService(core, **given),
            )

    return replace(SERVICE, open_resources=opened)


def start_worker(site: AsanitoSite, death: Death | None = None, **settings: Any) -> BaseProcess:
    """A worker of its own process over the site's database; `kill()` it, or let it die."""
    chosen = site.core.settings.model_copy(update={"lease_seconds": 3.0, "call_seconds": 1.5, **settings})
    values = {
        name: value.get_secret_value() if isinstance(value := getattr(chosen, name), SecretStr) else value
        for name in AsanitoSettings.model_fields
    }
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=_work, args=(values, death), daemon=True)
    process.start()
    return process


def _work(values: dict[str, Any], death: Death | None) -> None:
    logging.basicConfig(level=logging.CRITICAL)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    asyncio.run(run_worker(dying(death) if death else SERVICE, AsanitoSettings(**values)))
