"""A day as a timeline, and days in figures, over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from common.app import create_service_app
from common.jobs import Trigger
from services.invoices.history import repository
from services.invoices.main import SERVICE
from tests.support.api import client, serving
from tests.support.inbox_site import InboxSite, lines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

ROME = ZoneInfo("Europe/Rome")


@pytest.fixture
async def api(inbox_site: InboxSite) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(create_service_app(SERVICE, inbox_site.settings)) as app,
        client(app, name="M. Rossi") as caller,
    ):
        yield caller


async def test_a_day_is_told_from_its_file_to_its_end(api: httpx.AsyncClient) -> None:
    today = (await api.get("/v1/session")).json()["business_date"]
    await api.post("/v1/files", files={"file": ("by hand.txt", lines(600000001))})
    assert (await api.post("/v1/session/start")).status_code == 202
    await api.post("/v1/session/close", json={"force": True})
    told = (await api.get(f"/v1/sessions/{today}/timeline")).json()
    entries = [(item["kind"], item["code"], item["title"]) for item in told["items"]]
    assert ("file", "imported", "by hand.txt") in entries
    assert ("mail", "pending", "import") in entries
    assert ("run", "queued", "dispatch.send") in entries
    assert [code for kind, code, _ in entries if kind == "session"] == ["ready", "started", "closed"]
    actions = [code for kind, code, _ in entries if kind == "audit"]
    assert actions == ["file.uploaded", "session.started", "session.closed"]
    assert [item["at"] for item in told["items"]] == sorted(item["at"] for item in told["items"])
    assert told["truncated"] is False
    (file,) = [item for item in told["items"] if item["kind"] == "file"]
    assert (file["by"], file["link"].startswith("/invoices/files/")) == ("M. Rossi", True)


async def test_what_the_opening_causes_is_told_after_it(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    today = (await api.get("/v1/session")).json()["business_date"]
    await api.post("/v1/files", files={"file": ("by hand.txt", lines(600000001))})
    assert (await api.post("/v1/session/start")).status_code == 202
    async with inbox_site.core.db.transaction() as conn:  # as it happens: one transaction, the clock read within
        session = await conn.fetchval(
            """UPDATE sessions SET state = 'open', csv_sha256 = 'x', remote_name = 'x', csv_lines = 1, read_count = 1,
                                   csv_rendered_at = now(), uploaded_at = now(), verified_at = now() + interval '40 ms'
            RETURNING id"""
        )
        await inbox_site.core.ledger.enqueue(
            conn, "sessions.watch", {"session_id": str(session)}, trigger=Trigger("chain")
        )
        await conn.execute(
            "INSERT INTO outbox (kind, key, payload) VALUES ('mail', $1, $2)", f"success:{session}", {"kind": "success"}
        )
    told = (await api.get(f"/v1/sessions/{today}/timeline")).json()["items"]
    assert [(entry["kind"], entry["title"]) for entry in told][-3:] == [
        ("session", ""),
        ("mail", "success"),
        ("run", "sessions.watch"),
    ]
    assert told[-3]["code"] == "opened"
    assert [entry["at"] for entry in told] == sorted(entry["at"] for entry in told)


async def test_what_is_in_doubt_is_told_and_what_went_well_is_not(
    api: httpx.AsyncClient, inbox_site: InboxSite
) -> None:
    today = (await api.get("/v1/session")).json()["business_date"]
    await api.post("/v1/files", files={"file": ("by hand.txt", lines(600000001))})
    assert (await api.post("/v1/session/start")).status_code == 202
    async with inbox_site.core.db.connection() as conn:
        run = await conn.fetchval("SELECT id FROM runs WHERE job = 'dispatch.send'")
        for key, state, detail in (("a.csv", "uncertain", "No answer."), ("b.csv", "confirmed", "")):
            await conn.execute(
                "INSERT INTO run_effects (run_id, target, op, key, state, detail) "
                "VALUES ($1, 'delivery', 'put', $2, $3, $4)",
                run,
                key,
                state,
                detail,
            )
    told = (await api.get(f"/v1/sessions/{today}/timeline")).json()["items"]
    (doubt,) = [item for item in told if item["kind"] == "effect"]
    assert (doubt["code"], doubt["title"], doubt["detail"]) == ("uncertain", "a.csv", "No answer.")
    assert doubt["link"] == f"/v1/runs/{run}"


async def test_a_mail_is_told_with_its_recipients_and_a_file_with_its_lines(
    api: httpx.AsyncClient, inbox_site: InboxSite
) -> None:
    today = (await api.get("/v1/session")).json()["business_date"]
    await api.post("/v1/files", files={"file": ("by hand.txt", lines(600000001, 600000002))})
    async with inbox_site.core.db.connection() as conn:
        await conn.execute(
            "UPDATE outbox SET state = 'sent', sent_at = created_at + interval '3 s', "
            'payload = payload || \'{"to": "a@example.org, b@example.org"}\''
        )
    told = {item["kind"]: item for item in (await api.get(f"/v1/sessions/{today}/timeline")).json()["items"]}
    assert told["mail"]["detail"] == "a@example.org, b@example.org"
    assert told["mail"]["until"] > told["mail"]["at"]
    assert told["file"]["count"] == 2


async def test_a_timeline_is_bounded(
    api: httpx.AsyncClient, inbox_site: InboxSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "SHOWN", 2)
    today = (await api.get("/v1/session")).json()["business_date"]
    await api.post("/v1/files", files={"file": ("by hand.txt", lines(600000001))})
    told = (await api.get(f"/v1/sessions/{today}/timeline")).json()
    assert (len(told["items"]), told["truncated"]) == (2, True)


async def test_an_empty_day_has_an_empty_timeline(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/sessions/2001-02-03/timeline")).json()["items"] == []
    assert (await api.get("/v1/sessions/9999-12-31/timeline")).status_code == 422


async def test_a_day_of_the_site_is_not_one_of_utc(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    async with inbox_site.core.db.connection() as conn:
        for at in (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), datetime(2026, 3, 28, 23, 1, tzinfo=UTC)):
            await conn.execute(
                "INSERT INTO outbox (kind, key, payload, created_at) VALUES ('mail', $1::text, '{}', $2)", str(at), at
            )
    told = (await api.get("/v1/sessions/2026-03-29/timeline")).json()
    assert [item["at"] for item in told["items"]] == ["2026-03-28T23:01:00Z"]


async def test_days_in_figures(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    await api.post("/v1/files", files={"file": ("by hand.txt", lines(600000001, 600000002))})
    started = datetime.now(UTC)
    async with inbox_site.core.db.connection() as conn:
        await conn.execute(
            """
            UPDATE sessions
               SET state = 'closed', reason = 'completed', business_date = '2026-03-03', csv_sha256 = 'x',
                   remote_name = 'x', csv_lines = 2, total = 2, processed = 2, started_at = $1::timestamptz,
                   verified_at = $1::timestamptz + interval '30 s', closed_at = $1::timestamptz + interval '1 h'
            """,
            started,
        )
        await conn.execute("UPDATE files SET business_date = '2026-03-03'")
    items = (await api.get("/v1/statistics", params={"from": "2026-03-01", "to": "2026-03-31"})).json()["items"]
    assert items == [
        {
            "business_date": "2026-03-03",
            "files": 1,
            "kept": 2,
            "valid": 2,
            "not_found": 2,
            "generated": 2,
            "processed": 2,
            "state": "closed",
            "seconds_to_open": 30.0,
            "seconds_to_close": 3600.0,
        }
    ]
    assert (await api.get("/v1/statistics")).json()["items"] == []


@pytest.mark.parametrize(
    ("since", "until"), [("2026-03-02", "2026-03-01"), ("2020-01-01", "2026-01-01"), ("0001-01-01", "")]
)
async def test_a_range_is_bounded(api: httpx.AsyncClient, since: str, until: str) -> None:
    params = {"from": since} | ({"to": until} if until else {})
    assert (await api.get("/v1/statistics", params=params)).status_code == 422


async def test_statistics_of_the_first_days_there_are(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/statistics", params={"to": str(date.min + timedelta(days=3))})).json()["items"] == []
