"""Manual upload and the files behind it, over HTTP."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from common.app import create_service_app
from services.invoices.main import SERVICE
from services.invoices.options import PickUpOptions
from services.invoices.uploads.endpoints import plain_name
from tests.support.api import client, serving
from tests.support.inbox_site import MORNING, InboxSite, lines, numbered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

NAME = "Letture20261120190411123_3.txt"
THREE = lines(600000001, 600000002, 600000003)


@pytest.fixture
async def api(inbox_site: InboxSite) -> AsyncIterator[httpx.AsyncClient]:
    shift = int((MORNING - datetime.now(UTC)).total_seconds())
    settings = inbox_site.settings.model_copy(update={"clock_shift_seconds": shift})
    async with serving(create_service_app(SERVICE, settings)) as app, client(app, name="M. Rossi") as caller:
        yield caller


async def upload(api: httpx.AsyncClient, content: bytes, name: str = NAME, **query: bool) -> httpx.Response:
    params = {key: str(value).lower() for key, value in query.items()}
    return await api.post("/v1/files", files={"file": (name, content)}, params=params)


async def test_an_upload_makes_todays_session_ready(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    await inbox_site.available(600000001)
    answer = await upload(api, THREE + b"\n800000001|1|Other|1.00\n600000004|0|Toys|1.00", "by hand.txt")
    assert answer.status_code == 201, answer.text
    report = answer.json()
    assert {name: report[name] for name in ("state", "verdict", "kept", "ignored", "rejected", "valid")} == {
        "state": "imported",
        "verdict": "unchecked",
        "kept": 3,
        "ignored": 1,
        "rejected": {"quantity_zero": 1},
        "valid": 1,
    }
    assert (report["not_found"], report["total_value"]) == (2, "37.5000")
    assert report["bad_lines"] == [{"line": 5, "reason": "quantity_zero", "text": "600000004|0|Toys|1.00"}]
    assert answer.headers["Location"] == f"/v1/files/{report['file_id']}"
    assert (await api.get("/v1/session")).json()["state"] == "ready"
    assert await inbox_site.mails() == ["import"]
    (entry,) = await inbox_site.fetch("SELECT actor, action FROM audit_entries")
    assert tuple(entry) == ("M. Rossi", "file.uploaded")


async def test_the_same_bytes_by_upload_and_by_ftp_are_one_file(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    first = (await upload(api, THREE)).json()
    again = await upload(api, THREE, "other name.txt")
    assert (again.status_code, again.json()["state"], again.json()["file_id"]) == (200, "duplicate", first["file_id"])
    inbox_site.drop(THREE)
    await inbox_site.pick_up()
    assert [file["state"] for file in await inbox_site.files()] == ["imported", "duplicate"]
    assert len(await inbox_site.statuses()) == 3


async def test_validate_only_reports_and_keeps_nothing(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    answer = await upload(api, THREE, validate_only=True)
    assert (answer.status_code, answer.json()["validated_only"], answer.json()["kept"]) == (200, True, 3)
    assert answer.json()["file_id"] is None
    for table in ("files", "rows", "sessions", "outbox", "blobs", "audit_entries"):
        assert await inbox_site.fetch(f"SELECT FROM {table}") == [], table


async def test_a_wrong_count_is_refused_until_it_is_accepted(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    answer = await upload(api, THREE, "Letture20261120190411123_90.txt")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "count_mismatch")
    assert (problem["params"]["declared"], problem["params"]["records"]) == (90, 3)
    assert await inbox_site.files() == []
    answer = await upload(api, THREE, "Letture20261120190411123_90.txt", accept_count=True)
    assert answer.status_code == 201
    assert (await inbox_site.files())[0]["count_accepted_by"] == "M. Rossi"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        ("600000001|1|Toys|1.00".encode("utf-16"), "encoding"),
        (b"600000001|1|Toys|1,00\n700000000", "no_records"),
    ],
)
async def test_what_can_not_be_imported_is_answered_and_not_kept(
    api: httpx.AsyncClient, inbox_site: InboxSite, content: bytes, code: str
) -> None:
    answer = await upload(api, content, "by hand.txt")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await inbox_site.files() == []
    assert await inbox_site.mails() == []


async def test_bad_lines_are_named(api: httpx.AsyncClient) -> None:
    errors = (await upload(api, b"600000001|1|Toys|1,00\n6|1|Toys|1.00", "by hand.txt")).json()["errors"]
    assert [(error["pointer"], error["code"]) for error in errors] == [
        ("/file/lines/1", "value_format"),
        ("/file/lines/2", "invoice_number"),
    ]


@pytest.mark.parametrize("state", ["opening", "open", "failed", "closed"])
async def test_an_upload_after_the_start_is_refused(api: httpx.AsyncClient, inbox_site: InboxSite, state: str) -> None:
    await upload(api, THREE)
    async with inbox_site.core.db.connection() as conn:
        reason = "forced" if state in {"failed", "closed"} else None
        await conn.execute("UPDATE sessions SET state = $1, reason = $2, started_by = 'A'", state, reason)
    answer = await upload(api, lines(600000009), "late.txt")
    assert (answer.status_code, answer.json()["code"]) == (409, "session_started")
    assert answer.json()["params"]["started_by"] == "A"
    assert len(await inbox_site.files()) == 1


async def test_an_upload_that_races_with_the_start_is_in_or_refused(
    api: httpx.AsyncClient, inbox_site: InboxSite
) -> None:
    await upload(api, THREE)
    files = [lines(number) for number in numbered(8, 600000010)]

    async def start() -> None:
        async with inbox_site.core.db.connection() as conn:
            await conn.execute("UPDATE sessions SET state = 'opening' WHERE state = 'ready'")

    answers = await asyncio.gather(*(upload(api, content, f"{n}.txt") for n, content in enumerate(files)), start())
    taken = [answer for answer in answers if answer is not None and answer.status_code == 201]
    refused = [answer for answer in answers if answer is not None and answer.status_code == 409]
    assert len(taken) + len(refused) == len(files)
    assert len(await inbox_site.statuses()) == 3 + len(taken)
    assert len(await inbox_site.files()) == 1 + len(taken)


async def test_the_same_file_twice_at_once_is_imported_once(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    answers = await asyncio.gather(*(upload(api, THREE, f"{n}.txt") for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len(await inbox_site.files()) == 1
    assert len(await inbox_site.fetch("SELECT FROM sessions")) == 1


async def test_a_view_that_is_away_is_a_clear_answer(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    await inbox_site.customer.execute("ALTER SCHEMA bdm RENAME TO away")
    answer = await upload(api, THREE)
    assert (answer.status_code, answer.json()["code"]) == (502, "remote_refused")
    assert await inbox_site.files() == []


async def test_a_file_that_is_too_large_is_refused(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    await inbox_site.put_options(PickUpOptions, max_upload_bytes=1024)
    answer = await upload(api, b"6" * 1025)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_viewer_may_not_upload_but_may_look(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    file_id = (await upload(api, THREE)).json()["file_id"]
    app = api._transport.app  # type: ignore[attr-defined]
    async with client(app, "viewer") as viewer:
        assert (await upload(viewer, THREE)).status_code == 403
        assert (await viewer.get(f"/v1/files/{file_id}")).json()["name"] == NAME


async def test_files_can_be_listed_looked_into_and_downloaded(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    await inbox_site.available(600000002)
    content = THREE + b"\n600000004|x|Toys|1.00"
    file_id = (await upload(api, content, "by hand.txt")).json()["file_id"]
    (item,) = (await api.get("/v1/files", params={"state": "imported", "q": "HAND"})).json()["items"]
    assert (item["id"], item["source"], item["uploaded_by"]) == (file_id, "upload", "M. Rossi")
    assert item["counters"]["rejected_by"] == {"quantity_format": 1}
    assert (await api.get("/v1/files", params={"state": "held"})).json()["items"] == []
    download = await api.get(f"/v1/files/{file_id}/content")
    assert download.content == content
    assert 'filename="by hand.txt"' in download.headers["Content-Disposition"]
    rows = (await api.get(f"/v1/files/{file_id}/rows")).json()["items"]
    assert [(row["line_number"], row["status"], row["reason"]) for row in rows] == [
        (1, "not_found", None),
        (2, "valid", None),
        (3, "not_found", None),
        (4, "rejected", "quantity_format"),
    ]
    found = (await api.get(f"/v1/files/{file_id}/rows", params={"status": "valid,rejected"})).json()["items"]
    assert [row["line_number"] for row in found] == [2, 4]


async def test_rows_are_paged_by_key(api: httpx.AsyncClient) -> None:
    file_id = (await upload(api, lines(*numbered(25)), "by hand.txt")).json()["file_id"]
    seen, cursor = [], None
    while True:
        params = {"limit": 10} | ({"cursor": cursor} if cursor else {})
        page = (await api.get(f"/v1/files/{file_id}/rows", params=params)).json()
        seen += [row["line_number"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == list(range(1, 26))


async def test_an_unknown_file_is_not_found(api: httpx.AsyncClient) -> None:
    for path in ("", "/rows", "/content"):
        answer = await api.get(f"/v1/files/00000000-0000-0000-0000-000000000000{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_file")


async def test_an_invoice_is_found_by_its_number_and_a_file_by_its_name(api: httpx.AsyncClient) -> None:
    await upload(api, THREE)
    by_number = (await api.get("/v1/search", params={"q": "600000002"})).json()["items"]
    assert [hit["title"] for hit in by_number] == ["Invoice 600000002"]
    by_name = (await api.get("/v1/search", params={"q": "letture2026"})).json()["items"]
    assert [hit["title"] for hit in by_name if hit["kind"] == "file"] == [NAME]


async def test_held_files_need_a_person(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    inbox_site.drop(THREE, declared=90)
    await inbox_site.pick_up()
    items = (await api.get("/v1/attention")).json()["items"]
    assert [item["code"] for item in items if item["kind"] == "file"] == ["file_held"]


@pytest.mark.parametrize("name", ["inbox", "view"])
async def test_connections_are_tested_step_by_step(api: httpx.AsyncClient, inbox_site: InboxSite, name: str) -> None:
    answer = (await api.post(f"/v1/connections/{name}/test")).json()
    assert answer["ok"], answer
    inbox_site.ftp.refused["PASS"] = "530 Login incorrect."
    await inbox_site.customer.execute("ALTER SCHEMA bdm RENAME TO away")
    answer = (await api.post(f"/v1/connections/{name}/test")).json()
    assert (answer["ok"], answer["steps"][-1]["name"]) == (False, {"inbox": "login", "view": "view"}[name])
    assert answer["steps"][-1]["detail"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (r"C:\Users\me\Letture.txt", "Letture.txt"),
        ("/etc/passwd", "passwd"),
        ("a\r\nb\x00.txt", "ab.txt"),
        ("", "upload.txt"),
        (None, "upload.txt"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_name_is_only_a_name(given: str | None, expected: str) -> None:
    assert plain_name(given) == expected
