"""The job ledger: runs are rows in the service's PostgreSQL, arq is only the doorbell. Used by every service.

Read in this order: `states` (the machine), `declare` (what a service writes), `context` (what a job gets), `outcomes`
(what it answers), `ledger` (enqueue and people's actions), `execute`, `finish`, `lease` (one attempt), `chains` (runs
that follow each other), `sweeper` (rescue), `schedules` (firing), `worker` (all of it in one process), `bell` (the only
file that knows arq).
"""

from common.jobs.chains import Step
from common.jobs.context import RunContext
from common.jobs.declare import Job, JobSet, Lane, NoPayload, Registry, SeedSchedule
from common.jobs.effects import Effect, find_open_effect, settle_effect
from common.jobs.ledger import Ledger
from common.jobs.outcomes import (
    Cancelled,
    Choice,
    Enqueued,
    Given,
    HandedBack,
    LeaseLost,
    Outcome,
    Question,
    Record,
    Retry,
    Trigger,
)
from common.jobs.schedules import keep_zone
from common.jobs.states import RunState

__all__ = [
    "Cancelled",
    "Choice",
    "Effect",
    "Enqueued",
    "Given",
    "HandedBack",
    "Job",
    "JobSet",
    "Lane",
    "LeaseLost",
    "Ledger",
    "NoPayload",
    "Outcome",
    "Question",
    "Record",
    "Registry",
    "Retry",
    "RunContext",
    "RunState",
    "SeedSchedule",
    "Step",
    "Trigger",
    "find_open_effect",
    "keep_zone",
    "settle_effect",
]
