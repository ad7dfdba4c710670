"""The morning's cycle, and the seeded schedules. Source: domain page 1.4 (order and times) and 7.5 (what stops it)."""

from common.jobs import JobSet, NoPayload, SeedSchedule, Step

jobs = JobSet()

ZONE = "Asia/Tehran"
STOPS = frozenset(
    {
        *("remote_unauthorized", "remote_forbidden", "target_down", "remote_unreachable", "tenant_changed"),
        *("source_refused", "source_unavailable", "source_incomplete", "odbc_missing"),
    }
)
"""What keeps the next step from being worth a try: no login, no Asanito, no source."""

TIMES = {
    "dedupe": "30 1 * * *",
    "contacts": "0 2 * * *",
    "products": "30 2 * * *",
    "store-invoices": "0 3 * * *",
    "service-invoices": "30 3 * * *",
    "receipts": "0 4 * * *",
}


jobs.chain(
    "cycle",
    title="Everything",
    description="Runs all jobs in the order in which their records depend on each other.",
    payload=NoPayload,
    steps=[Step(job, stop_on=STOPS) for job in TIMES],
    dedupe=lambda _: "",
)

schedules = [
    SeedSchedule(name="cycle", job="cycle", cron=["30 1 * * *"], zone=ZONE, enabled=False),
    *(SeedSchedule(name=job, job=job, cron=[cron], zone=ZONE, enabled=False) for job, cron in TIMES.items()),
]
