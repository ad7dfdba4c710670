"""Test data in the source: who may, where, and that nobody's own data is ever replaced."""

from __future__ import annotations

from datetime import date

import asyncpg
import pytest

from services.asanito.admin.rules_seed import tell
from tests.support.api import check_problem, client
from tests.support.asanito_site import COMPONENTS, open_site

PHRASE = {"phrase": "SEED FAKE DATA"}
TODAY = date(2026, 11, 21)


def test_the_stories_are_the_same_for_the_same_day_and_refer_to_each_other():
    told = tell(TODAY)
    assert told == tell(TODAY)
    assert {name: len(rows) for name, rows in told.items()} == {
        "service": 20, "membership": 20, "invoiceHed": 15, "invoiceItem": 29, "ServiceInvoice": 15, "receipt": 15,
    }  # fmt: skip
    members = {row["memberVId"] for row in told["membership"]}
    services = {row["serviceVid"] for row in told["service"]}
    assert {row["PersonVID"] for row in told["invoiceHed"]} <= members
    assert {row["ProducVtID"] for row in told["invoiceItem"]} <= services
    assert len({row["personid"] for row in told["ServiceInvoice"]} - members) == 1
    assert len({row["ProducVtID"] for row in told["ServiceInvoice"]} - services) == 1
    with_lines = {row["invoiceVID"] for row in told["invoiceItem"]}
    assert len({row["invoiceVID"] for row in told["invoiceHed"]} - with_lines) == 1
    assert max(row["IssueDate"] for row in told["invoiceHed"]) == TODAY


@pytest.fixture
async def seeding(make_database, outside, source):
    """The bridge on a test system: a login may fill the source."""
    made = make_database(*COMPONENTS)
    async with open_site(made, outside, source_url=source.reader, seed_url=source.owner) as opened:
        yield opened


@pytest.fixture
async def admin(seeding):
    async with seeding.api() as app, client(app, "admin", name="A. Bianchi") as caller:
        yield caller


async def as_owner(source, statement: str) -> list[asyncpg.Record]:
    conn = await asyncpg.connect(source.owner)
    try:
        return await conn.fetch(statement)
    finally:
        await conn.close()


@pytest.mark.servers
async def test_test_data_takes_the_place_of_test_data_and_is_read_like_any_other(seeding, outside, source, admin):
    outside.seed(size=30)
    await seeding.map_everything()
    await seeding.run("contacts")
    sent = len(outside.books()["contacts"])
    answer = await admin.post("/v1/admin/seed", json=PHRASE)
    assert answer.status_code == 200, answer.text
    filled = answer.json()["filled"]
    assert {name: len(outside.rows(name)) for name in filled} == filled
    assert await seeding.states("person") == {}
    assert len(await seeding.rows("SELECT FROM bindings")) == sent  # what is in Asanito stays known
    [entry] = await seeding.rows("SELECT actor FROM audit_entries WHERE action = 'admin.seed'")
    assert entry["actor"] == "A. Bianchi"

    await seeding.run("contacts")
    assert sum((await seeding.states("person")).values()) == 15
    bound = await seeding.rows("SELECT key FROM bindings WHERE kind = 'person'")
    assert (await admin.post("/v1/admin/seed", json=PHRASE)).status_code == 200
    outside.forget_requests()
    await seeding.run("contacts")
    assert [one["operation"] for one in outside.writes()] == []  # the same persons, known by their keys
    assert len(await seeding.rows("SELECT key FROM bindings WHERE kind = 'person'")) == len(bound) > sent


@pytest.mark.servers
async def test_absent_tables_are_made_and_the_reader_may_read_them(seeding, source, admin):
    await as_owner(source, "DROP SCHEMA dbo CASCADE")
    await as_owner(source, "DROP SCHEMA sandbox CASCADE")
    assert (await admin.post("/v1/admin/seed", json=PHRASE)).status_code == 200
    run = await seeding.run("contacts", dry_run=True)
    assert run["state"] in ("succeeded", "partial"), run["message"]
    assert sum((await seeding.states("person")).values()) == 15
    assert (await admin.post("/v1/admin/seed", json=PHRASE)).status_code == 200  # its own marker is there now
    assert (await as_owner(source, 'SELECT count(*) AS n FROM dbo."receipt"'))[0]["n"] == 15


@pytest.mark.servers
async def test_somebodys_own_data_stays(seeding, outside, source, admin):
    outside.seed(size=20)
    before = outside.rows("membership")
    await as_owner(source, "ALTER SCHEMA sandbox RENAME TO elsewhere")
    try:
        answer = await admin.post("/v1/admin/seed", json=PHRASE)
    finally:
        await as_owner(source, "ALTER SCHEMA elsewhere RENAME TO sandbox")
    check_problem(answer, 409, "source_not_test_data")
    assert outside.rows("membership") == before
    assert await seeding.rows("SELECT FROM audit_entries WHERE action = 'admin.seed'") == []


@pytest.mark.servers
async def test_it_wants_its_phrase_an_administrator_and_no_run_under_way(seeding, outside, admin):
    outside.seed(size=20)
    before = outside.rows("membership")
    async with seeding.api() as app, client(app, "operator") as operator:
        assert (await operator.post("/v1/admin/seed", json=PHRASE)).status_code == 403
        wrong = await admin.post("/v1/admin/seed", json={"phrase": "DELETE ALL DATA"})
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/phrase")
        await operator.post("/v1/jobs/contacts/runs", json={"params": {}})
        check_problem(await admin.post("/v1/admin/seed", json=PHRASE), 409, "runs_active")
    assert outside.rows("membership") == before


@pytest.mark.servers
async def test_where_no_login_is_named_or_it_may_not_write_nothing_happens(site, make_database, outside, source):
    outside.seed(size=20)
    before = outside.rows("membership")
    async with site.api() as app, client(app, "admin") as caller:
        told = check_problem(await caller.post("/v1/admin/seed", json=PHRASE), 409, "seed_off")
        assert "ASANITO_SEED_URL" in told["detail"]
    made = make_database(*COMPONENTS)
    async with (
        open_site(made, outside, source_url=source.reader, seed_url=source.reader) as reading,
        reading.api() as app,
        client(app, "admin") as caller,
    ):
        refused = await caller.post("/v1/admin/seed", json=PHRASE)
    assert refused.status_code == 409, refused.text
    assert outside.rows("membership") == before
