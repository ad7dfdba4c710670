"""Everything outside of one warehouse, assembled: what runs, where it listens, and what can be done to it at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.database import AWAY
from sandbox.mail.server import MailCatcher
from sandbox.mail.store import MailStore
from sandbox.outside import Outside, OutsideOptions
from sandbox.warehouse.consumer import Consumer
from sandbox.warehouse.customer import Customer
from sandbox.warehouse.day import Day
from sandbox.warehouse.ftp import FtpHost
from sandbox.warehouse.letture import other_stock
from sandbox.warehouse.sender import Sender
from sandbox.warehouse.ssh import LogHost

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sandbox.gate import Gate

DELIVERY_FOLDER = "session_start"
ACCOUNTS = ("inbox", "delivery", "ssh")


@dataclass
class Options(OutsideOptions):
    """What the command line says. Accounts not given are made up once and kept."""

    ftp_inbox_port: int = 0
    ftp_delivery_port: int = 0
    ssh_port: int = 0
    smtp_port: int = 0
    customer_url: str = ""
    customer_port: int | None = None
    customer_rows: int = 5_000
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)


class Warehouse(Outside):
    """Opens, describes and resets the stand-ins. The HTTP control in `control.py` is a thin door to it."""

    systems = ("inbox", "delivery", "ssh", "mail", "customer")

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.options = options
        directory = options.directory
        accounts = {**_kept_accounts(directory), **options.accounts}
        self.inbox = FtpHost(self.kit, "inbox", directory / "inbox", *accounts["inbox"])
        self.delivery = FtpHost(self.kit, "delivery", directory / "delivery", *accounts["delivery"])
        self.ssh = LogHost(self.kit, directory / "ssh", *accounts["ssh"])
        self.mail = MailCatcher(self.kit, MailStore(directory / "mail"))
        folder = directory / "delivery" / DELIVERY_FOLDER
        self.consumer = Consumer(self.kit, folder, self.ssh.log, directory / "consumer.json")
        self.customer = Customer(self.kit, options.customer_url) if options.customer_url else None
        self.consumer.customer = self.customer
        self.sender = Sender(self.kit, self.inbox.directory, self.customer, directory / "drops", options.seed)
        self.day = Day(self, options.portico_file)
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, http_port: int) -> None:
        options = self.options
        self._http_port = http_port
        self.inbox.open(options.host, options.ftp_inbox_port)
        self.delivery.open(options.host, options.ftp_delivery_port)
        await self.ssh.open(options.host, options.ssh_port)
        await self.mail.open(options.host, options.smtp_port)
        if self.customer is not None:
            await self.customer.open(options.customer_port, options.host)
            await self._stock_the_customer()
            self._tasks.append(asyncio.create_task(self.customer.run()))
        self._tasks.append(asyncio.create_task(self.consumer.run()))
        self.write_addresses()

    async def close(self) -> None:
        await self.day.stop()
        await self.sender.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.inbox.shut()
        self.delivery.shut()
        await self.mail.shut()
        await self.ssh.shut()
        if self.customer is not None:
            await self.customer.shut()

    async def _stock_the_customer(self) -> None:
        if self.customer is not None and await self.customer.is_empty():
            rows = other_stock(self.options.seed, self.kit.clock.today(), self.options.customer_rows)
            await self.customer.stock(rows)

    def addresses(self) -> dict[str, Any]:
        ssh_port = self.ssh.gate.address[1] if self.ssh.gate else 0
        return {
            "pid": os.getpid(),
            "http": f"http://{self.options.host}:{self._http_port}",
            "ports": {
                "http": self._http_port,
                "ftp_inbox": self.inbox.address[1],
                "ftp_delivery": self.delivery.address[1],
                "ssh": ssh_port,
                "smtp": self.mail.address[1],
            },
            "inbox_url": f"{self.inbox.url}/",
            "delivery_url": f"{self.delivery.url}/{DELIVERY_FOLDER}",
            "remote_log_url": self.ssh.url,
            "remote_log_host_key": self.ssh.host_key,
            "smtp_url": self.mail.url,
            "customer_url": self.customer.public_url if self.customer else "",
            "inbox_directory": str(self.inbox.directory),
            "delivery_directory": str(self.consumer.folder),
            "log_file": str(self.ssh.log.path),
        }

    def doors(self) -> Mapping[str, Any]:
        return {"inbox": self.inbox, "delivery": self.delivery, "mail": self.mail, **self.gates()}

    def gates(self) -> dict[str, Gate]:
        gates = {"ssh": self.ssh.gate, "customer": self.customer.gate if self.customer else None}
        return {name: gate for name, gate in gates.items() if gate is not None}

    async def change(self, settings: dict[str, Any]) -> None:
        """The consumer's habits, the pace of the processing, whether the view is there; only what is named."""
        for name, value in settings.items():
            if hasattr(self.consumer.habits, name):
                setattr(self.consumer.habits, name, value)
            elif self.customer is not None and name == "view_hidden":
                await self.customer.hide_view(hidden=value)
            elif self.customer is not None:
                setattr(self.customer.pace, name.removeprefix("processing_"), value)

    async def reset(self) -> None:
        """As on the first day: no faults, real clock, empty folders, empty log, no mails, the view restocked."""
        await self.day.stop()
        await self.sender.stop()
        self.kit.reset()
        await self.open_all_doors()
        for directory in (self.inbox.directory, self.delivery.directory):
            for path in sorted(directory.rglob("*")):
                if path.is_file():
                    path.unlink(missing_ok=True)
        self.consumer.forget()
        self.consumer.habits = type(self.consumer.habits)()
        self.ssh.log.clear()
        await self.ssh.restore_host_key()
        self.mail.store.clear()
        if self.customer is not None:
            self.customer.pace = type(self.customer.pace)()
            await self.customer.clear()
            await self._stock_the_customer()
        self.kit.journal.clear()

    async def state(self) -> dict[str, Any]:
        return {
            "clock": self.kit.clock.describe(),
            "systems": self._systems(),
            "inbox": self.inbox.names(),
            "delivery": self.delivery.names(),
            "consumer": {"habits": asdict(self.consumer.habits), "readings": self.consumer.readings[-20:]},
            "log": self.ssh.log.tail(),
            "customer": await self._customer(),
            "mail": {"count": len(self.mail.store.envelopes())},
            "faults": self.kit.faults.describe(),
            "day": self.day.describe(),
            "console": self.console(),
        }

    async def _customer(self) -> dict[str, Any]:
        """The page lives on while the database is restarted."""
        counts = {"total": 0, "processed": 0}
        if self.customer is None:
            return {**counts, "pace": None}
        with contextlib.suppress(*AWAY):
            counts = await self.customer.counts()
        return {**counts, "pace": asdict(self.customer.pace)}

    def _systems(self) -> list[dict[str, Any]]:
        ssh = self.ssh.gate
        rows = [
            ("inbox", "FTP inbox", "FTP", self.inbox.address, self.inbox.up, False),
            ("delivery", "FTP delivery", "FTP", self.delivery.address, self.delivery.up, False),
            ("ssh", "SSH host with the log", "SFTP", ssh.address if ssh else None, bool(ssh and ssh.up), False),
            ("mail", "Mail server", "SMTP", self.mail.address, self.mail.up, False),
        ]
        systems = [
            {"name": name, "title": title, "kind": kind, "port": address[1] if address else None, "up": up}
            | {"frozen": bool(ssh and ssh.frozen) if name == "ssh" else frozen, "can_freeze": name == "ssh"}
            for name, title, kind, address, up, frozen in rows
        ]
        if self.customer is not None:
            gate = self.customer.gate
            systems.append(
                {"name": "customer", "title": "Customer's database", "kind": "PostgreSQL"}
                | {"port": gate.address[1] if gate else None, "up": gate.up if gate else None}
                | {"frozen": bool(gate and gate.frozen), "can_freeze": gate is not None}
            )
        return systems


def _kept_accounts(directory: Path) -> dict[str, tuple[str, str]]:
    """Random, once per installation; a sandbox has no secrets, but a fixed password would look like an invitation."""
    path = directory / "accounts.json"
    if not path.exists():
        made = {name: (name, secrets.token_urlsafe(12)) for name in ACCOUNTS}
        path.touch(mode=0o600)
        path.write_text(json.dumps(made), encoding="utf-8")
    kept: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return {name: (user, password) for name, (user, password) in kept.items()}
