"""The mirror: states and ids appear beside the source's rows, only when wanted, by their own login, whenever it can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from common.outbox import send_due
from services.asanito.adapters.source import open_writer
from services.asanito.main import SERVICE
from services.asanito.options import SourceOptions
from tests.support.api import client
from tests.support.asanito_site import COMPONENTS, AsanitoSite, open_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.servers, pytest.mark.timeout(90)]


@pytest.fixture
async def mirrored(make_database, outside, source) -> AsyncIterator[AsanitoSite]:
    """A bridge with the writer's login, and the mirror on."""
    settings = {"source_url": source.reader, "writeback_url": source.writer}
    async with open_site(make_database(*COMPONENTS), outside, **settings) as opened:
        await opened.put_options(SourceOptions, write_back=True)
        yield opened


async def send(site) -> int:
    """What the worker does each second, until nothing is due."""
    sent = 0
    while tried := await send_due(site.core.db, site.resources, {"status_mirror": SERVICE.outbox["status_mirror"]}):
        sent += tried
    return sent


async def change(url: str, statement: str, *values: Any) -> None:
    conn = await asyncpg.connect(url)
    try:
        await conn.execute(statement, *values)
    finally:
        await conn.close()


async def retry_all(site) -> None:
    """Have everything tried again now, as a person's Retry does."""
    async with site.core.db.connection() as conn:
        await conn.execute("UPDATE outbox SET state = 'pending', leased_until = NULL, next_try_at = now()")


async def expected(site) -> dict[str, tuple[str | None, int | None]]:
    """Key → what the source must say of it."""
    words = {"synced": "SYNCED", "failed": "FAILED", "skipped": "SKIPPED", "duplicate": "SKIPPED", "pending": None}
    rows = await site.rows(
        "SELECT e.key, e.state, b.asanito_id FROM entities AS e LEFT JOIN bindings AS b USING (kind, key) "
        "WHERE e.kind = 'person'"
    )
    return {str(row["key"]): (words[row["state"]], row["asanito_id"]) for row in rows}


def newest(site) -> dict[str, dict[str, Any]]:
    return {row["personVId"]: row for row in sorted(site.outside.rows("membership"), key=lambda row: row["idd"])}


async def test_states_ids_and_older_versions_are_written_back(mirrored):
    mirrored.outside.seed(size=60)
    await mirrored.map_everything()
    await mirrored.run("dedupe")
    await mirrored.run("contacts")
    assert await send(mirrored)
    found = newest(mirrored)
    assert {key: (row["fetchStatus"], row["memberAid"]) for key, row in found.items()} == await expected(mirrored)
    told = [key for key, row in found.items() if row["fetchStatus"] is not None]
    older = [row for row in mirrored.outside.rows("membership") if row["idd"] != found[row["personVId"]]["idd"]]
    assert {row["fetchStatus"] for row in older if row["personVId"] in told} == {"SUPERSEDED"}
    failed = next(row for row in found.values() if row["fetchStatus"] == "FAILED")
    assert failed["fetchMessage"]


async def test_a_record_that_changed_often_is_written_once_and_many_at_once(mirrored):
    mirrored.outside.seed(size=60)
    await mirrored.map_everything()
    for _ in range(2):
        await mirrored.run("contacts")
    waiting = await mirrored.rows("SELECT key FROM outbox WHERE kind = 'status_mirror' AND state = 'pending'")
    assert len(waiting) == len({row["key"] for row in waiting}) > 20
    assert await send_due(
        mirrored.core.db, mirrored.resources, {"status_mirror": SERVICE.outbox["status_mirror"]}
    ) == min(200, len(waiting))


async def test_nothing_is_written_while_the_mirror_is_off(make_database, outside, source):
    async with open_site(
        make_database(*COMPONENTS), outside, source_url=source.reader, writeback_url=source.writer
    ) as site:
        outside.seed(size=60)
        await site.map_everything()
        await site.run("contacts")
        assert not await site.rows("SELECT FROM outbox WHERE kind = 'status_mirror'")


