"""What is printed, for people and for scripts."""

from __future__ import annotations

import json
import time

import httpx
import pytest

from cli.output import clean, duration

RUN_ID = "0199aa00-0000-7000-8000-000000000001"
BASE = f"/api/invoices/v1/runs/{RUN_ID}"


@pytest.fixture(autouse=True)
def in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def test_runs_are_a_table_whose_columns_stand_under_their_titles(portico, gateway, run_document, capsys):
    done = run_document(state="succeeded", finished_at="2026-11-20T08:00:03.5Z", message="1 file")
    gateway.on("GET /api/runs", {"items": [done, run_document(title="Watch")], "next": None})
    assert portico("runs") == 0
    title, first, second = capsys.readouterr().out.splitlines()
    for name, cell in (("JOB", "Check inbox"), ("STATE", "done"), ("TOOK", "2.5 s"), ("MESSAGE", "1 file")):
        assert first.index(cell) == title.index(name)
    assert second.index("Watch") == title.index("JOB")
    assert "2026-11-20 08:00:00 UTC" in first
    assert "\x1b" not in title + first


def test_filters_go_out_as_they_are_given_and_idle_runs_are_hidden(portico, gateway, capsys):
    gateway.on("GET /api/runs", {"items": [], "next": None})
    portico("runs", "--state", "failed,partial", "--trigger", "!manual", "--created-at", "2026-11-01..", "-q", "x y")
    sent = dict(gateway.asked[-1].url.params)
    assert sent == {
        "state": "failed,partial",
        "trigger": "!manual",
        "created_at": "2026-11-01..",
        "q": "x y",
        "hide_idle": "true",
        "limit": "50",
    }
    assert "--all shows them" in capsys.readouterr().err


def test_pages_are_followed_until_the_limit(portico, gateway, run_document, capsys):
    page = {"items": [run_document()] * 2, "next": "more"}
    gateway.on("GET /api/runs", page, page, page)
    portico("--json", "runs", "--limit", "5")
    assert len(json.loads(capsys.readouterr().out)["items"]) == 5
    assert gateway.asked[-1].url.params["cursor"] == "more"


@pytest.mark.parametrize("arguments", [("--json", "attention"), ("attention", "--json")])
def test_json_may_stand_before_or_after_the_command(portico, gateway, capsys, arguments):
    gateway.on("GET /api/attention", {"items": [], "next": None, "errors": []})
    assert portico(*arguments) == 0
    assert json.loads(capsys.readouterr().out)["items"] == []


def test_an_absent_service_is_told_beside_the_list(portico, gateway, run_document, capsys):
    away = {"service": "asanito", "code": "service_unreachable", "detail": "it does not answer"}
    gateway.on("GET /api/runs", {"items": [run_document()], "next": None, "errors": [away]})
    portico("runs")
    assert capsys.readouterr().err == "asanito is missing here: it does not answer\n"


def test_a_problem_says_what_happened_and_what_to_do(portico, gateway, capsys):
    document = {
        "code": "already_started",
        "status": 409,
        "detail": "The session of 20 November was started by Ada at 08:02.",
        "request_id": "r-1",
        "errors": [],
    }
    gateway.on("POST /api/invoices/v1/session/start", (409, document))
    portico("invoices", "start")
    assert capsys.readouterr().err.splitlines() == [
        "portico: The session of 20 November was started by Ada at 08:02.",
        "  What to do: Nothing: `portico invoices status` shows how far it is.",
        "  (already_started, request r-1)",
    ]


def test_a_problem_as_json_is_the_document_with_the_exit_code(portico, gateway, capsys):
    gateway.on("POST /api/invoices/v1/session/start", (409, {"code": "closed", "detail": "Closed.", "status": 409}))
    assert portico("invoices", "start", "--json") == 4
    told = json.loads(capsys.readouterr().err)
    assert (told["code"], told["exit_code"]) == ("closed", 4)


def test_an_answer_that_is_no_problem_document_is_still_a_sentence(portico, gateway, capsys):
    gateway.on("GET /api/invoices/v1/session", httpx.Response(502, text="<html>Bad gateway</html>"))
    assert portico("invoices", "status") == 5
    assert "Portico answered 502" in capsys.readouterr().err


