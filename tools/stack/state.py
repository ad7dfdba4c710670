"""What `./dev` keeps below `var/`: ports and secrets of this installation, the lock, what runs, and the login to print.

Everything there is readable by its owner only. The files are small JSON documents, replaced as a whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.stack.children import free_port, port_is_taken

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
NEEDED_BYTES = 2_000_000_000


class Refused(Exception):
    """It can't be done; the text is one sentence that says why and what to do."""


@dataclass(frozen=True)
class State:
    """The directory and its files. `PORTICO_VAR` moves it, which is how tests keep apart."""

    folder: Path

    @classmethod
    def here(cls) -> State:
        return cls(Path(os.environ.get("PORTICO_VAR") or ROOT / "var").absolute())

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def login_file(self) -> Path:
        return self.folder / "portico.json"

    @property
    def status_file(self) -> Path:
        return self.folder / "status.json"

    def make(self) -> None:
        """Create the directory for its owner only.

        Raises:
            Refused: something is in the way, or the disk is full or read-only.
        """
        try:
            for folder in (self.folder, self.logs):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.chmod(0o700)
        except OSError as error:
            raise Refused(
                f"{self.folder} can't be used ({error.strerror}): move away what is there, or check its owner."
            ) from error

    def check_disk(self, free: int | None = None) -> None:
        """At least 2 GB are free, unless this installation exists already and only needs to go on.

        Raises:
            Refused: less.
        """
        place = next(folder for folder in (self.folder, *self.folder.parents) if folder.exists())
        free = shutil.disk_usage(place).free if free is None else free
        if free < NEEDED_BYTES:
            raise Refused(
                f"Only {free / 1e9:.1f} GB are free on the disk of {place}; 2 GB are needed. Make room first."
            )

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock that says "a supervisor runs here" and write our pid into it.

        Raises:
            Refused: somebody else holds it.
        """
        with (self.folder / "lock").open("a+", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Refused(
                    f"Portico runs already{self._where()}: ./dev status shows it, ./dev down stops it."
                ) from error
            lock.seek(0)
            lock.truncate()
            lock.write(str(os.getpid()))
            lock.flush()
            yield
            lock.truncate(0)

    def running(self) -> int | None:
        """The pid of the supervisor that holds the lock, or None."""
        with contextlib.suppress(FileNotFoundError), (self.folder / "lock").open("r", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or 0) or None
        return None

    def _where(self) -> str:
        url = self.read("status.json").get("url")
        return f" at {url}" if url else ""

    def read(self, name: str) -> dict[str, Any]:
        """One of the JSON documents; empty when it is not there.

        Raises:
            Refused: it is not readable as JSON.
        """
        path = self.folder / name
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise Refused(f"{path} is damaged ({error}): restore it from a backup, or run ./dev reset.") from error
        if not isinstance(document, dict):
            raise Refused(f"{path} is damaged (not an object): restore it from a backup, or run ./dev reset.")
        return document

    def write(self, name: str, document: dict[str, Any]) -> None:
        """Replace one of the JSON documents as a whole (0600)."""
        handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=f".{name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=2)
            file.write("\n")
        Path(temporary).replace(self.folder / name)

    def installation(self) -> Installation:
        """Ports and secrets of this installation, made on first sight."""
        kept = self.read("stack.json")
        return Installation(self, kept.get("ports", {}), kept.get("secrets", {}))


class Installation:
    """Ports and secrets that stay the same from one start to the next."""

    def __init__(self, state: State, ports: dict[str, int], kept_secrets: dict[str, str]) -> None:
        self._state = state
        self._ports = ports
        self._secrets = kept_secrets

    def port(self, name: str) -> int:
        """The port kept for `name`; another one if a stranger has taken it meanwhile."""
        if name not in self._ports or port_is_taken(self._ports[name]):
            self._ports[name] = free_port()
            while list(self._ports.values()).count(self._ports[name]) > 1:
                self._ports[name] = free_port()
            self._save()
        return self._ports[name]

    def secret(self, name: str) -> str:
        """A random secret, letters and digits only, so that it may stand in a URL."""
        return self.keep(name, secrets.token_hex(16))

    def keep(self, name: str, value: str) -> str:
        """The kept value of `name`, which is `value` when there is none yet."""
        if name not in self._secrets:
            self._secrets[name] = value
            self._save()
        return self._secrets[name]

    def replace(self, values: dict[str, str]) -> None:
        """Take over secrets from elsewhere, such as a backup."""
        self._secrets.update(values)
        self._save()

    def kept(self, name: str) -> str | None:
        return self._secrets.get(name)

    def _save(self) -> None:
        self._state.write("stack.json", {"ports": self._ports, "secrets": self._secrets})
