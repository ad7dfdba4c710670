"""What everything outside of one site has in common: options, doors that are shut and opened, the file of addresses.

`warehouse/server.py` and `asanito/server.py` are one each; `control.py` is the HTTP side.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.kit import Kit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sandbox.gate import Gate


@dataclass
class OutsideOptions:
    """What the command line says for every site. Port 0 means any free one."""

    directory: Path
    host: str = "127.0.0.1"
    http_port: int = 0
    zone: str = "Europe/Rome"
    seed: int = 1
    portico_file: Path | None = None


class Outside(ABC):
    """One site's stand-ins: opened, described and reset together."""

    systems: tuple[str, ...]
    """The names that faults, the journal and `/_sandbox/systems/{name}` know."""

    def __init__(self, options: OutsideOptions) -> None:
        self._directory, self._portico_file = options.directory, options.portico_file
        self._directory.mkdir(parents=True, exist_ok=True)
        self.kit = Kit(options.zone)
        self._http_port = options.http_port

    @abstractmethod
    async def open(self, http_port: int) -> None:
        """Start everything; `addresses.json` is written when all of it listens."""

    @abstractmethod
    async def close(self) -> None:
        """Stop everything."""

    @abstractmethod
    def addresses(self) -> dict[str, Any]:
        """What a service needs to be pointed here, passwords included."""

    @abstractmethod
    async def state(self) -> dict[str, Any]:
        """What the page shows."""

    @abstractmethod
    def gates(self) -> dict[str, Gate]:
        """By system: the gates that stand before a server."""

    def doors(self) -> Mapping[str, Any]:
        """By system: what can be shut, and opened again where it was."""
        return self.gates()

    def write_addresses(self) -> None:
        path = self._directory / "addresses.json"
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(self.addresses(), indent=2), encoding="utf-8")
        fresh.replace(path)

    async def put_up(self, system: str, *, up: bool) -> None:
        """Stops a server, cutting its connections, or starts it again on the port that it had.

        Raises:
            KeyError: nothing of it can be stopped.
        """
        door = self.doors()[system]
        pending = door.reopen() if up else door.shut()
        if pending is not None:
            await pending
        self.kit.journal.note(system, "up" if up else "down")

    def freeze(self, system: str, *, frozen: bool) -> None:
        """Keeps the connections of a system open and moves nothing, until it thaws.

        Raises:
            KeyError: no gate stands before it.
        """
        self.gates()[system].freeze(frozen=frozen)
        self.kit.journal.note(system, "frozen" if frozen else "thawed")

    async def open_all_doors(self) -> None:
        for name in self.doors():
            await self.put_up(name, up=True)
        for name in self.gates():
            self.freeze(name, frozen=False)

    def console(self) -> str:
        """Where the console of the `./dev up` beside it is; empty when there is none."""
        file = self._portico_file
        return str(json.loads(file.read_text(encoding="utf-8"))["url"]) if file is not None and file.exists() else ""
