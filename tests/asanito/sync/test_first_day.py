"""A seeded source goes into an empty Asanito, over real servers: once, completely, and explained."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.servers


async def test_asanitos_books_become_what_the_source_says_and_nothing_is_sent_twice(site):
    site.outside.seed(size=120)
    await site.map_everything()
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
