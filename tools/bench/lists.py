"""p95 of any page of a list of a million runs, asked of the API in-process (routing, identity, SQL, JSON included)."""

from __future__ import annotations

import asyncio
import logging
import time
from statistics import median, quantiles
from typing import TYPE_CHECKING

import asyncpg
import httpx
import structlog

from common.app import create_service_app
from common.identity import HEADER, Identity, make_key, mint, public_set_json
from tools.chaos.crew import settings
from tools.chaos.jobs import naps
from tools.chaos.lab import open_lab

if TYPE_CHECKING:
    from fastapi import FastAPI

RUNS = 1_000_000
PAGES = 40
LIMIT_SECONDS = 0.05
LIMIT_OF_THOUSAND_SECONDS = 0.1

# One run in a thousand failed, one in three found nothing to do, a few were started by people, two jobs are rare.
_FILL = """
INSERT INTO runs (job, lane, state, reason_code, message, params, trigger_type, trigger_by, max_attempts, created_at,
                  started_at, finished_at, attempt, progress_done)
SELECT CASE WHEN n % 5000 = 0 THEN 'chaos.deliver' ELSE 'chaos.nap' END,
       'default',
       CASE WHEN n % 1000 = 7 THEN 'failed' WHEN n % 50000 = 9 THEN 'waiting' ELSE 'succeeded' END,
       CASE WHEN n % 3 = 0 THEN 'nothing_to_do' END,
       'Imported file ' || n,
       jsonb_build_object('n', n),
       CASE WHEN n % 20000 = 11 THEN 'manual' ELSE 'schedule' END,
       CASE WHEN n % 20000 = 11 THEN 'm.r' END,
       5,
       now() - make_interval(secs => n * 7),
       now() - make_interval(secs => n * 7),
       now() - make_interval(secs => n * 7 - 1),
       1,
       n
FROM generate_series(1, $1::int) n
"""

QUERIES = {
    "newest": "",
    "all, idle ones too": "?hide_idle=false",
    "failed": "?state=failed",
    "failed or waiting": "?state=failed,waiting",
    "waiting": "?state=waiting",
    "one rare job": "?job=chaos.deliver",
    "rare job, failed": "?job=chaos.deliver&state=failed",
    "started by people": "?trigger=manual",
    "not by the schedule": "?trigger=!schedule",
    "an old day": "?created_at=2026-09-10..2026-09-11",
    "text that is there": "?q=file%201",
    "text that is not": "?q=zeppelin",
    "a thousand rows": "?limit=1000",
}


def measure() -> bool:
    """Print p50 and p95 per query; False when a p95 is above the limit."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with open_lab() as lab:
        url = lab.database("bench_lists")
        return asyncio.run(_measure(url, lab.redis_url))


async def _measure(url: str, redis_url: str) -> bool:
    conn = await asyncpg.connect(url)
    await conn.execute(_FILL, RUNS, timeout=600)
    await conn.execute("VACUUM ANALYZE runs", timeout=600)
    await conn.close()
    key = make_key()
    chosen = settings(url, redis_url).model_copy(update={"identity_keys": _secret(public_set_json(key))})
    app = create_service_app(naps(), chosen)
    who = Identity("bench", "Bench", "user", "viewer")
    headers = {HEADER: mint(key, audience="chaos", identity=who, lifetime_seconds=3600)}
    passed = True
    async with app.router.lifespan_context(app):
        for name, query in QUERIES.items():
            times = await _pages(app, headers, query)
            p95 = quantiles(times, n=20)[18]
            ok = p95 <= (LIMIT_OF_THOUSAND_SECONDS if "thousand" in name else LIMIT_SECONDS)
            passed &= ok
            print(f"{'ok  ' if ok else 'SLOW'} {name:22} p50 {median(times) * 1e3:6.1f} ms  p95 {p95 * 1e3:6.1f} ms")
    return passed


async def _pages(app: FastAPI, headers: dict[str, str], query: str) -> list[float]:
    """Time the first page and those after it, by their cursors; from the start again at the end of the list."""
    times: list[float] = []
    cursor = ""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://chaos", headers=headers
    ) as api:
        while len(times) < PAGES:
            asked = query + (("&" if query else "?") + f"cursor={cursor}" if cursor else "")
            began = time.perf_counter()
            answer = await api.get(f"/v1/runs{asked}")
            times.append(time.perf_counter() - began)
            answer.raise_for_status()
            cursor = answer.json()["next"] or ""
    return times


def _secret(text: str) -> object:
    from pydantic import SecretStr  # noqa: PLC0415 - one use

    return SecretStr(text)
