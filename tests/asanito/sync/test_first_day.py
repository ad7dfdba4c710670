"""A seeded source goes into an empty Asanito, over real servers: once, completely, and explained."""

from __future__ import annotations

import pytest

from tests.support.asanito_sandbox import asanito_sandbox, source_database
from tests.support.asanito_site import COMPONENTS, open_site

pytestmark = pytest.mark.servers


@pytest.fixture
async def site(make_database, databases, tmp_path):
    with (
        source_database(databases) as source,
        asanito_sandbox(tmp_path / "sandbox", source=source) as outside,
    ):
        outside.seed(size=120)
        async with open_site(make_database(*COMPONENTS), outside, source_url=source.reader) as opened:
            await opened.map_everything()
            yield opened


async def test_asanitos_books_become_what_the_source_says_and_nothing_is_sent_twice(site):
    await site.run("dedupe")
    first = await site.run_all()
    assert {run["state"] for run in first.values()} <= {"succeeded", "partial"}
    assert site.outside.differences() == []
    left = await site.rows("SELECT kind, state, reason_code FROM entities WHERE state <> 'synced'")
    assert left
    assert all(row["reason_code"] for row in left)

    site.outside.forget_requests()
    again = await site.run("dedupe")
    assert again["reason_code"] == "nothing_to_do"
    second = await site.run_all()
    assert {run["state"] for run in second.values()} == {"succeeded"}
    assert site.outside.writes() == []