def test_bad_lines_of_an_upload_are_listed(portico, gateway, tmp_path, capsys):
    errors = [{"pointer": "/file/lines/3", "code": "field_count", "detail": "600000001|1|a|b|c"}]
    problem = {"code": "file_invalid", "status": 422, "detail": "No usable record.", "errors": errors}
    gateway.on("POST /api/invoices/v1/files", (422, problem))
    path = tmp_path / "Letture20261120190000000_3.txt"
    path.write_bytes(b"6|1|x|1.00")
    assert portico("invoices", "upload", str(path)) == 1
    assert "  line 3: field_count: 600000001|1|a|b|c" in capsys.readouterr().err


REPORT = {
    "state": "imported",
    "file_id": "f-1",
    "business_date": "2026-11-20",
    "declared": 12,
    "records": 13,
    "verdict": "off_by_one",
    "kept": 10,
    "ignored": 1,
    "rejected": {"field_count": 2},
    "duplicates": 0,
    "valid": 8,
    "not_found": 2,
    "in_past": 0,
    "already_sent": 0,
    "incomplete": 0,
    "total_quantity": 11,
    "total_value": "12.50",
    "warnings": [],
    "bad_lines": [{"line": 3, "reason": "field_count", "text": "600000001|1"}],
}


def test_an_upload_tells_its_report_and_sends_what_was_asked(portico, gateway, tmp_path, capsys):
    gateway.on("POST /api/invoices/v1/files", (201, REPORT))
    path = tmp_path / "day.txt"
    path.write_bytes(b"600000001|1|Toys|1.00")
    assert portico("invoices", "upload", str(path), "--accept-count") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "day.txt was imported."
    assert "records      13, and 12 by its name (off_by_one)" in lines
    assert "left out     2 not found" in lines
    assert lines[-1] == "  line 3: field_count: 600000001|1"
    assert dict(gateway.asked[-1].url.params) == {"accept_count": "true"}
    assert b"600000001|1|Toys|1.00" in gateway.asked[-1].content


@pytest.mark.parametrize(
    ("options", "state", "first"),
    [(("--validate-only",), "imported", "day.txt would be accepted"), ((), "duplicate", "day.txt was here before")],
)
def test_an_upload_that_keeps_nothing_says_so(portico, gateway, tmp_path, capsys, options, state, first):
    gateway.on("POST /api/invoices/v1/files", {**REPORT, "state": state})
    (tmp_path / "day.txt").write_bytes(b"600000001|1|Toys|1.00")
    assert portico("invoices", "upload", str(tmp_path / "day.txt"), *options) == 0
    assert capsys.readouterr().out.startswith(first)


def test_one_wrong_filter_is_told_once(portico, gateway, capsys):
    error = {"pointer": "state", "code": "unknown", "detail": "choose among a, b"}
    problem = {"code": "invalid_input", "detail": "state: choose among a, b", "errors": [error], "status": 422}
    gateway.on("GET /api/runs", (422, problem))
    assert portico("runs", "--state", "x") == 2
    assert capsys.readouterr().err.count("choose among") == 1


def test_a_missing_file_is_a_sentence(portico, capsys):
    assert portico("invoices", "upload", "/nowhere/day.txt") == 1
    assert "can't be read" in capsys.readouterr().err


def test_the_session_is_told_in_words(portico, gateway, capsys):
    session = {
        "business_date": "2026-11-20",
        "text": "Session opened for 20 November - 3 shipments processed out of 10 total",
        "state": "open",
        "started_by": "ada",
        "started_at": "2026-11-20T08:02:00Z",
        "generated": 10,
        "remote_name": "session.csv",
        "uploaded_at": "2026-11-20T08:02:01Z",
        "not_found": 2,
        "stale": True,
        "buttons": {"start": {"enabled": False}, "check": {"enabled": True}, "close": {"enabled": True}},
    }
    gateway.on("GET /api/invoices/v1/session", session)
    assert portico("invoices", "status") == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == session["text"]
    for line in (
        "started   ada, 2026-11-20 08:02:00 UTC",
        "sent      10 lines as session.csv",
        "possible  check, close",
    ):
        assert line in out
    assert "last known number" in out


def test_unsafe_calls_carry_a_key_and_a_lost_answer_is_asked_again_with_the_same(portico, gateway, run_document):
    job = "POST /api/invoices/v1/jobs/imports.pick_up/runs"
    gateway.on(job, httpx.ReadError("gone"), (202, run_document()))
    assert portico("invoices", "pick-up") == 0
    keys = {request.headers["idempotency-key"] for request in gateway.asked}
    assert len(gateway.asked) == 2
    assert len(keys) == 1
    assert gateway.asked[0].headers["authorization"] == "Bearer pk_test_secret"


