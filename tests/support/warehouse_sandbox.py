"""A warehouse's outside in a process of its own: inbox, delivery, log, customer, mail; for every test that needs it.

    with warehouse_sandbox(tmp_path, customer_url=make_database().owner) as outside:
        settings = InvoicesSettings(inbox_url=outside.inbox_url, ...)
        file = outside.drop("day", rows=50)          # what is true about it: valid, not_found, in_past, ...
        outside.fault("inbox", "RETR", "truncate")   # the next download ends early with a cheerful 226
        outside.wait_for(lambda: not outside.state()["inbox"])

What every site's sandbox can do is in `sandbox.py`.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.sandbox import Sandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


class WarehouseSandbox(Sandbox):
    """A running warehouse: addresses to point a service at, directories to look into, and its control."""

    def __init__(self, directory: Path, client: httpx.Client, addresses: dict[str, Any]) -> None:
        super().__init__(directory, client, addresses)
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
        """Arms a fault in `inbox`, `delivery`, `ssh`, `consumer`, `customer` or `mail`; see `arm`."""
        return self.arm(system, operation, kind, **more)

    def change(self, **settings: Any) -> None:
        """`delay_seconds`, `removes_files`, `processing_seconds|paused|stop_at`, `view_hidden`."""
        self._call("PATCH", "/_sandbox/state", settings)

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
        items: list[dict[str, Any]] = self._get("/mail/api/messages", **query)["items"]
        return items

    def mail(self, number: int) -> dict[str, Any]:
        """With `text`, `html`, `headers`, `attachments`."""
        found: dict[str, Any] = self._get(f"/mail/api/messages/{number}")
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


@contextmanager
def warehouse_sandbox(directory: Path, *, customer_url: str = "", arguments: tuple[str, ...] = ()) -> Iterator[Any]:
    """A `WarehouseSandbox` until the block ends; in the same directory it has kept files, mails, accounts, host key."""
    customer = ("--customer-url", customer_url) if customer_url else ()
    with running_sandbox("warehouse", WarehouseSandbox, directory, *customer, *arguments) as running:
        yield running
