"""The supervisor brings back what dies, and leaves nothing behind however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.stack.test_servers import is_running
from tools.stack.supervisor import CannotStart, Process, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.kill, pytest.mark.timeout(60)]


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stack.toy", tmp_path], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout
    while "ready" not in process.stdout.readline():
        assert process.poll() is None
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def known(folder: Path) -> dict[str, list]:
    return json.loads((folder / "status.json").read_text())


def wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def pids(folder: Path) -> list[int]:
    return [pid for _, pid in known(folder).values() if pid]


def test_processes_start_in_the_order_of_their_needs(toy, tmp_path):
    phases = {name: phase for name, (phase, _) in known(tmp_path).items()}
    assert phases == {"base": "ready", "step": "done", "top": "ready"}


def test_a_killed_child_is_started_again(toy, tmp_path):
    before = known(tmp_path)["base"][1]
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: known(tmp_path)["base"] not in (["ready", before], ["restarting", None]))
    wait_for(lambda: known(tmp_path)["base"][0] == "ready")
    assert known(tmp_path)["base"][1] != before


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_leaves_nothing(toy, tmp_path, sign):
    children = pids(tmp_path)
    toy.send_signal(sign)
    assert toy.wait(20) == 0
    assert not any(is_running(pid) for pid in children)
    assert toy.stdout.read().splitlines() == ["stopping top", "stopping base"]


def test_a_killed_supervisor_leaves_nothing(toy, tmp_path):
    children = pids(tmp_path)
    assert len(children) == 2
    toy.kill()
    toy.wait()
    wait_for(lambda: not any(is_running(pid) for pid in children))


DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"


def test_a_child_that_will_not_stop_is_killed(tmp_path):
    log = tmp_path / "stubborn.log"
    ready = lambda: log.exists() and bool(log.read_text())  # noqa: E731
    table = [Process("stubborn", [sys.executable, "-c", DEAF], ready=ready, stop_seconds=0.3)]
    said: list[str] = []
    supervisor = Supervisor(table, tmp_path, said.append, lambda _: None)
    supervisor.run(lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert said[-1] == "stubborn does not stop; it is killed"


def test_what_fails_again_and_again_is_tried_ever_more_rarely(tmp_path):
    table = [Process("broken", [sys.executable, "-c", "raise SystemExit('no disk')"], ready=lambda: False)]
    said: list[str] = []
    begun = time.monotonic()

    def say(line: str) -> None:
        said.append(line)
        if len(said) == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    Supervisor(table, tmp_path, say, lambda _: None).run(lambda: None)
    assert said == [f"broken did not start (exit 1), again in {wait} s: no disk" for wait in ("0.5", "1", "2")]
    assert time.monotonic() - begun > 1.5


def test_a_vital_process_that_cannot_start_ends_everything_with_its_last_words(tmp_path):
    table = [
        Process("database", [sys.executable, "-c", "raise SystemExit('no disk')"], ready=lambda: False, vital=True)
    ]
    with pytest.raises(CannotStart, match="database can't start: no disk"):
        Supervisor(table, tmp_path, print, lambda _: None).run(lambda: None)
