"""Prometheus metrics that every process has, and the page that shows them. Used by every service and the gateway.

Labels are route templates, lanes and states, never ids. What the ledger holds is read from it when the page is asked
for: workers need no page of their own, and a stopped worker can't hide a growing queue. The gateway never routes it.
"""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

from common.db import Database
from common.errors import Unavailable

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

HTTP_REQUESTS = Counter("http_requests_total", "Answered requests.", ["service", "route", "method", "status"])
HTTP_SECONDS = Histogram(
    "http_request_duration_seconds", "Seconds until the answer ended.", ["service", "route"], buckets=_BUCKETS
)
RUNS = Gauge("job_queue_depth", "Runs that have not ended.", ["service", "lane", "state"])
OLDEST = Gauge("job_oldest_ready_seconds", "How long the oldest due run has been waiting.", ["service"])
UNCERTAIN = Gauge("job_uncertain", "Effects of which nobody knows whether they happened.", ["service"])
OUTBOUND_REQUESTS = Counter("outbound_requests_total", "Requests to outside systems.", ["target", "outcome"])
OUTBOUND_SECONDS = Histogram(
    "outbound_seconds", "Seconds until an outside system had answered.", ["target"], buckets=_BUCKETS
)
OUTBOX = Gauge("outbox_depth", "Messages that are not sent.", ["service", "state"])

_RUNS = """
SELECT lane, state, count(*) AS count FROM runs WHERE state IN ('queued', 'running', 'waiting') GROUP BY lane, state
"""
_ONES = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - (SELECT min(run_at) FROM runs WHERE state = 'queued')), 0),
       (SELECT count(*) FROM run_effects WHERE state = 'uncertain')
"""
_OUTBOX = """
SELECT 'pending' AS state, count(*) AS count FROM outbox WHERE state = 'pending'
UNION ALL
SELECT 'dead', count(*) FROM outbox WHERE state = 'dead'
"""

router = APIRouter(include_in_schema=False)


@router.get("/metrics", operation_id="metrics")
async def metrics(request: Request) -> Response:
    core = getattr(request.app.state, "core", None)
    if core is not None:
        await read_ledger(core.db, core.service)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def read_ledger(db: Database, service: str) -> None:
    """Set the gauges of the ledger; without a database they are left out, and its absence is told by `/readyz`."""
    for gauge in (RUNS, OLDEST, UNCERTAIN, OUTBOX):
        gauge.clear()
    try:
        async with db.connection() as conn:
            runs = await conn.fetch(_RUNS)
            oldest, uncertain = await conn.fetchrow(_ONES) or (0, 0)
            letters = await conn.fetch(_OUTBOX)
    except Unavailable:
        return
    for lane, state, count in runs:
        RUNS.labels(service, lane, state).set(count)
    for state, count in letters:
        OUTBOX.labels(service, state).set(count)
    OLDEST.labels(service).set(max(0, oldest))
    UNCERTAIN.labels(service).set(uncertain)
