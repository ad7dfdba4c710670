"""Prometheus metrics that every process has, and the page that shows them. Used by every service and the gateway.

Labels are route templates, job names and outcomes, never ids. `/metrics` is not routed by the gateway.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_JOB_BUCKETS = (0.05, 0.25, 1, 5, 15, 60, 300, 1800)

HTTP_REQUESTS = Counter("http_requests_total", "Answered requests", ["service", "route", "method", "status"])
HTTP_SECONDS = Histogram(
    "http_request_duration_seconds", "Seconds until the answer ended", ["service", "route"], buckets=_BUCKETS
)
JOB_ENQUEUED = Counter("job_enqueued_total", "Runs put into the ledger", ["service", "job"])
JOB_FINISHED = Counter("job_finished_total", "Finished attempts", ["service", "job", "outcome"])
JOB_SECONDS = Histogram("job_duration_seconds", "Seconds per attempt", ["service", "job"], buckets=_JOB_BUCKETS)
JOB_LEASE_EXPIRED = Counter("job_lease_expired_total", "Runs rescued from a silent worker", ["service"])
OUTBOX_SENT = Counter("outbox_attempts_total", "Attempts to send an outbox row", ["service", "kind", "outcome"])
SWEEPER_LAST = Gauge("sweeper_last_run_timestamp", "When the sweeper last went round", ["service"])

router = APIRouter(include_in_schema=False)


@router.get("/metrics", operation_id="metrics")
async def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
