"""Mappings: found in the source, saved by people, and what waited for one goes by itself."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.servers

FIRST = {"If-Match": '"v0"'}


async def test_what_waits_for_a_mapping_is_listed_saved_and_then_sent(site, operator):
    site.outside.seed(size=60)
    await site.run("products")
    waiting = (await operator.get("/v1/mappings/gaps")).json()["items"]
    assert waiting[0]["type"] == "ProductUnit"
    assert [gap["waiting"] for gap in waiting] == sorted((gap["waiting"] for gap in waiting), reverse=True)
    assert await site.states("product") == {"failed": 2, "skipped": (await site.states("product"))["skipped"]}

    units = site.outside.mappings()["ProductUnit"]
    items = [{"source_id": str(source), "asanito_id": str(found)} for source, found in units.items()]
    saved = await operator.put("/v1/mappings/ProductUnit", json={"items": items}, headers=FIRST)
    assert saved.status_code == 200
    assert saved.headers["etag"] == '"v1"'
    await site.run("products")
    assert (await site.states("product"))["synced"] > 0


async def test_keys_are_compared_whatever_their_case_and_letters(site, operator):
    one, other = "0C000000-0000-4000-8000-00000000000A", "0c000000-0000-4000-8000-00000000000a"
    await operator.put(
        "/v1/mappings/CreatorUser", json={"items": [{"source_id": one, "asanito_id": "7"}]}, headers=FIRST
    )
    again = await operator.put(
        "/v1/mappings/CreatorUser",
        json={"items": [{"source_id": other, "asanito_id": "8"}]},
        headers={"If-Match": '"v1"'},
    )
    assert [(item["source_id"], item["asanito_id"]) for item in again.json()["items"]] == [(one, "8")]
    gone = await operator.put(
        "/v1/mappings/CreatorUser", json={"items": [{"source_id": other, "asanito_id": ""}]}, headers={"If-Match": "*"}
    )
    assert gone.json()["items"] == []


async def test_two_people_who_edit_one_type_notice_each_other(operator):
    body = {"items": [{"source_id": "5", "asanito_id": "7"}]}
    assert (await operator.put("/v1/mappings/ProductUnit", json=body, headers=FIRST)).status_code == 200
    assert (await operator.put("/v1/mappings/ProductUnit", json=body, headers=FIRST)).status_code == 412


@pytest.mark.parametrize("value", ["seven", "-1", "0", "1.5"])
async def test_an_id_of_asanito_is_a_positive_whole_number(operator, value):
    body = {"items": [{"source_id": "5", "asanito_id": value}]}
    answer = await operator.put("/v1/mappings/ProductUnit", json=body, headers=FIRST)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/items/0/asanito_id"