def test_following_a_log_resumes_after_the_last_line_and_ends_with_the_run(portico, gateway, run_document, capsys):
    def line(seq: int) -> dict[str, object]:
        return {"seq": seq, "at": "2026-11-20T08:00:00Z", "level": "info", "event": "e", "message": f"line {seq}"}

    def stream(*numbers: int) -> httpx.Response:
        body = ": keep-alive\n\n" + "".join(f"id: {n}\ndata: {json.dumps(line(n))}\n\n" for n in numbers)
        return httpx.Response(200, text=body, headers={"Content-Type": "text/event-stream"})

    gateway.on(f"GET {BASE}", run_document(), run_document(), run_document(state="partial"))
    gateway.on(
        f"GET {BASE}/log",
        {"items": [line(1)], "next": None},
        {"items": [line(5)], "next": None},
    )
    gateway.on(f"GET {BASE}/log/stream", stream(2, 3), stream(3, 4))
    assert portico("logs", "-f", RUN_ID) == 3
    assert [text.split()[-1] for text in capsys.readouterr().out.splitlines()] == ["1", "2", "3", "4", "5"]
    resumed = [r.headers["last-event-id"] for r in gateway.asked if r.url.path.endswith("/stream")]
    assert resumed == ["1", "3"]


def test_a_job_is_found_in_whichever_service_has_it(portico, gateway, run_document):
    gateway.on("GET /api/services", [{"name": "asanito"}, {"name": "invoices"}])
    gateway.on("POST /api/asanito/v1/jobs/imports.pick_up/runs", (404, {"code": "unknown_job", "detail": "No."}))
    gateway.on("POST /api/invoices/v1/jobs/imports.pick_up/runs", (202, run_document()))
    assert portico("jobs", "run", "imports.pick_up", "--params", '{"a": 1}', "--dry-run") == 0
    assert gateway.bodies()[-1] == {"params": {"a": 1}, "dry_run": True}


def test_the_csv_goes_to_a_file_byte_by_byte(portico, gateway, tmp_path):
    gateway.on("GET /api/invoices/v1/sessions/2026-11-20/csv", httpx.Response(200, content=b"a|b\n\xff"))
    assert portico("invoices", "csv", "2026-11-20", "-o", str(tmp_path / "day.csv")) == 0
    assert (tmp_path / "day.csv").read_bytes() == b"a|b\n\xff"


def test_names_from_outside_can_not_move_the_cursor():
    assert clean("day\x1b[2J\r.txt") == "day [2J .txt"


@pytest.mark.parametrize(
    ("end", "text"),
    [
        ("2026-11-20T08:00:02.25Z", "2.2 s"),
        ("2026-11-20T08:03:20Z", "3 min 20 s"),
        ("2026-11-20T10:05:00Z", "2 h 5 min"),
    ],
)
def test_durations_are_short(end, text):
    assert duration("2026-11-20T08:00:00Z", end) == text


def test_a_run_is_shown_with_its_attempts_effects_and_records(portico, gateway, run_document, capsys):
    ended = {"detail": "The inbox did not answer.", "code": "unreachable", "params": {}}
    attempt = {"attempt": 1, "state": "lost", "worker": "w", "started_at": "2026-11-20T08:00:01Z", "error": ended}
    effect = {"id": "e", "target": "inbox", "op": "delete", "key": "a.txt", "state": "uncertain", "evidence": {}}
    record = {"key": "a.txt", "outcome": "ok", "reason": None, "message": "kept 3", "at": "2026-11-20T08:00:02Z"}
    counts = {"ok": 1, "warning": 0, "problem": 0, "skipped": 0}
    gateway.on(f"GET {BASE}", run_document(state="partial", counts=counts, message="one in doubt"))
    for name, item in (("attempts", attempt), ("effects", effect), ("records", record)):
        gateway.on(f"GET {BASE}/{name}", {"items": [item], "next": None})
    assert portico("runs", "show", RUN_ID) == 3
    out = capsys.readouterr().out
    assert out.startswith("Check inbox: done, with problems\n")
    for text in ("records  1 ok", "manual by m.r", "The inbox did not answer.", "uncertain", "2026-11-20 08:00:02 UTC"):
        assert text in out


def test_a_run_is_looked_for_in_every_service(portico, gateway, run_document):
    gateway.on("GET /api/services", [{"name": "asanito"}, {"name": "invoices"}])
    gateway.on(f"GET {BASE}", run_document())
    gateway.on(f"POST {BASE}/cancel", (202, run_document(state="cancelled")))
    assert portico("runs", "cancel", RUN_ID) == 1


