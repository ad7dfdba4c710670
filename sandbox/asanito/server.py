"""The gym chain's outside, assembled: the target (Asanito), the source (its legacy database), and what both can do."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import os
import socket
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import uvicorn

from sandbox.asanito.connections import OpenProtocol
from sandbox.asanito.door import SYSTEM, Door, Weather
from sandbox.asanito.source.accountant import Accountant, Assumptions
from sandbox.asanito.source.comparison import differences
from sandbox.asanito.source.database import SYSTEM as SOURCE_SYSTEM
from sandbox.asanito.source.database import Source
from sandbox.asanito.source.growth import Growth
from sandbox.asanito.source.mappings import Mappings
from sandbox.asanito.source.old_app import OldApplication
from sandbox.asanito.tenants import Tenants
from sandbox.database import AWAY
from sandbox.gate import Gate
from sandbox.outside import Outside, OutsideOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

ZONE = "Asia/Tehran"


@dataclass
class Options(OutsideOptions):
    """What the command line says."""

    api_port: int = 0
    source_url: str = ""
    source_port: int | None = None
    source_reader: str = ""
    source_writer: str = ""
    size: int = 300
    zone: str = ZONE


class Asanito(Outside):
    """Opens, describes and resets both. The HTTP control in `control.py` is a thin door to it."""

    systems = (SYSTEM, SOURCE_SYSTEM)

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.options = options
        self.tenants = Tenants(options.directory)
        self.door = Door(self.kit, self.tenants)
        self.mappings = Mappings()
        self.assumptions = Assumptions()
        self.accountant = Accountant()
        self.source: Source | None = None
        if options.source_url:
            self.source = Source(self.kit, options.source_url, options.source_reader, options.source_writer)
        self.growth = Growth(self.source, self.kit.clock) if self.source else None
        self.gate: Gate | None = None
        self._server: _Inner | None = None
        self._serving: asyncio.Task[None] | None = None
        self._snapshots: dict[int, str] = {}

    async def open(self, http_port: int) -> None:
        options = self.options
        self._http_port = http_port
        inside = socket.socket()
        inside.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            self.door,
            http=OpenProtocol,
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=60,
        )
        self._server = _Inner(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[inside]))
        await self._server.up.wait()
        self.gate = Gate(self.kit, SYSTEM, inside.getsockname()[:2])
        await self.gate.open(options.host, options.api_port)
        if self.source is not None:
            await self.source.open(options.source_port, options.host)
            if options.size and not sum((await self.source.counts()).values()):
                await self.source.seed(options.size, options.seed, self.kit.clock.today())
        self.write_addresses()

    async def close(self) -> None:
        if self.gate is not None:
            await self.gate.shut()
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
        if self.source is not None:
            await self.source.shut()

    def addresses(self) -> dict[str, Any]:
        api_port = self.gate.address[1] if self.gate else 0
        return {
            "pid": os.getpid(),
            "http": f"http://{self.options.host}:{self._http_port}",
            "ports": {"http": self._http_port, "api": api_port},
            "api_url": f"http://{self.options.host}:{api_port}",
            "source_url": self.source.public_url if self.source else "",
            "accounts": [asdict(tenant.account) for tenant in self.tenants.by_customer.values()],
        }

    def gates(self) -> dict[str, Gate]:
        gates = {SYSTEM: self.gate, SOURCE_SYSTEM: self.source.gate if self.source else None}
        return {name: gate for name, gate in gates.items() if gate is not None}

    def take_snapshot(self) -> None:
        self._snapshots = {number: tenant.books.snapshot() for number, tenant in self.tenants.by_customer.items()}

    def restore_snapshot(self) -> bool:
        for number, snapshot in self._snapshots.items():
            self.tenants.by_customer[number].books.restore(snapshot)
        return bool(self._snapshots)

    async def reset_target(self) -> None:
        """Empty books, no faults, real clock, all endpoints, tokens without end."""
        self.kit.reset()
        await self.open_all_doors()
        self.tenants.token_calls = None
        self.tenants.expire()
        for tenant in self.tenants.by_customer.values():
            tenant.books.clear()
            tenant.switched_off.clear()
        self.door.habits = type(self.door.habits)()
        self.door.weather = Weather()
        self.door.forget()
        self.mappings = Mappings()
        self.assumptions = Assumptions()
        self.accountant = Accountant()
        self.kit.journal.clear()

    async def reset(self, size: int | None = None, seed: int | None = None) -> None:
        """As on the first day, the source seeded afresh."""
        await self.reset_target()
        if self.source is not None:
            options = self.options
            wanted = options.size if size is None else size
            await self.source.seed(wanted, options.seed if seed is None else seed, self.kit.clock.today())

    async def expected(self) -> Accountant:
        """What the books must be if everything that the source holds now has been synchronised."""
        if self.source is None:
            raise RuntimeError("No source database is attached.")
        rows = await self.source.rows()
        expected = copy.deepcopy(self.accountant)
        await asyncio.to_thread(expected.close, rows, self.mappings, self.assumptions)
        return expected

    async def leave_behind(self, share: float) -> dict[str, int]:
        """The application before us has synchronised that share."""
        if self.source is None:
            raise RuntimeError("No source database is attached.")
        old = OldApplication(self.source, self.tenants.first, await self.expected(), self.mappings)
        return await old.leave_behind(share)

    async def compare(self) -> list[str]:
        """How the first tenant's books differ from that. When they do not, they are closed: later changes count on."""
        expected = await self.expected()
        found = differences(expected, self.tenants.first.books)
        if not found:
            self.accountant = expected
        return found

    async def state(self) -> dict[str, Any]:
        return {
            "clock": self.kit.clock.describe(),
            "systems": self._systems(),
            "habits": {**asdict(self.door.habits), "token_calls": self.tenants.token_calls},
            "tenants": [
                {"customer_id": number, "counts": tenant.books.counts(), "off": sorted(tenant.switched_off)}
                for number, tenant in self.tenants.by_customer.items()
            ],
            "counters": {name: dict(counter) for name, counter in self.door.counters.items()},
            "most_in_flight": self.door.most_in_flight,
            "weather": self.door.weather.describe(),
            "faults": self.kit.faults.describe(),
            "source": await self._source_counts(),
            "console": self.console(),
        }

    async def _source_counts(self) -> dict[str, int]:
        """The page lives on while the database is restarted."""
        if self.source is not None:
            with contextlib.suppress(*AWAY):
                return await self.source.counts()
        return {}

    def _systems(self) -> list[dict[str, Any]]:
        titles = {SYSTEM: ("Asanito", "HTTP"), SOURCE_SYSTEM: ("Legacy database", "PostgreSQL")}
        return [
            {"name": name, "title": titles[name][0], "kind": titles[name][1], "port": gate.address[1]}
            | {"up": gate.up, "frozen": gate.frozen, "can_freeze": True}
            for name, gate in self.gates().items()
        ]


class _Inner(uvicorn.Server):
    """A server beside the one that owns the process's signals."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
