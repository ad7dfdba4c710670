"""./dev up: second starts are fast and keep what was there, what dies comes back, nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.stack.test_servers import is_running
from tests.support.portico import ROOT, RunningPortico, running_portico, wait_for

pytestmark = [pytest.mark.servers, pytest.mark.kill, pytest.mark.timeout(300)]

SECOND_START_SECONDS = 15


def processes(portico: RunningPortico) -> dict[str, dict]:
    known = json.loads((portico.folder / "var" / "status.json").read_text())
    return {line["name"]: line for line in known["processes"]}


def busy() -> float:
    """How many times over the machine is asked for its cores: other tests run beside this one."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def family(portico: RunningPortico) -> list[int]:
    """Every process below the supervisor, grandchildren too."""
    found = [portico.process.pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += map(int, task.read_text().split())
    return found


def dev(folder: Path, *words: str, port: str = "8640") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PORTICO_VAR": str(folder / "var"), "PORTICO_PORT": port}
    command = [sys.executable, "-m", "tools.stack", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_an_installation_lives(tmp_path):
    with running_portico(tmp_path, services="") as portico:
        everyone = family(portico)
        assert len(everyone) > len(processes(portico)) - 2
        check_that_a_second_up_is_refused(tmp_path)
        check_that_status_tells(tmp_path)
        check_that_files_are_private(tmp_path / "var")
        check_that_a_killed_process_comes_back(portico, "invoices-worker")
        check_that_a_killed_process_comes_back(portico, "postgres")
        everyone += family(portico)
        portico.api.patch("/api/auth/me", json={"locale": "it"})
        users = portico.api.get("/api/users").json()["items"]
    assert not [pid for pid in everyone if is_running(pid)], "a stop leaves a process"

    begun = time.monotonic()
    with running_portico(tmp_path, services="", PORTICO_PORT=portico.url.rpartition(":")[2]) as again:
        took = time.monotonic() - begun
        print(f"second start: {took:.1f} s")
        assert took <= SECOND_START_SECONDS * max(1, busy())
        assert (again.url, again.password, again.api_key) == (portico.url, portico.password, portico.api_key)
        assert again.api.get("/api/users").json()["items"] == users
        everyone = family(again)
        again.process.kill()
        wait_for(lambda: not [pid for pid in everyone[1:] if is_running(pid)], what="the end of all processes")
    check_that_it_runs_in_the_background(tmp_path, portico.url)


def check_that_it_runs_in_the_background(folder: Path, url: str) -> None:
    port = url.rpartition(":")[2]
    started = dev(folder, "up", "--detach", port=port)
    try:
        assert started.returncode == 0, started.stderr
        assert f"Console    {url}" in started.stdout
        assert dev(folder, "status").returncode == 0
    finally:
        stopped = dev(folder, "down")
    assert stopped.stdout == "Everything is stopped; the data is kept.\n"
    assert dev(folder, "status").returncode == 3


def check_that_a_second_up_is_refused(folder: Path) -> None:
    done = dev(folder, "up")
    assert done.returncode == 1
    assert "Portico runs already at http://127.0.0.1:" in done.stderr
    assert dev(folder, "reset", "--yes").returncode == 1
    assert dev(folder, "restore", "nothing.zip").returncode == 1


def check_that_status_tells(folder: Path) -> None:
    done = dev(folder, "status")
    assert done.returncode == 0
    for name in ("postgres", "valkey", "sandbox", "invoices-api", "invoices-worker", "gateway"):
        assert f"  {name:<18} ready" in done.stdout
    assert json.loads(dev(folder, "status", "--json").stdout)["running"]


def check_that_files_are_private(var: Path) -> None:
    assert var.stat().st_mode & 0o077 == 0
    for name in (
        "portico.json",
        "stack.json",
        "status.json",
        *(f"log/{path.name}" for path in (var / "log").iterdir()),
    ):
        assert (var / name).stat().st_mode & 0o077 == 0, name


def check_that_a_killed_process_comes_back(portico: RunningPortico, name: str) -> None:
    before = processes(portico)[name]["pid"]
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: processes(portico)[name]["pid"] not in {None, before}, what=f"a new {name}")
    wait_for(lambda: processes(portico)[name]["state"] == "ready", seconds=60, what=f"{name} to be ready")
    wait_for(lambda: portico.api.get("/api/health").json()["status"] == "ready", seconds=60, what="health")


def test_nothing_runs_and_nothing_is_there_are_sentences(tmp_path):
    assert dev(tmp_path, "status").returncode == 3
    assert dev(tmp_path, "down").stdout == "Nothing runs.\n"
    assert "There is nothing to back up" in dev(tmp_path, "backup", str(tmp_path / "file.zip")).stderr
    assert "There is no log of 'x'" in dev(tmp_path, "logs", "x").stderr


def test_what_dev_does_not_know_is_a_sentence():
    done = subprocess.run([ROOT / "dev", "fly"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "./dev: ./dev has no command 'fly'; ./dev help lists them.\n"
    assert "does not know --fast." in dev(ROOT, "status", "--fast").stderr


def test_help_lists_every_command():
    done = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True)
    for name in (
        "up",
        "down",
        "status",
        "reset",
        "backup",
        "restore",
        "logs",
        "test",
        "check",
        "fmt",
        "bench",
        "chaos",
    ):
        assert f"\n  {name} " in done.stdout
