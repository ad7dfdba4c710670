"""What tests with a described gateway can't show: the command line against a whole Portico, on its less sunny days."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.portico import RunningPortico, running_portico

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.story, pytest.mark.servers, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortico]:
    """Nothing is picked up by itself, so that each step is the test's own."""
    with running_portico(tmp_path_factory.mktemp("portico")) as running:
        paused = running.command("schedules", "pause", "imports.pick_up", "--reason", "a test presses the buttons")
        assert paused.returncode == 0, paused.stderr
        running.outside.patch("/_sandbox/state", json={"processing_seconds": 5}).raise_for_status()
        yield running


@pytest.fixture(scope="module")
def day_file(installation: RunningPortico, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that the customer knows, brought by hand instead of by FTP."""
    dropped = installation.outside.post("/_sandbox/drop", json={"kind": "day", "rows": 30}).json()
    inbox = installation.folder / "var" / "sandbox" / "inbox" / dropped["name"]
    path: Path = tmp_path_factory.mktemp("upload") / dropped["name"]
    path.write_bytes(inbox.read_bytes())
    inbox.unlink()
    return path


def fault(installation: RunningPortico, **described: Any) -> None:
    installation.outside.post("/_sandbox/faults", json=described).raise_for_status()


def newest_run(installation: RunningPortico, job: str) -> str:
    listed = installation.command("runs", "--job", job, "--json")
    run_id: str = json.loads(listed.stdout)["items"][0]["id"]
    return run_id


def test_the_schedule_is_paused_with_its_reason(installation):
    assert "paused: a test presses the buttons" in installation.command("schedules").stdout


def test_a_preview_keeps_nothing(installation, day_file):
    preview = installation.command("invoices", "upload", str(day_file), "--validate-only")
    assert preview.returncode == 0, preview.stderr
    assert "nothing was kept" in preview.stdout
    assert "No file has come yet" in installation.command("invoices", "files").stderr


def test_a_file_with_a_wrong_count_is_a_question_and_can_be_accepted(installation, day_file, tmp_path):
    wrong = tmp_path / f"{day_file.name.rsplit('_', 1)[0]}_99.txt"
    wrong.write_bytes(day_file.read_bytes())
    asked = installation.command("invoices", "upload", str(wrong))
    assert (asked.returncode, "--accept-count" in asked.stderr) == (6, True)
    accepted = installation.command("invoices", "upload", str(wrong), "--accept-count")
    assert accepted.returncode == 0, accepted.stderr
    again = installation.command("invoices", "upload", str(day_file))
    assert (again.returncode, "was here before" in again.stdout) == (0, True)


def test_the_rows_tell_what_became_of_each(installation):
    listed = json.loads(installation.command("invoices", "files", "--json").stdout)
    rows = installation.command("invoices", "rows", listed["items"][0]["id"], "--status", "not_found")
    assert rows.returncode == 0, rows.stderr
    assert "not_found" in rows.stdout


def test_a_held_file_needs_a_person(installation):
    installation.outside.post("/_sandbox/drop", json={"kind": "short", "rows": 20}).raise_for_status()
    picked = installation.command("invoices", "pick-up", "--wait")
    assert picked.returncode == 3, picked.stdout + picked.stderr
    needs = installation.command("attention")
    assert (needs.returncode, "the file has" in needs.stdout) == (6, True)


def test_a_failed_delivery_is_followed_told_and_repeated(installation):
    fault(installation, system="delivery", operation="STOR", kind="reply", status=552, text="disk full")
    fault(installation, system="consumer", operation="read", kind="delay", seconds=2)
    started = installation.command("invoices", "start", "--wait")
    assert (started.returncode, "552 disk full" in started.stdout) == (6, True)
    failed = newest_run(installation, "dispatch.send")
    followed = installation.command("logs", failed, "-f")
    assert followed.returncode == 1
    assert "Uploading" in followed.stdout
    assert installation.command("runs", "see", failed, "--note", "the disk was full").returncode == 1

    again = installation.command("invoices", "start")
    assert again.returncode == 0, again.stderr
    followed = installation.command("logs", newest_run(installation, "dispatch.send"), "-f")
    assert followed.returncode == 0, followed.stdout + followed.stderr
    assert "is delivered" in followed.stdout
    closed = installation.command("invoices", "status", "--wait", "--until-closed", "--timeout", "60")
    assert (closed.returncode, closed.stdout.startswith("Session closed")) == (0, True)


def test_a_closed_day_takes_no_more(installation, day_file):
    assert installation.command("invoices", "start").returncode == 4
    assert installation.command("invoices", "upload", str(day_file)).returncode == 4
    assert installation.command("invoices", "close").returncode == 0
