"""The bridge over a million members: a scan of 100 new versions, a rescan beside bare asyncpg, and a run's calls.

The reference reads the same rows by the same statement in the same blocks, over one asyncpg connection, and throws them
away. Rounds alternate with it. Memory is what the process grew by at its peak in the block.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from common.core import open_core
from common.migrate import migrate
from services.asanito.adapters.source_text import SourceText
from services.asanito.main import SERVICE
from services.asanito.mappings.rules import MappingType
from services.asanito.options import SyncOptions, TargetOptions
from services.asanito.resources import open_resources
from services.asanito.settings import AsanitoSettings
from tests.support.asanito_sandbox import asanito_sandbox
from tests.support.jobs import enqueue, run_now, run_row
from tests.support.sites import put_options
from tools.bench._memory import memory
from tools.chaos.lab import open_lab

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from common.core import Core
    from services.asanito.resources import Resources

MEMBERS = 1_000_000
VERSIONS = 100
ROUNDS = 2
LEAST_SHARE = 0.25
MOST_GROWTH_MB = 128
CONTACTS = 30
CALLS_PER_SECOND = 5
MOST_OFF = 0.05
NOWHERE = {"base_url": "http://127.0.0.1:1", "mobile": "0", "password": "0", "customer_id": 1}
MAP = "INSERT INTO mappings (map_type, source_id, asanito_id) VALUES ($1, $2, $3)"
OVERLAP = 1000
BLOCK = 5000
SOURCE = Path(__file__).parents[2] / "sandbox" / "asanito" / "source"
NEW_VERSIONS = """
INSERT INTO dbo."membership" ("personVId", "memberVId", "name", "lastname", "gender", "isChange")
SELECT "personVId", gen_random_uuid(), "name", "lastname" || ' ', "gender", true
FROM dbo."membership" WHERE "idd" % $1::bigint = 0 ORDER BY "idd" LIMIT $2
"""


def measure() -> bool:
    """Print rows, rows per second and memory; False when one of them is out of its limit."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with open_lab() as lab:
        urls = {name: lab.database(name) for name in ("source", "bridge")}
        return asyncio.run(_measure(urls["source"], urls["bridge"]))


async def _measure(source: str, bridge: str) -> bool:
    await _fill(source)
    conn = await asyncpg.connect(bridge)
    await migrate(conn, SERVICE.components)
    await conn.close()
    async with _open(bridge, source) as (core, resources):
        read = _count_rows(resources)
        seconds = await _run(core, resources, "take-over")
        print(f"     first copy                 {read[0]:,} rows, {read[0] / seconds:,.0f} rows/s")
        passed = await _scan(core, resources, source, read)
        passed = await _rescan(core, resources, source) and passed
    return await _rate(source, bridge) and passed


async def _fill(source: str) -> None:
    conn = await asyncpg.connect(source)
    for name in ("schema.sql", "indexes.sql"):
        await conn.execute((SOURCE / name).read_text(encoding="utf-8"))
    await conn.execute((SOURCE / "bulk.sql").read_text(encoding="utf-8"), MEMBERS, "1", timeout=600)
    await conn.execute("ANALYZE")
    await conn.close()


