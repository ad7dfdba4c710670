"""The sandbox in a process of its own, and a client for its control, for every test that needs the outside world.

    with start_warehouse(tmp_path, customer_url=make_database().owner) as outside:
        settings = InvoicesSettings(inbox_url=outside.inbox_url, ...)
        file = outside.drop("day", rows=50)          # what is true about it: valid, not_found, in_past, ...
        outside.fault("inbox", "RETR", "truncate")   # the next download ends early with a cheerful 226
        outside.wait_for(lambda: not outside.state()["inbox"])

Calls are synchronous: the sandbox runs elsewhere, so a test's own event loop is blocked for a moment only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 10.0

T = TypeVar("T")


class SandboxWarehouse:
    """A running warehouse: addresses to point a service at, directories to look into, and its control."""

    def __init__(self, directory: Path, client: httpx.Client, addresses: dict[str, Any]) -> None:
        self.directory = directory
        self.addresses = addresses
        self.client = client
        self.http: str = addresses["http"]
        self.ports: dict[str, int] = addresses["ports"]
        self.inbox_url: str = addresses["inbox_url"]
        self.delivery_url: str = addresses["delivery_url"]
        self.remote_log_url: str = addresses["remote_log_url"]
        self.remote_log_host_key: str = addresses["remote_log_host_key"]
        self.smtp_url: str = addresses["smtp_url"]
        self.customer_url: str = addresses["customer_url"]
        self.inbox = Path(addresses["inbox_directory"])
        self.delivery = Path(addresses["delivery_directory"])
        self.log_file = Path(addresses["log_file"])

    def drop(self, kind: str = "day", rows: int = 50, **more: Any) -> dict[str, Any]:
        """A Letture file in the inbox; `seed=`, `slow_seconds=`, `stocked=False` (the view does not know its rows)."""
        found: dict[str, Any] = self._call("POST", "/_sandbox/drop", {"kind": kind, "rows": rows, **more})
        return found

    def fault(self, system: str, operation: str, kind: str, **more: Any) -> int:
        """Arms a fault: by default at the next call, once. `nth=`, `times=None` (for good), `match=`, `status=`, ..."""
        body = {"system": system, "operation": operation, "kind": kind, **more}
        number: int = self._call("POST", "/_sandbox/faults", body)["id"]
        return number

    def faults(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._call("GET", "/_sandbox/faults")["items"]
        return items

    def disarm(self) -> None:
        self._call("DELETE", "/_sandbox/faults")

    def journal(self, system: str = "", operation: str = "", contains: str = "") -> list[dict[str, Any]]:
        query = {"system": system, "operation": operation, "contains": contains}
        answer = self.client.get("/_sandbox/journal", params=query)
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    def asked(self, system: str) -> list[str]:
        """The operations that a system was asked for, in order."""
        return [entry["operation"] for entry in self.journal(system)]

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self._call("GET", "/_sandbox/state")
        return found

    def change(self, **settings: Any) -> None:
        """`delay_seconds`, `removes_files`, `processing_seconds|paused|stop_at`, `view_hidden`."""
        self._call("PATCH", "/_sandbox/state", settings)

    def system(self, name: str, **change: bool) -> None:
        """`up=False` stops inbox, delivery, ssh, mail or customer; `frozen=True` (ssh, customer): nothing moves."""
        self._call("PATCH", f"/_sandbox/systems/{name}", change)

    def clock(self, mode: str, at: str | None = None) -> None:
        self._call("PUT", "/_sandbox/clock", {"mode": mode, "at": at})

    def process(self, shipments: int | None = None) -> int:
        """Shipments are processed now; all that are left when no number is given."""
        done: int = self._call("POST", "/_sandbox/process", {"shipments": shipments})["processed"]
        return done

    def readings(self) -> list[dict[str, Any]]:
        """What the warehouse's program took: name, sha256, lines, read, verdict. Exactly once is one entry."""
        found: list[dict[str, Any]] = self.state()["consumer"]["readings"]
        return found

    def mails(self, **query: str) -> list[dict[str, Any]]:
        """Newest first; `to=`, `subject=`."""
        items: list[dict[str, Any]] = self.client.get("/mail/api/messages", params=query).json()["items"]
        return items

    def mail(self, number: int) -> dict[str, Any]:
        """With `text`, `html`, `headers`, `attachments`."""
        found: dict[str, Any] = self._call("GET", f"/mail/api/messages/{number}")
        return found

    def change_host_key(self) -> str:
        key: str = self._call("POST", "/_sandbox/host-key")["host_key"]
        return key

    def rotate_log(self) -> None:
        self._call("POST", "/_sandbox/log/rotate")

    def write_log(self, text: str) -> None:
        self._call("POST", "/_sandbox/log/line", {"text": text})

    def reset(self) -> None:
        """As on the first day: for fixtures that keep one sandbox for a whole session."""
        self._call("POST", "/_sandbox/reset")

    def wait_for(self, look: Callable[[], T], seconds: float = WAIT_SECONDS) -> T:
        """Looks until what it sees is true."""
        deadline = time.monotonic() + seconds
        while not (seen := look()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not seen within {seconds} s; the sandbox says: {self.state()}")
            time.sleep(0.05)
        return seen

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self.client.request(method, path, json=body)
        if not answer.is_success:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None


@contextmanager
def start_warehouse(directory: Path, *, customer_url: str = "", arguments: tuple[str, ...] = ()) -> Iterator[Any]:
    """Runs `python -m sandbox warehouse` in `directory` on free ports until the block ends.

    Started again in the same directory it has kept its files, mails, accounts and host key. Typed `Any` so that tests
    need no cast; it yields a `SandboxWarehouse`.
    """
    command = [sys.executable, "-m", "sandbox", "warehouse", "--directory", str(directory), *arguments]
    if customer_url:
        command += ["--customer-url", customer_url]
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
            with httpx.Client(base_url=addresses["http"], timeout=30) as client:
                yield SandboxWarehouse(directory, client, addresses)
        finally:
            process.terminate()
            process.wait(20)
