"""A whole warehouse day by `portico` alone, with its exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.portico import RunningPortico, wait_for

if TYPE_CHECKING:
    from pathlib import Path

DONE, FAILED, USAGE, BUSY, UNREACHABLE = 0, 1, 2, 4, 5


@pytest.fixture(scope="module")
def dropped(portico: RunningPortico) -> dict[str, Any]:
    portico.outside.patch("/_sandbox/state", json={"processing_seconds": 10})
    answer = portico.outside.post("/_sandbox/drop", json={"kind": "day", "rows": 40})
    answer.raise_for_status()
    return answer.json()


def session(portico: RunningPortico) -> dict[str, Any]:
    done = portico.command("invoices", "status", "--json")
    assert done.returncode == DONE, done.stderr
    return json.loads(done.stdout)


def test_status_before_anything_happened(portico: RunningPortico) -> None:
    done = portico.command("status")
    assert done.returncode == DONE, done.stderr
    assert "invoices" in done.stdout


def test_a_file_that_is_none_is_refused_in_words(portico: RunningPortico, tmp_path: Path) -> None:
    wrong = tmp_path / "holiday.txt"
    wrong.write_text("not a file of invoices\n", encoding="utf-8")
    done = portico.command("invoices", "upload", str(wrong))
    assert done.returncode in (BUSY, FAILED), done.stderr
    assert "What to do" in done.stderr


def test_the_day_from_pick_up_to_close(portico: RunningPortico, dropped: dict[str, Any]) -> None:
    picked = portico.command("invoices", "pick-up", "--wait")
    assert picked.returncode == DONE, picked.stdout + picked.stderr
    wait_for(lambda: session(portico)["state"] == "ready", what="the import")
    started = portico.command("invoices", "start", "--wait")
    assert started.returncode == DONE, started.stdout + started.stderr
    again = portico.command("invoices", "start")
    assert again.returncode == BUSY
    assert "already" in again.stderr
    wait_for(lambda: session(portico)["state"] == "closed", seconds=90, what="the automatic close")
    assert session(portico)["processed"] == len(dropped["valid"])
    assert portico.command("invoices", "close").returncode == DONE


def test_the_log_of_a_run_can_be_read(portico: RunningPortico, dropped: dict[str, Any]) -> None:
    listed = portico.command("runs", "--job", "dispatch.send", "--json")
    run = json.loads(listed.stdout)["items"][0]
    log = portico.command("logs", run["id"])
    assert log.returncode == DONE
    assert log.stdout.strip()


def test_an_unreachable_portico_is_told_apart(portico: RunningPortico) -> None:
    done = portico.command("--url", "http://127.0.0.1:1", "status")
    assert done.returncode == UNREACHABLE
    assert "127.0.0.1:1" in done.stderr


def test_a_wrong_word_is_a_usage_error(portico: RunningPortico) -> None:
    assert portico.command("invoices", "dance").returncode == USAGE
