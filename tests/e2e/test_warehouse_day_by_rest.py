"""A whole warehouse day by REST alone: another internal system drives it with a key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.portico import RunningPortico, wait_for

if TYPE_CHECKING:
    import httpx

ROWS = 60
API = "/api/invoices/v1"


@pytest.fixture(scope="module")
def dropped(portico: RunningPortico) -> dict[str, Any]:
    """The day's file on the inbox, and what is true about it."""
    portico.outside.patch("/_sandbox/state", json={"processing_seconds": 20})
    answer = portico.outside.post("/_sandbox/drop", json={"kind": "day", "rows": ROWS})
    answer.raise_for_status()
    return answer.json()


def state(portico: RunningPortico, wanted: str, seconds: float = 90) -> dict[str, Any]:
    return wait_for(
        lambda: found if (found := portico.session())["state"] == wanted else None,
        seconds=seconds,
        what=f"a session that is {wanted}",
    )


def test_the_file_is_picked_up_and_imported(portico: RunningPortico, dropped: dict[str, Any]) -> None:
    started = portico.api.post(f"{API}/jobs/imports.pick_up/runs", json={"params": {}})
    assert started.status_code == 202, started.text
    assert started.headers["location"].startswith("/api/invoices/v1/runs/")
    session = state(portico, "ready")
    assert session["total"] == len(dropped["valid"])
    assert session["not_found"] == len(dropped["not_found"])
    wait_for(lambda: dropped["name"] not in portico.outside.get("/_sandbox/state").text, what="the delete")
    wait_for(lambda: [mail for mail in portico.mails() if dropped["name"] in mail["subject"]], what="the summary")


def test_twenty_starts_at_once_give_one_session_one_file(portico: RunningPortico, dropped: dict[str, Any]) -> None:
    with ThreadPoolExecutor(20) as threads:
        answers: list[httpx.Response] = list(threads.map(lambda _: portico.api.post(f"{API}/session/start"), range(20)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [202, *[409] * 19], statuses
    refused = next(answer for answer in answers if answer.status_code == 409).json()
    assert refused["code"] == "already_started"
    assert "demo" in refused["detail"]  # who
    session = state(portico, "open")
    assert session["generated"] == len(dropped["valid"])
    uploads = [
        entry for entry in portico.outside.get("/_sandbox/journal").json()["items"] if entry["operation"] == "STOR"
    ]
    assert len({str(entry) for entry in uploads}) == len(uploads)
    csv = portico.api.get(f"{API}/sessions/{session['business_date']}/csv")
    assert csv.status_code == 200
    assert len(csv.text.splitlines()) == len(dropped["valid"])


def test_the_counter_rises_and_the_session_closes_by_itself(portico: RunningPortico, dropped: dict[str, Any]) -> None:
    closed = state(portico, "closed", seconds=120)
    assert (closed["reason"], closed["processed"]) == ("completed", len(dropped["valid"]))


def test_a_closed_day_can_be_closed_again_but_not_started(portico: RunningPortico, dropped: dict[str, Any]) -> None:
    again = portico.api.post(f"{API}/session/close", json={"force": False})
    assert (again.status_code, again.json()["changed"]) == (200, False)
    start = portico.api.post(f"{API}/session/start")
    assert (start.status_code, start.json()["code"]) == (409, "closed")
    assert start.headers["content-type"].startswith("application/problem+json")


def test_every_run_of_the_day_ended_well(portico: RunningPortico, dropped: dict[str, Any]) -> None:
    runs = portico.api.get("/api/runs", params={"hide_idle": "true"}).json()
    assert {run["job"] for run in runs["items"]} >= {"imports.pick_up", "dispatch.send", "sessions.watch"}
    assert [run for run in runs["items"] if run["state"] in {"failed", "partial"}] == []
    assert runs["errors"] == []
