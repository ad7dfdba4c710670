"""The Asanito bridge: its features, put on one list. `python -m services.asanito` runs its processes."""

from __future__ import annotations

from pathlib import Path

from common.core import ServiceDefinition
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
from services.asanito.sync.jobs import jobs as sync_jobs

SERVICE: ServiceDefinition[AsanitoSettings, Resources] = ServiceDefinition(
    name="asanito",
    title="Asanito bridge",
    settings=AsanitoSettings,
    migrations=Path(__file__).with_name("migrations"),
    open_resources=open_resources,
    jobs=[sync_jobs],
    options=[SourceOptions, TargetOptions, SyncOptions, DefaultOptions, StartOptions, MailOptions],
    connections=lambda resources: resources.connections,
)
