"""No statement of the ledger that runs often reads more rows the longer the history is: seen in the plans it gets."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from common import metrics
from common.db import Queries
from tests.support.jobs import COMPONENTS

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

COMMON = Path(metrics.__file__).parent
HISTORY = 60_000
ROWS = 2500  # a page of a thousand, and the newest two hundred of everything; a fraction of the history

# A schedule with a long past and nothing live, two jobs, few unhappy runs, some that are queued, running and parked.
FILL = [
    """
    INSERT INTO runs (id, job, lane, state, reason_code, trigger_type, schedule_id, max_attempts, created_at,
                      finished_at, lease_token, lease_until, worker_id, parent_id, dedupe_key)
    SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
           CASE WHEN n % 5000 = 0 THEN 'toys.rare' ELSE 'toys.play' END,
           'default',
           state,
           CASE WHEN n % 3 = 0 THEN 'nothing_to_do' END,
           CASE WHEN n % 6000 = 0 THEN 'manual' ELSE 'schedule' END,
           CASE WHEN n % 2 = 0 THEN '00000000-0000-0000-0000-00000000000a'::uuid END,
           5,
           now() - make_interval(secs => n * 60),
           CASE WHEN state IN ('succeeded', 'failed') THEN now() END,
           CASE state WHEN 'running' THEN gen_random_uuid() END,
           CASE state WHEN 'running' THEN now() + interval '1 minute' END,
           CASE state WHEN 'running' THEN gen_random_uuid() END,
           CASE WHEN n % 7 = 0 THEN ('00000000-0000-7000-8000-' || lpad(to_hex(n + 1), 12, '0'))::uuid END,
           CASE WHEN state IN ('queued', 'running') THEN 'k' || n WHEN n % 2 = 1 THEN 'all' END
    FROM (
        SELECT n, CASE WHEN n % 4000 = 1 THEN 'queued' WHEN n % 5000 = 3 THEN 'running' WHEN n % 9000 = 5 THEN 'waiting'
                       WHEN n % 1000 = 7 THEN 'failed' ELSE 'succeeded' END AS state
        FROM generate_series(1, $1::int) n
    ) made
    """,
    """
    INSERT INTO run_attempts (run_id, attempt, worker_id) SELECT id, 1, gen_random_uuid() FROM runs WHERE $1 > 0
    """,
    """
    INSERT INTO run_effects (run_id, target, op, key, state)
    SELECT id, 'crm', 'create', id::text,
           CASE WHEN row_number() OVER (ORDER BY created_at) % 9000 = 0 THEN 'uncertain' ELSE 'confirmed' END
    FROM runs WHERE $1 > 0
    """,
    """
    INSERT INTO questions (run_id, job, code, text, choices, role, state)
    SELECT id, job, 'brake', 'So many?', '[]', 'operator', CASE state WHEN 'waiting' THEN 'open' ELSE 'answered' END
    FROM runs WHERE $1 > 0
    """,
    """
    INSERT INTO schedules (id, name, job, cron, zone, misfire, grace_seconds, overlap, decided_until)
    SELECT '00000000-0000-0000-0000-00000000000a', 'toys', 'toys.play', '{}', 'UTC', 'once', 60, 'skip', now()
    WHERE $1 > 0
    """,
    """
    INSERT INTO schedule_slots (schedule_id, slot_at, decision, decided_at)
    SELECT '00000000-0000-0000-0000-00000000000a', now() - make_interval(secs => n), 'fired',
           now() - make_interval(secs => n)
    FROM generate_series(1, $1::int) n
    """,
    """
    INSERT INTO outbox (kind, key, payload, state, created_at)
    SELECT 'mail', n::text, CASE WHEN n > 20000 THEN '{}' ELSE '{"to": "a@example.com"}' END::jsonb,
           CASE WHEN n % 6000 = 0 THEN 'dead' WHEN n % 7000 = 1 THEN 'pending' ELSE 'sent' END,
           now() - make_interval(secs => n * 60)
    FROM generate_series(1, $1::int) n
    """,
]

BUSIER = """
SELECT pg_restore_attribute_stats(
    'schemaname', 'public', 'relname', 'runs', 'attname', 'state', 'inherited', false,
    'null_frac', 0::real, 'avg_width', 8, 'n_distinct', 4::real,
    'most_common_vals', '{queued,succeeded}', 'most_common_freqs', '{0.5,0.5}'::real[]
)
"""
SCHEDULE, SOME = UUID(int=10), UUID("00000000-0000-7000-8000-000000000010")
TODAY = datetime.now(UTC)
JOBS = ["toys.play", "toys.rare", "toys.never"]


def statements(name: str) -> Queries:
    return Queries(COMMON / name)


ledger, worker, sweeper, schedules, endpoints, cleaning, queries, outbox = (
    statements(f"jobs/{name}.sql")
    for name in ("ledger", "worker", "sweeper", "schedules", "endpoints", "clean_up", "queries", "../outbox")
)

OFTEN: dict[str, tuple[str, list[Any]]] = {
    "find_live_run": (schedules.find_live_run, [SCHEDULE]),
    "due_schedules": (schedules.due_schedules, [TODAY]),
    "find_duplicate": (ledger.find_duplicate, ["toys.play", "all"]),
    "live_children": (ledger.live_children, [SOME]),
    "withdraw_questions": (ledger.withdraw_questions, [SOME]),
    "claim_due": (worker.claim_due, ["default", JOBS, 10, uuid4(), 60.0, TODAY]),
    "disown": (worker.disown, [uuid4(), "default", []]),
    "pulse": (worker.pulse, [[SOME], [uuid4()], 60.0]),
    "rescue_expired": (sweeper.rescue_expired, [0.0]),
    "give_up": (sweeper.give_up, []),
    "last_answer": (queries.last_answer, [SOME, "brake"]),
    "adopt_child": (queries.adopt_child, [SOME, uuid4()]),
    "changed_runs": (endpoints.changed_runs, [[SOME], [0]]),
    "list_attempts": (endpoints.list_attempts, [SOME]),
    "log_lines": (endpoints.log_lines, [SOME, 0, None, "", 200]),
    "last_runs": (endpoints.last_runs, [JOBS]),
    "last_runs_of_schedules": (endpoints.last_runs_of_schedules, [[SCHEDULE, UUID(int=11)]]),
    "attention": (endpoints.attention, []),
    "open_questions": (endpoints.open_questions, []),
    "uncertain_effects": (endpoints.uncertain_effects, []),
    "dead_letters": (endpoints.dead_letters, []),
    "put_latest": (outbox.put_latest, ["mail", {"new": {"a": 1}}]),
    "claim_batch": (outbox.claim_batch, ["mail", 20, timedelta(minutes=5)]),
    "hold_kind": (outbox.hold_kind, ["mail", timedelta(minutes=5)]),
    "delete_runs": (cleaning.delete_runs, [timedelta(days=400), 500]),
    "delete_slots": (cleaning.delete_slots, [timedelta(days=400), 500]),
    "delete_outbox": (cleaning.delete_outbox, [timedelta(days=14), 500]),
    "metrics: runs": (metrics._RUNS, []),
    "metrics: oldest and uncertain": (metrics._ONES, []),
    "metrics: outbox": (metrics._OUTBOX, []),
}


@pytest.fixture(scope="module")
async def history(databases) -> Any:
    """A database with a long past; the statistics are those that autovacuum would have made."""
    url = databases.create(COMPONENTS)
    conn = await asyncpg.connect(url.admin)
    await conn.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
    )
    for statement in FILL:
        await conn.execute(statement, HISTORY)
    await conn.execute("VACUUM ANALYZE")
    yield conn
    await conn.close()
    databases.drop(url)


def rows_read(node: dict[str, Any]) -> int:
    """What the scans of a plan looked at, kept or not."""
    own = 0
    if "Scan" in node["Node Type"] and "CTE" not in node["Node Type"]:
        removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        own = round((node["Actual Rows"] + removed) * node["Actual Loops"])
    return own + sum(rows_read(child) for child in node.get("Plans", []))


def scans(node: dict[str, Any]) -> list[str]:
    """The scans of a plan that read much, for who has to mend it."""
    own = [f"{node['Node Type']} {node.get('Index Name', node.get('Relation Name'))}: {rows_read(node)} rows"]
    below = [line for child in node.get("Plans", []) for line in scans(child)]
    return [*(own if "Scan" in node["Node Type"] and rows_read(node) > ROWS else []), *below]


@pytest.mark.parametrize("name", OFTEN)
async def test_a_frequent_statement_reads_few_rows_of_a_long_history(history, name):
    plan = await plan_of(history, name)
    assert rows_read(plan) <= ROWS, scans(plan)


@pytest.mark.parametrize("name", ["find_live_run", "claim_due", "rescue_expired", "give_up", "attention", "last_runs"])
async def test_it_does_so_when_the_planner_still_believes_in_a_busier_hour(history, name):
    plan = await plan_of(history, name, BUSIER)
    assert rows_read(plan) <= ROWS, scans(plan)


@pytest.mark.parametrize("before", ["SELECT 1", BUSIER])
async def test_ending_runs_and_settling_failures_reads_few_rows(history, before):
    rows = await history.fetch("SELECT id, lease_token FROM runs WHERE state = 'running'")
    ended = [
        {"id": str(row["id"]), "token": str(row["lease_token"]), "kind": "succeeded", "state": "succeeded",
         "message": "", "counted": True, "delay_seconds": 0}
        for row in rows
    ]  # fmt: skip
    assert ended
    plan = await plan_of(history, worker.finish_runs, before, [ended, [row["id"] for row in rows]])
    assert rows_read(plan) <= ROWS, scans(plan)


async def plan_of(history: Any, name: str, before: str = "SELECT 1", given: list[Any] | None = None) -> dict[str, Any]:
    """The plan of a statement, by its name or itself with what it is given, that was carried out and rolled back."""
    text, arguments = OFTEN[name] if given is None else (name, given)
    rolled_back = history.transaction()
    await rolled_back.start()
    try:
        await history.execute(before)
        explained = await history.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", *arguments)
    finally:
        await rolled_back.rollback()
    plan: dict[str, Any] = json.loads(explained)[0]["Plan"]
    return plan
