"""The explorer: whitelisted columns, literal text, no way to write."""

from __future__ import annotations

import pytest

from services.asanito.source.rules import EXPLORABLE

pytestmark = pytest.mark.servers


@pytest.fixture
def seeded(site):
    site.outside.seed(size=60)


async def look(operator, **query):
    return await operator.get("/v1/explorer/query", params=query)


@pytest.mark.parametrize("table", EXPLORABLE)
async def test_every_listed_column_can_be_searched_and_no_other_is_shown(operator, seeded, table):
    for column in EXPLORABLE[table]:
        answer = await look(operator, table=table, column=column)
        assert answer.status_code == 200, (column, answer.text)
        for row in answer.json()["rows"]:
            assert set(row) == {*EXPLORABLE[table], "idd"}


async def test_another_table_or_column_is_refused(operator, seeded):
    assert (await look(operator, table="sysusers", column="name")).status_code == 422
    assert (await look(operator, table="membership", column="wallet")).status_code == 422


async def test_what_no_database_can_look_for_is_refused_here(operator, seeded):
    for odd in ({"value": "a\0"}, {"after": 2**63}, {"after": -1}):
        answer = await look(operator, table="membership", column="lastname", **odd)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), odd


async def test_wildcards_and_quotes_are_letters(operator, seeded):
    for value in ("%", "_", "!", "'; DROP TABLE dbo.membership; --", "[a-z]"):
        answer = await look(operator, table="membership", column="lastname", value=value)
        assert (answer.status_code, answer.json()["rows"]) == (200, []), value
    assert (await look(operator, table="membership", column="lastname")).json()["rows"]


async def test_pages_follow_each_other(operator, seeded):
    seen, after = [], 0
    while after is not None:
        page = (await look(operator, table="membership", column="lastname", limit=7, after=after)).json()
        seen += [row["idd"] for row in page["rows"]]
        after = page["next_after"]
    assert seen == sorted(set(seen))
    assert len(seen) > 20
