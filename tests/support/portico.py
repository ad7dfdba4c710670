"""The whole of Portico, as `./dev up` starts it, in a folder and on ports of its own.

    with running_portico(tmp_path) as portico:
        portico.api.get("/api/invoices/v1/session")        # as the demo's key
        portico.outside.post("/_sandbox/drop", json={"kind": "day"})   # what the sandbox page does

A module of tests shares one; each has its own day, so modules don't disturb each other.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.waiting import wait_for
from tools.stack.children import free_port, start_child

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0
STOP_SECONDS = 60.0


@dataclass(frozen=True)
class RunningPortico:
    """An installation that runs: its address, its login, and two clients."""

    folder: Path
    url: str
    username: str
    password: str
    api_key: str
    api: httpx.Client
    outside: httpx.Client
    process: subprocess.Popen[bytes]

    def session(self) -> dict[str, Any]:
        """Today's warehouse session."""
        answer = self.api.get("/api/invoices/v1/session")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def mails(self) -> list[dict[str, Any]]:
        """What the mail catcher holds, newest first."""
        found: list[dict[str, Any]] = self.outside.get("/mail/api/messages").json()["items"]
        return found

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`portico …` in a terminal, told about this installation by its environment."""
        environment = {**os.environ, "PORTICO_URL": self.url, "PORTICO_API_KEY": self.api_key}
        command = [sys.executable, "-m", "cli.main", *words]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@contextmanager
def running_portico(folder: Path, *, services: str = "invoices", **environment: str) -> Iterator[RunningPortico]:
    """Start everything, give it, stop everything; what it said is shown when it does not come up.

    Args:
        services: those to start; every one of them when empty.
        environment: variables on top, such as `INVOICES_CLOCK_SHIFT_SECONDS`.
    """
    log = folder / "up.log"
    own = {"PORTICO_VAR": str(folder / "var"), "PORTICO_PORT": str(free_port()), "PORTICO_SERVICES": services}
    told = {**os.environ, **own, **environment}
    command = [sys.executable, "-m", "tools.stack", "up"]
    process = start_child(command, log=log, env=told, cwd=ROOT, death_signal=signal.SIGTERM)
    try:
        login = _login(process, folder / "var", log)
        key = {"Authorization": f"Bearer {login['api_key']}"}
        with (
            httpx.Client(base_url=login["url"], headers=key, timeout=30) as api,
            httpx.Client(base_url=login["sandbox"]["http"], timeout=30) as outside,
        ):
            names = ("url", "username", "password", "api_key")
            yield RunningPortico(
                folder, **{name: login[name] for name in names}, api=api, outside=outside, process=process
            )
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _login(process: subprocess.Popen[bytes], var: Path, log: Path) -> dict[str, Any]:
    def ready() -> bool:
        assert process.poll() is None, f"./dev up ended:\n{log.read_text(errors='replace')[-4000:]}"
        status = var / "status.json"
        try:
            told = json.loads(status.read_text(encoding="utf-8"))
            return bool(told["pid"] == process.pid and told["ready"])
        except (FileNotFoundError, json.JSONDecodeError):
            return False

    try:
        wait_for(ready, seconds=START_SECONDS, what="./dev up")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{log.read_text(errors='replace')[-4000:]}") from error
    found: dict[str, Any] = json.loads((var / "portico.json").read_text(encoding="utf-8"))
    return found
