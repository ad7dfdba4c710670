"""Exit codes: scripts rely on them."""

from __future__ import annotations

import httpx
import pytest

JOB = "POST /api/invoices/v1/jobs/imports.pick_up/runs"
RUN_PATH = "GET /api/invoices/v1/runs/0199aa00-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("state", "code"),
    [("succeeded", 0), ("failed", 1), ("cancelled", 1), ("partial", 3), ("waiting", 6)],
)
def test_waiting_for_a_run_ends_with_the_code_of_its_state(portico, gateway, run_document, state, code):
    gateway.on(JOB, (202, run_document(state="queued")))
    gateway.on(RUN_PATH, run_document(), run_document(), run_document(state=state))
    assert portico("invoices", "pick-up", "--wait") == code


def test_an_accepted_run_is_done_without_waiting(portico, gateway, run_document):
    gateway.on(JOB, (202, run_document(state="queued")))
    assert portico("invoices", "pick-up") == 0


def test_a_run_that_is_not_over_in_time_is_busy(portico, gateway, run_document, capsys):
    gateway.on(JOB, (202, run_document(state="queued")))
    gateway.on(RUN_PATH, run_document())
    assert portico("invoices", "pick-up", "--wait", "--timeout", "0.01") == 4
    assert "It goes on without you" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "unauthorized", 4),
        (403, "forbidden", 4),
        (404, "not_found", 1),
        (409, "already_started", 4),
        (409, "incomplete", 6),
        (422, "invalid_input", 2),
        (422, "no_records", 1),
        (422, "count_mismatch", 6),
        (429, "too_many_requests", 4),
        (500, "internal_error", 1),
        (502, "service_unreachable", 5),
        (503, "unavailable", 5),
        (504, "service_timeout", 5),
    ],
)
def test_a_refusal_has_the_code_of_what_it_means(portico, gateway, status, code, expected):
    gateway.on("POST /api/invoices/v1/session/start", (status, {"code": code, "detail": "No.", "status": status}))
    assert portico("invoices", "start") == expected


def test_nobody_at_the_address_is_unreachable(portico, gateway, capsys):
    gateway.on("GET /api/invoices/v1/session", httpx.ConnectError("refused"))
    assert portico("invoices", "status") == 5
    assert "http://127.0.0.1:1 does not answer" in capsys.readouterr().err


def test_a_slow_answer_is_unreachable_and_not_asked_twice(portico, gateway):
    gateway.on("POST /api/invoices/v1/session/start", httpx.ReadTimeout("slow"))
    assert portico("invoices", "start") == 5
    assert len(gateway.asked) == 1


@pytest.mark.parametrize(
    "wrong", [(), ("dance",), ("runs", "show"), ("invoices",), ("invoices", "upload"), ("runs", "--limit", "many")]
)
def test_a_wrong_command_line_is_usage(portico, wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        portico(*wrong)
    assert ended.value.code == 2
    assert "What to do" in capsys.readouterr().err


def test_no_address_is_usage(portico, monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("PORTICO_URL")
    monkeypatch.chdir(tmp_path)
    assert portico("status") == 2
    assert "PORTICO_URL" in capsys.readouterr().err


def test_attention_needs_a_person_only_when_there_is_something(portico, gateway):
    item = {"title": "No file", "severity": "problem", "service": "invoices", "detail": "", "since": None, "link": None}
    gateway.on("GET /api/attention", {"items": [], "next": None}, {"items": [item], "next": None})
    assert portico("attention") == 0
    assert portico("attention") == 6


def test_a_failed_session_needs_a_person(portico, gateway):
    gateway.on("GET /api/invoices/v1/session", {"state": "failed", "business_date": "2026-11-20", "text": "Failed"})
    assert portico("invoices", "status") == 6


def test_a_service_that_is_down_is_unreachable(portico, gateway):
    down = {"name": "invoices", "status": "unavailable", "checks": {}, "workers": None}
    gateway.on("GET /api/health", {"status": "degraded", "services": [down]})
    gateway.on("GET /api/attention", {"items": [], "next": None})
    assert portico("status") == 5