async def test_while_the_source_is_down_synced_stays_synced_and_the_mirror_catches_up(mirrored, source):
    mirrored.outside.seed(size=60)
    await mirrored.map_everything()
    await mirrored.run("contacts")
    before = await mirrored.states("person")
    assert before["synced"]
    mirror, port = mirrored.resources.mirror, urlsplit(source.writer).port
    alive = mirror._writer
    async with open_writer(source.writer.replace(f":{port}/", ":1/"), "", seconds=2) as dead:
        mirror._writer = dead
        await send(mirrored)
    assert await mirrored.states("person") == before
    assert not [row for row in mirrored.outside.rows("membership") if row["fetchStatus"]]
    assert {row["state"] for row in await mirrored.rows("SELECT state FROM outbox")} == {"pending"}
    mirror._writer = alive
    await retry_all(mirrored)
    await send(mirrored)
    found = {key: (row["fetchStatus"], row["memberAid"]) for key, row in newest(mirrored).items()}
    assert found == await expected(mirrored)


async def test_what_a_person_decides_is_mirrored_too(mirrored):
    mirrored.outside.seed(size=60)
    await mirrored.map_everything()
    await mirrored.run("contacts")
    key = (await mirrored.rows("SELECT key FROM entities WHERE kind = 'person' AND state = 'failed' LIMIT 1"))[0]["key"]
    async with mirrored.api() as app, client(app, "operator", name="M. Rossi") as caller:
        assert (await caller.post(f"/v1/entities/person/{key}/ignore", json={"note": "old"})).status_code == 200
    await send(mirrored)
    assert newest(mirrored)[str(key)]["fetchStatus"] == "IGNORED"


async def test_our_own_words_are_neither_changes_nor_resets(mirrored):
    mirrored.outside.seed(size=60)
    await mirrored.map_everything()
    await mirrored.run("contacts")
    await send(mirrored)
    mirrored.outside.forget_requests()
    before = await mirrored.states("person")
    run = await mirrored.run("rescan")
    assert (run["state"], run["reason_code"]) == ("succeeded", "nothing_to_do")
    await mirrored.run("contacts")
    assert await mirrored.states("person") == before
    assert not mirrored.outside.writes()
    assert not await mirrored.rows("SELECT FROM bindings WHERE origin = 'taken_over'")


async def test_a_rescan_fills_in_what_happened_before_the_mirror_was_on(mirrored, source):
    mirrored.outside.seed(size=60)
    await mirrored.map_everything()
    await mirrored.put_options(SourceOptions, write_back=False)
    await mirrored.run("contacts")
    await mirrored.put_options(SourceOptions, write_back=True)
    await mirrored.run("rescan")
    await send(mirrored)
    assert {key: (row["fetchStatus"], row["memberAid"]) for key, row in newest(mirrored).items()} == await expected(
        mirrored
    )


async def test_a_status_that_somebody_empties_is_tried_again(mirrored, source):
    mirrored.outside.seed(size=60)
    await mirrored.map_everything()
    await mirrored.run("contacts")
    await send(mirrored)
    key = (await mirrored.rows("SELECT key FROM entities WHERE kind = 'person' AND state = 'failed' LIMIT 1"))[0]["key"]
    await change(source.owner, 'UPDATE dbo."membership" SET "fetchStatus" = NULL WHERE "personVId" = $1', key)
    await mirrored.run("products")
    assert (await mirrored.entity("person", key))["state"] == "pending"


async def test_a_missing_status_column_is_added_by_the_mirrors_login_only(mirrored, source):
    mirrored.outside.seed(size=60)
    added = mirrored.resources.mirror._writer.statements_to_add(
        {"receipt": frozenset({"vID", "fetchStatus"}), "service": frozenset({"fetchStatus", "fetchMessage"})}
    )
    assert added == ['ALTER TABLE "dbo"."receipt" ADD COLUMN "fetchMessage" text NULL']
