"""A site's outside in a process of its own, and a client for its control: what every site has.

`warehouse_sandbox.py` and `asanito_sandbox.py` have the rest. Calls are synchronous: the sandbox runs elsewhere, so a
test's own event loop is blocked for a moment only.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 10.0

T = TypeVar("T")


class Sandbox:
    """A running sandbox: addresses to point a service at, and its control."""

    def __init__(self, directory: Path, client: httpx.Client, addresses: dict[str, Any]) -> None:
        self.directory = directory
        self.addresses = addresses
        self.client = client
        self.http: str = addresses["http"]
        self.ports: dict[str, int] = addresses["ports"]

    def arm(self, system: str, operation: str, kind: str, **more: Any) -> int:
        """Arms a fault: by default at the next call, once. `nth=`, `times=None` (for good), `match=`, `status=`, ..."""
        body = {"system": system, "operation": operation, "kind": kind, **more}
        number: int = self._call("POST", "/_sandbox/faults", body)["id"]
        return number

    def faults(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._get("/_sandbox/faults")["items"]
        return items

    def disarm(self) -> None:
        self._call("DELETE", "/_sandbox/faults")

    def journal(self, system: str = "", operation: str = "", contains: str = "") -> list[dict[str, Any]]:
        found = self._get("/_sandbox/journal", system=system, operation=operation, contains=contains)
        items: list[dict[str, Any]] = found["items"]
        return items

    def asked(self, system: str) -> list[str]:
        """The operations that a system was asked for, in order."""
        return [entry["operation"] for entry in self.journal(system)]

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self._get("/_sandbox/state")
        return found

    def system(self, name: str, **change: bool) -> None:
        """`up=False` stops a server; `frozen=True`, where a gate stands before it: nothing moves."""
        self._call("PATCH", f"/_sandbox/systems/{name}", change)

    def clock(self, mode: str, at: str | None = None) -> None:
        self._call("PUT", "/_sandbox/clock", {"mode": mode, "at": at})

    def wait_for(self, look: Callable[[], T], seconds: float = WAIT_SECONDS) -> T:
        """Looks until what it sees is true."""
        try:
            return wait_for(look, seconds=seconds, what="what a test waits for")
        except AssertionError as error:
            raise AssertionError(f"{error}; the sandbox says: {self.state()}") from error

    def _get(self, path: str, **query: Any) -> Any:
        return self._send("GET", path, params=query)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._send(method, path, json=body)

    def _send(self, method: str, path: str, **what: Any) -> Any:
        answer = self.client.request(method, path, **what)
        if not answer.is_success:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None


@contextmanager
def running_sandbox(name: str, kind: type[Sandbox], directory: Path, *arguments: str) -> Iterator[Any]:
    """Runs `python -m sandbox <name>` in `directory` on free ports until the block ends.

    Started again in the same directory it has kept what it had. It yields a `kind`; typed `Any`, tests need no cast.
    """
    command = [sys.executable, "-m", "sandbox", name, "--directory", str(directory), *arguments]
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "sandbox.log"
    with (
        log.open("ab") as errors,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            assert ready, f"the sandbox did not start: {log.read_text()[-2000:]}"
            addresses = json.loads((directory / "addresses.json").read_text())
            with httpx.Client(base_url=addresses["http"], timeout=120) as client:
                yield kind(directory, client, addresses)
        finally:
            process.terminate()
            process.wait(20)
