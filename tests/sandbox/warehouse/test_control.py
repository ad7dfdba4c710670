"""The control server: clock, journal, reset, the generator's honesty, and that the sandbox stands alone."""

from __future__ import annotations

import ast
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.warehouse.letture import Generator

ROOT = Path(__file__).parents[3]
OURS = {"common", "services", "gateway", "cli", "tools", "libs"}


def test_the_sandbox_imports_nothing_of_ours():
    imported = set()
    for path in (ROOT / "sandbox").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    assert not imported & OURS


def test_the_same_seed_draws_the_same_file_and_another_seed_another():
    now = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
    one, same, other = (Generator(seed, now).make("day", 200) for seed in (7, 7, 8))
    assert one == same
    assert not set(one.valid) & set(other.valid)


@pytest.mark.parametrize("kind", ["day", "second", "conflict", "latin1"])
def test_a_file_says_how_many_records_it_has(kind):
    file = Generator(3, datetime(2026, 11, 20, tzinfo=UTC)).make(kind, 300)
    lines = file.content.decode("latin-1").split("\n")
    assert file.name == f"Letture20261120000000000_{len(lines)}.txt"
    assert len(file.valid) + len(file.not_found) + len(file.in_past) == file.counts["kept"] == 300


def test_a_short_file_promises_more_than_it_holds():
    file = Generator(3, datetime(2026, 11, 20, tzinfo=UTC)).make("short", 50)
    assert file.declared == file.content.count(b"\n") + 1 + 100


@pytest.mark.servers
def test_the_clock_can_be_moved_and_stopped(outside):
    outside.clock("frozen", "2026-03-29T03:30:00")
    assert outside.state()["clock"]["now"] == "2026-03-29T03:30:00+02:00"
    assert outside.drop(rows=5)["name"].startswith("Letture20260329033000")
    second = outside.drop(rows=5)["name"]
    assert len({path.name for path in outside.inbox.iterdir()}) == 2
    assert datetime.fromtimestamp((outside.inbox / second).stat().st_mtime, UTC).isoformat() >= "2026-03-29T01:30:00"
    outside.clock("shifted", "2027-01-01T00:00:00")
    assert outside.state()["clock"]["mode"] == "shifted"
    assert outside.state()["clock"]["now"].startswith("2027-01-01T00:00")


@pytest.mark.servers
def test_reset_puts_everything_back_to_the_first_day(outside):
    outside.drop("day", rows=10)
    outside.fault("inbox", "RETR", "stall")
    outside.write_log("something")
    outside.clock("frozen", "2026-01-01T00:00:00")
    outside.system("delivery", up=False)
    outside.reset()
    state = outside.state()
    assert (state["inbox"], state["faults"], state["log"], state["clock"]["mode"]) == ([], [], [], "real")
    assert all(system["up"] for system in state["systems"])
    assert outside.journal() == []


@pytest.mark.servers
def test_a_day_by_hand_waits_for_the_operator_and_can_be_stopped(outside):
    outside.client.post("/_sandbox/day", json={"by_hand": True, "rows": 20}).raise_for_status()
    assert outside.client.post("/_sandbox/day", json={"by_hand": True}).status_code == 409
    (dropped, *_) = outside.wait_for(lambda: (steps := outside.state()["day"]["steps"])[0]["state"] == "done" and steps)
    assert dropped["detail"].startswith("Letture")
    next(outside.inbox.iterdir()).unlink()  # what the pick-up does
    outside.wait_for(lambda: outside.state()["day"]["steps"][2]["state"] == "now")
    outside.client.delete("/_sandbox/day").raise_for_status()
    assert outside.state()["day"]["outcome"] == "Stopped."


@pytest.mark.servers
def test_passwords_are_in_one_file_of_the_owner_only(outside):
    path = outside.directory / "addresses.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not [secret for secret in (outside.inbox_url.split(":")[2].split("@")[0],) if secret in str(outside.state())]


@pytest.mark.servers
def test_the_pages_are_served_from_here_alone(outside):
    for page in ("/", "/mail", "/pages/style.css"):
        answer = outside.client.get(page)
        assert answer.status_code == 200
        assert "http://" not in answer.text.replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in answer.text


@pytest.mark.servers
def test_a_taken_port_gets_one_sentence(outside, tmp_path):
    command = [sys.executable, "-m", "sandbox", "warehouse", "--directory", str(tmp_path)]
    port = str(outside.ports["http"])
    ended = subprocess.run(
        [*command, "--http-port", port], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert f"Port {port} is taken" in ended.stderr
