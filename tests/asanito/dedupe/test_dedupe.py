"""Members that the source holds twice, over real servers: the losers stay out, their documents go to the winner."""

from __future__ import annotations

import pytest

from services.asanito.options import SourceOptions

pytestmark = pytest.mark.servers


@pytest.fixture
async def judged(site):
    site.outside.seed(size=120)
    await site.map_everything()
    await site.run("dedupe")
    return site


async def duplicates(site):
    return await site.rows("SELECT key, alias_of, message FROM entities WHERE state = 'duplicate' ORDER BY key")


async def test_losers_are_not_sent_and_their_documents_go_to_the_winner(judged):
    lost = await duplicates(judged)
    assert lost
    await judged.run_all()
    bound = await judged.rows("SELECT key FROM bindings WHERE kind = 'person'")
    assert not {row["key"] for row in lost} & {row["key"] for row in bound}
    assert judged.outside.differences() == []


async def test_running_again_changes_nothing(judged):
    before = await judged.rows("SELECT key, state, version FROM entities ORDER BY key")
    run = await judged.run("dedupe")
    assert run["reason_code"] == "nothing_to_do"
    assert await judged.rows("SELECT key, state, version FROM entities ORDER BY key") == before


async def test_marked_as_distinct_stays_so_over_all_reruns(judged, operator):
    (one, *_) = await duplicates(judged)
    answer = await operator.post(f"/v1/entities/person/{one['key']}/mark-distinct", json={"note": "twins"})
    assert answer.json()["state"] == "pending"
    for _ in range(2):
        await judged.run("dedupe")
        assert one["key"] not in {row["key"] for row in await duplicates(judged)}


async def test_a_number_that_fills_the_field_makes_no_duplicates_as_soon_as_somebody_says_so(judged):
    (filler, *_) = await judged.rows(
        "SELECT mobile FROM src_rows JOIN entities USING (key) WHERE state = 'duplicate' AND message LIKE '%mobile%' "
        "GROUP BY mobile ORDER BY count(*) DESC LIMIT 1"
    )
    spelled = filler["mobile"][1:].translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    await judged.put_options(SourceOptions, mobile_placeholders=[f"+98 {spelled}"])
    await judged.run("dedupe")
    left = await judged.rows(
        "SELECT 1 FROM src_rows JOIN entities USING (key) "
        "WHERE state = 'duplicate' AND message LIKE '%mobile%' AND mobile = $1",
        filler["mobile"],
    )
    assert left == []
    await judged.put_options(SourceOptions, mobile_placeholders=[])
    await judged.run("dedupe")
    again = await judged.rows(
        "SELECT 1 FROM src_rows JOIN entities USING (key) WHERE state = 'duplicate' AND mobile = $1", filler["mobile"]
    )
    assert again


async def test_a_dry_run_only_counts(site):
    site.outside.seed(size=120)
    run = await site.run("dedupe", dry_run=True)
    assert "would become" in run["message"]
    assert await duplicates(site) == []


async def test_neither_names_nor_numbers_stand_in_the_message(judged):
    rows = await judged.rows(
        """SELECT e.message, e.alias_of, s.row FROM entities AS e
        JOIN src_rows AS s ON s.table_name = 'membership' AND s.key = e.key WHERE e.state = 'duplicate'"""
    )
    for one in rows:
        assert str(one["alias_of"]) in one["message"]
        for column in ("MobilePhoneNumber1", "CodeMelli", "lastname"):
            assert not one["row"][column] or one["row"][column] not in one["message"]
