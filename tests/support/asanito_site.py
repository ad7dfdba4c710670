"""The Asanito bridge over a real database, the sandbox's Asanito and its legacy database; for tests of the bridge."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from common.app import create_service_app
from common.core import Core, open_core
from common.identity import Identity, public_set_json
from services.asanito.main import SERVICE
from services.asanito.options import DefaultOptions, SyncOptions, TargetOptions
from services.asanito.resources import Resources, open_resources
from services.asanito.settings import AsanitoSettings
from tests.support.api import KEY, serving
from tests.support.jobs import BY_TEST, enqueue, run_now, run_row
from tests.support.sites import ServiceSite, put_options, with_clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import asyncpg
    from fastapi import FastAPI

    from common.clock import Clock
    from tests.support.asanito_sandbox import AsanitoSandbox

COMPONENTS = tuple(SERVICE.components)
OPERATOR = Identity("u1", "M. Rossi", "user", "operator")
ADMIN = Identity("u2", "A. Bianchi", "user", "admin")
# As quick as a test has to be: no pauses, no rate, no question before the first run.
QUICK: dict[type, dict[str, Any]] = {
    TargetOptions: {
        "calls_per_second": 100, "concurrency": 8, "settle_seconds": 0, "retry_delays_seconds": [0, 0],
        "search_invoices": True, "search_incomes": True, "search_deals": True,
    },
    SyncOptions: {"brake_creates": 1_000_000, "brake_first_run": False, "deals": True},
}  # fmt: skip


@dataclass
class AsanitoSite(ServiceSite):
    """An open core and its resources, with what tests ask of them."""

    core: Core[AsanitoSettings]
    resources: Resources
    outside: AsanitoSandbox
    rows = ServiceSite.fetch

    @asynccontextmanager
    async def api(self) -> AsyncIterator[FastAPI]:
        """The service's API over the same database; `client(app, role)` of `tests.support.api` calls it."""
        settings = self.core.settings.model_copy(update={"identity_keys": SecretStr(public_set_json(KEY))})
        async with serving(create_service_app(SERVICE, settings)) as app:
            yield app

    async def run(self, job: str, *, dry_run: bool = False, **params: Any) -> asyncpg.Record:
        """One run of a job, to its end."""
        if dry_run:
            async with self.core.db.transaction() as conn:
                made = await self.core.ledger.enqueue(conn, job, params, trigger=BY_TEST, dry_run=True)
            run_id = made.id
        else:
            run_id = await enqueue(self.core, job, **params)
        await run_now(SERVICE, self.core, self.resources)
        return await run_row(self.core, run_id)

    async def run_all(self) -> dict[str, asyncpg.Record]:
        """Every kind once, in their order."""
        jobs = ("contacts", "products", "store-invoices", "service-invoices", "receipts")
        return {job: await self.run(job) for job in jobs}

    async def states(self, kind: str) -> dict[str, int]:
        """How many entities of a kind are in which state."""
        rows = await self.fetch("SELECT state, count(*) AS n FROM entities WHERE kind = $1 GROUP BY 1", kind)
        return {row["state"]: row["n"] for row in rows}

    async def reasons(self, kind: str) -> dict[str, int]:
        """How many entities of a kind have which reason."""
        rows = await self.fetch(
            "SELECT reason_code, count(*) AS n FROM entities WHERE kind = $1 AND reason_code IS NOT NULL GROUP BY 1",
            kind,
        )
        return {row["reason_code"]: row["n"] for row in rows}

    async def entity(self, kind: str, key: Any) -> asyncpg.Record:
        return await self.fetchrow("SELECT * FROM entities WHERE kind = $1 AND key = $2", kind, key)

    async def map_everything(self) -> None:
        """Save what an operator would map, and the defaults of the demo tenant."""
        found = self.outside.mappings()
        defaults = found.get("Defaults", {})
        async with self.core.db.transaction() as conn:
            for map_type, values in found.items():
                for source_id, asanito_id in values.items():
                    await conn.execute(
                        "INSERT INTO mappings (map_type, source_id, asanito_id) VALUES ($1, $2, $3) "
                        "ON CONFLICT DO NOTHING",
                        map_type, str(source_id), str(asanito_id),
                    )  # fmt: skip
        await self.put_options(
            DefaultOptions,
            host_warehouse_id=defaults.get("HostWarehouseID"),
            city_id=defaults.get("DefaultCityID"),
            receipt_account_id=defaults.get("DefaultReceiptAccountID"),
        )


@asynccontextmanager
async def open_site(
    url: Any, outside: AsanitoSandbox, *, source_url: str, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[AsanitoSite]:
    """The bridge over a database made of `COMPONENTS`, against a running sandbox."""
    values = {
        "environment": "development", "database_url": str(url), "redis_url": "redis://127.0.0.1:1/0",
        "identity_keys": '{"keys": []}', "source_url": source_url, "base_url": outside.api_url,
        "mobile": outside.mobile, "password": outside.password, "customer_id": outside.customer_id,
        "smtp_url": "smtp://127.0.0.1:1", "mail_from": "Portico <portico@example.org>", "lease_seconds": 90,
    } | settings  # fmt: skip
    async with open_core(SERVICE, AsanitoSettings(**values), redis=False) as opened:
        core = with_clock(opened, clock) if clock is not None else opened
        for topic, chosen in QUICK.items():
            await put_options(core, topic, **chosen)
        async with open_resources(core) as resources:
            yield AsanitoSite(core, resources, outside)
