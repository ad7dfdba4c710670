"""What a person does with files that were not imported, over HTTP: accept, import today, discard."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from common.app import create_service_app
from services.invoices.main import SERVICE
from tests.support.api import client, serving
from tests.support.inbox_site import MORNING, InboxSite, lines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

THREE = lines(600000001, 600000002, 600000003)
LAST_WEEK = "Letture20261113190411123_3.txt"


@pytest.fixture
async def api(inbox_site: InboxSite) -> AsyncIterator[httpx.AsyncClient]:
    shift = int((MORNING - datetime.now(UTC)).total_seconds())
    settings = inbox_site.settings.model_copy(update={"clock_shift_seconds": shift})
    async with serving(create_service_app(SERVICE, settings)) as app, client(app, name="M. Rossi") as caller:
        yield caller


async def held(site: InboxSite, content: bytes = THREE, declared: int = 90) -> str:
    site.drop(content, declared=declared)
    await site.pick_up()
    return str((await site.files())[-1]["id"])


async def stale(site: InboxSite, content: bytes = THREE, name: str = LAST_WEEK) -> str:
    site.drop(content, name=name)
    site.touch(name, MORNING - timedelta(days=7))
    await site.pick_up()
    return str((await site.files())[-1]["id"])


async def late(site: InboxSite, api: httpx.AsyncClient) -> str:
    await api.post("/v1/files", files={"file": ("first.txt", lines(600000009))})
    await start(site)
    site.drop(THREE)
    await site.pick_up()
    return str((await site.files())[-1]["id"])


async def start(site: InboxSite) -> None:
    async with site.core.db.connection() as conn:
        await conn.execute("UPDATE sessions SET state = 'open', started_by = 'A' WHERE state = 'ready'")


async def audited(site: InboxSite) -> list[tuple[str, str, str]]:
    rows = await site.fetch("SELECT actor, action, outcome FROM audit_entries WHERE action LIKE 'file.%' ORDER BY id")
    return [tuple(row) for row in rows]


async def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_held_file_is_accepted_into_todays_session(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    bad = b"\n600000004|0|Toys|1.00"
    file_id = await held(inbox_site, THREE + bad)
    await inbox_site.available(600000001)
    answer = await api.post(f"/v1/files/{file_id}/accept")
    assert answer.status_code == 200, answer.text
    file = answer.json()
    assert (file["state"], file["reason"], file["count_accepted_by"]) == ("imported", None, "M. Rossi")
    assert (file["counters"]["kept"], file["counters"]["valid"], file["verdict"]) == (3, 1, "short")
    assert (await api.get("/v1/session")).json()["total"] == 1
    assert await inbox_site.mails() == ["invalid", "import"]
    assert await audited(inbox_site) == [("M. Rossi", "file.accepted", "done")]
    assert len((await api.get(f"/v1/files/{file_id}/rows")).json()["items"]) == 4
    await inbox_site.pick_up()
    assert inbox_site.left() == []


async def test_a_held_file_of_yesterday_is_accepted_into_today(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    file_id = await held(inbox_site)
    async with inbox_site.core.db.connection() as conn:
        await conn.execute("UPDATE files SET business_date = business_date - 1")
    file = (await api.post(f"/v1/files/{file_id}/accept")).json()
    assert (file["state"], file["business_date"]) == ("imported", "2026-11-20")


async def test_a_stale_file_is_imported_today(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    file_id = await stale(inbox_site)
    assert inbox_site.left() == [LAST_WEEK]
    file = (await api.post(f"/v1/files/{file_id}/import")).json()
    assert (file["state"], file["business_date"], file["session_id"] is None) == ("imported", "2026-11-20", False)
    assert "name_date_differs" in file["warnings"]
    assert await audited(inbox_site) == [("M. Rossi", "file.imported", "done")]
    await inbox_site.pick_up()
    assert inbox_site.left() == []


async def test_a_stale_file_with_a_wrong_count_asks_first(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    file_id = await stale(inbox_site, name="Letture20261113190411123_90.txt")
    answer = await api.post(f"/v1/files/{file_id}/import")
    assert await code(answer) == (422, "count_mismatch")
    assert answer.json()["params"] == {"declared": 90, "records": 3, "kept": 3}
    assert (await inbox_site.files())[0]["state"] == "stale"
    answer = await api.post(f"/v1/files/{file_id}/import", params={"accept_count": "true"})
    assert answer.json()["count_accepted_by"] == "M. Rossi"


async def test_nothing_gets_into_a_started_session(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    file_id = await late(inbox_site, api)
    answer = await api.post(f"/v1/files/{file_id}/import")
    assert await code(answer) == (409, "session_started")
    assert answer.json()["params"]["started_by"] == "A"
    assert (await inbox_site.files())[-1]["state"] == "late"
    assert len(await inbox_site.statuses()) == 1


async def test_a_late_file_is_imported_the_day_after(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    file_id = await late(inbox_site, api)
    async with inbox_site.core.db.connection() as conn:
        await conn.execute("UPDATE sessions SET business_date = business_date - 1")
    file = (await api.post(f"/v1/files/{file_id}/import")).json()
    assert (file["state"], file["counters"]["kept"]) == ("imported", 3)
    assert len(await inbox_site.fetch("SELECT FROM sessions")) == 2


async def test_an_import_by_hand_that_races_with_the_start_is_in_or_refused(
    api: httpx.AsyncClient, inbox_site: InboxSite
) -> None:
    ids = [await stale(inbox_site, lines(600000010 + n), f"Letture2026111319041112{n}_1.txt") for n in range(4)]
    await api.post("/v1/files", files={"file": ("first.txt", lines(600000009))})

    async def posted(file_id: str) -> httpx.Response:
        return await api.post(f"/v1/files/{file_id}/import")

    answers, _ = await asyncio.gather(asyncio.gather(*map(posted, ids)), start(inbox_site))
    assert {answer.status_code for answer in answers} <= {200, 409}
    taken = sum(answer.status_code == 200 for answer in answers)
    assert len(await inbox_site.statuses()) == 1 + taken
    assert sum(file["state"] == "stale" for file in await inbox_site.files()) == 4 - taken


async def test_two_decisions_at_once_are_one_decision(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    file_id = await held(inbox_site)
    answers = await asyncio.gather(
        *(api.post(f"/v1/files/{file_id}/accept") for _ in range(3)),
        api.post(f"/v1/files/{file_id}/discard", json={"reason": "not ours"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len(await audited(inbox_site)) == 1


async def test_a_file_that_was_imported_meanwhile_becomes_a_duplicate(
    api: httpx.AsyncClient, inbox_site: InboxSite
) -> None:
    file_id = await stale(inbox_site)
    first = (await api.post("/v1/files", files={"file": ("by hand.txt", THREE)})).json()
    file = (await api.post(f"/v1/files/{file_id}/import")).json()
    assert (file["state"], file["duplicate_of"]) == ("duplicate", first["file_id"])


async def test_a_discarded_file_keeps_its_bytes_and_leaves_the_inbox(
    api: httpx.AsyncClient, inbox_site: InboxSite
) -> None:
    file_id = await held(inbox_site)
    answer = await api.post(f"/v1/files/{file_id}/discard", json={"reason": "sent by mistake"})
    assert (answer.status_code, answer.json()["state"]) == (200, "discarded")
    (entry,) = await inbox_site.fetch("SELECT before, after FROM audit_entries WHERE action = 'file.discarded'")
    assert (entry["before"]["state"], entry["after"]["reason"]) == ("held", "sent by mistake")
    assert (await api.get(f"/v1/files/{file_id}/content")).content == THREE
    await inbox_site.pick_up()
    assert inbox_site.left() == []
    assert await code(await api.post(f"/v1/files/{file_id}/accept")) == (409, "not_acceptable")


@pytest.mark.parametrize(("verb", "expected"), [("accept", "not_acceptable"), ("import", "not_importable")])
async def test_an_imported_file_is_not_decided_on(
    api: httpx.AsyncClient, inbox_site: InboxSite, verb: str, expected: str
) -> None:
    file_id = (await api.post("/v1/files", files={"file": ("by hand.txt", THREE)})).json()["file_id"]
    answer = await api.post(f"/v1/files/{file_id}/{verb}")
    assert await code(answer) == (409, expected)
    assert answer.json()["params"]["state"] == "imported"
    answer = await api.post(f"/v1/files/{file_id}/discard", json={"reason": "sorry"})
    assert await code(answer) == (409, "not_discardable")


async def test_an_unknown_file_and_a_missing_reason_are_told(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    unknown = "019e0000-0000-7000-8000-000000000000"
    for verb in ("accept", "import"):
        assert await code(await api.post(f"/v1/files/{unknown}/{verb}")) == (404, "unknown_file")
    file_id = await held(inbox_site)
    assert (await api.post(f"/v1/files/{file_id}/discard", json={"reason": ""})).status_code == 422


async def test_the_overview_offers_what_can_be_done(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    await held(inbox_site)
    await stale(inbox_site, lines(600000005))
    items: list[dict[str, Any]] = (await api.get("/v1/attention")).json()["items"]
    offered = {item["code"]: [action["path"].rsplit("/")[-1] for action in item["actions"]] for item in items}
    assert offered["file_held"] == ["accept", "discard"]
    assert offered["file_stale"] == ["import", "discard"]
    for item in items:
        if item["code"] == "file_held":
            for action in item["actions"]:
                last = await api.request(action["method"], action["path"], json=action["body"])
                assert last.status_code in {200, 409}, last.text