def test_the_health_of_every_service_is_told(portico, gateway, capsys):
    service = {
        "name": "invoices",
        "status": "degraded",
        "checks": {"database": {"ok": True, "detail": "ready"}, "redis": {"ok": False, "detail": "refused"}},
        "workers": {"ok": True, "detail": "1 alive"},
    }
    gateway.on("GET /api/health", {"status": "degraded", "checks": {}, "services": [service]})
    gateway.on("GET /api/attention", {"items": [{"title": "x"}], "next": None})
    assert portico("status") == 0
    out = capsys.readouterr().out
    assert "invoices  degraded  1 alive  redis: refused" in out
    assert "1 things need a person" not in out
    assert "1 thing needs a person: portico attention" in out


def test_schedules_and_jobs_are_listed_with_what_matters(portico, gateway, run_document, capsys):
    schedule = {
        "id": "s-1",
        "name": "imports.pick_up",
        "job": "imports.pick_up",
        "cron": ["0,30 8-19 * * 1-5", "0 20 * * 1-5"],
        "zone": "Europe/Rome",
        "enabled": True,
        "paused": None,
        "next": ["2026-11-20T09:00:00Z"],
    }
    job = {"name": "imports.pick_up", "startable": True, "paused": None, "description": "Looks.", "last_run": None}
    gateway.on("GET /api/invoices/v1/schedules", {"items": [schedule], "next": None})
    gateway.on("GET /api/invoices/v1/jobs", {"items": [job], "next": None})
    gateway.on("POST /api/invoices/v1/schedules/s-1/pause", {**schedule, "paused": {"reason": "stocktaking"}})
    assert portico("schedules") == portico("jobs") == 0
    assert portico("schedules", "pause", "imports.pick_up", "--reason", "stocktaking") == 0
    out = capsys.readouterr().out
    for text in (
        "0,30 8-19 * * 1-5; 0 20 * * 1-5",
        "2026-11-20 09:00:00 UTC",
        "by hand too",
        "never",
        "paused: stocktaking",
    ):
        assert text in out


def test_the_lists_of_the_warehouse_are_tables(portico, gateway, capsys):
    file = {
        "id": "f-1",
        "name": "Letture20261120190000000_3.txt",
        "state": "imported",
        "reason": None,
        "source": "ftp",
        "records": 3,
        "received_at": "2026-11-20T18:00:00Z",
    }
    day = {
        "business_date": "2026-11-20",
        "state": "closed",
        "reason": "completed",
        "processed": 9,
        "total": 10,
        "not_found": 1,
        "started_by": "ada",
        "closed_at": "2026-11-20T19:00:00Z",
    }
    gateway.on("GET /api/invoices/v1/files", {"items": [file], "next": None})
    gateway.on("GET /api/invoices/v1/sessions", {"items": [day], "next": None})
    assert portico("invoices", "files") == portico("invoices", "sessions") == 0
    out = capsys.readouterr().out
    assert "Letture20261120190000000_3.txt  imported          ftp     3        2026-11-20 18:00:00 UTC  f-1" in out
    assert "2026-11-20  closed  completed  9 of 10    1          ada" in out


def test_starting_waits_until_the_delivery_has_ended(portico, gateway, capsys):
    def session(state: str) -> dict[str, object]:
        return {"business_date": "2026-11-20", "state": state, "text": f"It is {state}"}

    gateway.on("POST /api/invoices/v1/session/start", (202, session("opening")))
    gateway.on("GET /api/invoices/v1/session", session("opening"), session("open"), session("open"), session("closed"))
    assert portico("invoices", "start", "--wait") == 0
    assert portico("invoices", "status", "--wait", "--until-closed") == 0
    assert [line for line in capsys.readouterr().out.splitlines() if "It is" in line] == ["It is open", "It is closed"]


@pytest.mark.parametrize(
    ("command", "path", "body"),
    [
        (("check",), "check", {}),
        (("close",), "close", {"force": False}),
        (("close", "--force"), "close", {"force": True}),
        (("confirm", "--note", "seen there"), "confirm", {"note": "seen there"}),
    ],
)
def test_each_button_sends_its_own_request(portico, gateway, command, path, body):
    session = {"business_date": "2026-11-20", "state": "open", "text": "Open"}
    gateway.on(f"POST /api/invoices/v1/session/{path}", session)
    assert portico("invoices", *command) == 0
    assert gateway.bodies() == [body]
