"""The invoices service: its features, put on one list. `python -m services.invoices` runs its processes."""

from __future__ import annotations

from pathlib import Path

from common.bulk_endpoints import bulk_router
from common.core import ServiceDefinition
from common.mail_endpoints import broken_templates, mails_router, refused_recipients
from services.invoices.archive.endpoints import router as archive_router
from services.invoices.archive.search import search_categories
from services.invoices.decisions.endpoints import router as decisions_router
from services.invoices.dispatch.jobs import jobs as dispatch_jobs
from services.invoices.history.endpoints import router as history_router
from services.invoices.imports.attention import missing_file, open_questions
from services.invoices.imports.bulk import FILES_IN_BULK
from services.invoices.imports.endpoints import router as imports_router
from services.invoices.imports.jobs import jobs as imports_jobs
from services.invoices.imports.jobs import schedules as imports_schedules
from services.invoices.imports.search import search_files
from services.invoices.inbox.attention import inbox_files
from services.invoices.mails.schemas import MailLocale
from services.invoices.options import (
    DispatchOptions,
    MailKind,
    MailOptions,
    PickUpOptions,
    ShadowOptions,
    SiteOptions,
    ViewOptions,
)
from services.invoices.resources import Resources, open_resources
from services.invoices.sessions.attention import failed_sessions
from services.invoices.sessions.endpoints import router as sessions_router
from services.invoices.sessions.jobs import jobs as sessions_jobs
from services.invoices.sessions.jobs import schedules as sessions_schedules
from services.invoices.sessions.search import search_sessions
from services.invoices.settings import InvoicesSettings
from services.invoices.uploads.endpoints import router as uploads_router

SERVICE: ServiceDefinition[InvoicesSettings, Resources] = ServiceDefinition(
    name="invoices",
    title="Invoices",
    settings=InvoicesSettings,
    migrations=Path(__file__).with_name("migrations"),
    open_resources=open_resources,
    jobs=[imports_jobs, dispatch_jobs, sessions_jobs, FILES_IN_BULK.jobs],
    schedules=[*imports_schedules, *sessions_schedules],
    options=[SiteOptions, PickUpOptions, ViewOptions, DispatchOptions, MailOptions, ShadowOptions],
    routers=[
        uploads_router,
        imports_router,
        bulk_router(
            FILES_IN_BULK, "/files/bulk", operation_id="act_on_files", summary="Discard several files", tag="files"
        ),
        decisions_router,
        archive_router,
        sessions_router,
        history_router,
        mails_router(MailKind, MailLocale),
    ],
    outbox={"mail": lambda resources, row: resources.mails.send(row)},
    attention=[failed_sessions, open_questions, missing_file, inbox_files, refused_recipients, broken_templates],
    search=[search_sessions, search_files, search_categories],
    connections=lambda resources: resources.connections,
)
