"""The Asanito bridge: its features, put on one list. `python -m services.asanito` runs its processes."""

from __future__ import annotations

from pathlib import Path

from common.bulk_endpoints import bulk_router
from common.core import ServiceDefinition
from common.mail_endpoints import broken_templates, mails_router, refused_recipients
from services.asanito.admin.endpoints import router as admin_router
from services.asanito.alerts.jobs import jobs as alerts_jobs
from services.asanito.alerts.jobs import schedules as alerts_schedules
from services.asanito.cycle.jobs import jobs as cycle_jobs
from services.asanito.cycle.jobs import schedules as cycle_schedules
from services.asanito.deals.endpoints import router as deals_router
from services.asanito.dedupe.jobs import jobs as dedupe_jobs
from services.asanito.doctor.endpoints import router as doctor_router
from services.asanito.entities.attention import failed_records, uncertain_records
from services.asanito.entities.bulk import RECORDS_IN_BULK
from services.asanito.entities.endpoints import router as entities_router
from services.asanito.entities.search import search_records
from services.asanito.explorer.endpoints import router as explorer_router
from services.asanito.mails.schemas import MailKind, MailLocale
from services.asanito.mappings.endpoints import router as mappings_router
from services.asanito.mirror.service import OUTBOX as MIRROR
from services.asanito.money.endpoints import router as money_router
from services.asanito.options import (
    DefaultOptions,
    MailOptions,
    SourceOptions,
    StartOptions,
    SyncOptions,
    TargetOptions,
)
from services.asanito.resources import Resources, open_resources
from services.asanito.settings import AsanitoSettings
from services.asanito.source.jobs import jobs as source_jobs
from services.asanito.source.jobs import schedules as source_schedules
from services.asanito.sync.jobs import jobs as sync_jobs
from services.asanito.takeover.endpoints import router as takeover_router
from services.asanito.takeover.jobs import jobs as takeover_jobs

SERVICE: ServiceDefinition[AsanitoSettings, Resources] = ServiceDefinition(
    name="asanito",
    title="Asanito bridge",
    settings=AsanitoSettings,
    migrations=Path(__file__).with_name("migrations"),
    open_resources=open_resources,
    jobs=[alerts_jobs, cycle_jobs, dedupe_jobs, sync_jobs, source_jobs, takeover_jobs, RECORDS_IN_BULK.jobs],
    schedules=[*cycle_schedules, *source_schedules, *alerts_schedules],
    options=[SourceOptions, TargetOptions, SyncOptions, DefaultOptions, StartOptions, MailOptions],
    routers=[
        bulk_router(
            RECORDS_IN_BULK,
            "/entities/bulk",
            operation_id="act_on_entities",
            summary="Act on all records of a filter, as a run",
            tag="records",
        ),
        entities_router,
        mappings_router,
        deals_router,
        explorer_router,
        takeover_router,
        doctor_router,
        money_router,
        mails_router(MailKind, MailLocale),
        admin_router,
    ],
    outbox={**MIRROR, "mail": lambda resources, row: resources.mails.send(row)},
    attention=[uncertain_records, failed_records, refused_recipients, broken_templates],
    search=[search_records],
    settles_own_effects=True,
    connections=lambda resources: resources.connections,
    needs={"source": lambda resources: resources.doctor.source_is_whole()},
)