async def _scan(core: Core[Any], resources: Resources, source: str, read: list[int]) -> bool:
    conn = await asyncpg.connect(source)
    await conn.execute(NEW_VERSIONS, max(1, MEMBERS // (VERSIONS * 2)), VERSIONS)
    await conn.close()
    read[0] = 0
    grown: list[float] = []
    with memory(grown):
        seconds = await _run(core, resources, "take-over")
    async with core.db.connection() as own:
        found = await own.fetchval("SELECT count(*) FROM entities WHERE idd > $1", MEMBERS)
    ok = read[0] <= VERSIONS + OVERLAP + 1 and found == VERSIONS
    words = f"{read[0]:,} rows read for {found} new versions, {seconds:.2f} s, +{grown[0]:.0f} MB"
    _tell("scan of the delta", words, ok=ok)
    return ok


async def _rescan(core: Core[Any], resources: Resources, source: str) -> bool:
    bare, ours = [], []
    grown: list[float] = []
    for _ in range(ROUNDS):
        bare.append(await _read_barely(source))
        with memory(grown):
            ours.append((MEMBERS + VERSIONS) / await _run(core, resources, "rescan"))
    share = median(ours) / median(bare)
    ok = share >= LEAST_SHARE
    words = (
        f"{median(ours):,.0f} rows/s, asyncpg alone {median(bare):,.0f} rows/s: {share:.2f} x (at least {LEAST_SHARE})"
    )
    _tell("rescan", words, ok=ok)
    bounded = max(grown) <= MOST_GROWTH_MB
    _tell("memory of a rescan", f"+{max(grown):.0f} MB (at most {MOST_GROWTH_MB})", ok=bounded)
    return ok and bounded


async def _rate(source: str, bridge: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder, asanito_sandbox(Path(folder)) as outside:
        account = {
            "base_url": outside.api_url,
            "mobile": outside.mobile,
            "password": outside.password,
            "customer_id": outside.customer_id,
        }
        async with _open(bridge, source, account) as (core, resources):
            await put_options(core, TargetOptions, calls_per_second=CALLS_PER_SECOND)
            await put_options(core, SyncOptions, brake_first_run=False)
            async with core.db.connection() as conn:
                genders = outside.mappings()[MappingType.GENDER].items()
                await conn.executemany(MAP, [(MappingType.GENDER, *map(str, pair)) for pair in genders])
            await _run(core, resources, "contacts", limit=CONTACTS)
        asked = [
            datetime.fromisoformat(one["at"]) for one in outside.requests() if one["operation"].startswith("Person/")
        ]
    seen = (len(asked) - 1) / (asked[-1] - asked[0]).total_seconds()
    ok = abs(seen / CALLS_PER_SECOND - 1) <= MOST_OFF
    words = f"{seen:.2f} calls/s in a run, {CALLS_PER_SECOND} configured (within {MOST_OFF:.0%}; {len(asked)} calls)"
    _tell("calls of Asanito", words, ok=ok)
    return ok


async def _read_barely(source: str) -> float:
    """Rows per second of the same rows, by the same statement."""
    statement = SourceText(numbered=True).block("membership")
    conn = await asyncpg.connect(source)
    started, rows = time.perf_counter(), 0
    for low in range(0, MEMBERS + VERSIONS + 1, BLOCK):
        rows += len(await conn.fetch(statement, low, low + BLOCK))
    seconds = time.perf_counter() - started
    await conn.close()
    return rows / seconds


async def _run(core: Core[Any], resources: Resources, job: str, **params: Any) -> float:
    """Seconds of one run.

    Raises:
        RuntimeError: it did not succeed.
    """
    run_id = await enqueue(core, job, **params)
    started = time.perf_counter()
    await run_now(SERVICE, core, resources)
    seconds = time.perf_counter() - started
    row = await run_row(core, run_id)
    if row["state"] != "succeeded":
        raise RuntimeError(f"{job} is {row['state']}: {row['message']}")
    return seconds


def _count_rows(resources: Resources) -> list[int]:
    """Counts what the source gives."""
    read, block = [0], resources.reader.block

    async def counted(table: str, low: int, high: int) -> list[dict[str, Any]]:
        rows = await block(table, low, high)
        read[0] += len(rows)
        return rows

    resources.reader.block = counted  # type: ignore[method-assign]
    return read


@asynccontextmanager
async def _open(
    bridge: str, source: str, account: dict[str, Any] = NOWHERE
) -> AsyncIterator[tuple[Core[Any], Resources]]:
    mail = {"smtp_url": "smtp://127.0.0.1:1", "mail_from": "Portico <portico@example.org>"}
    ours = {"database_url": bridge, "redis_url": "redis://127.0.0.1:1/0", "identity_keys": '{"keys": []}'}
    settings = AsanitoSettings(environment="development", source_url=source, **ours, **account, **mail)  # type: ignore[arg-type]
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(SERVICE, settings, redis=False))
        yield core, await stack.enter_async_context(open_resources(core))


def _tell(name: str, text: str, *, ok: bool) -> None:
    print(f"{'ok  ' if ok else 'MISS'} {name:26} {text}", flush=True)
