"""The gateway against the service alone, with session and signed identity on, and nginx beside it when installed.

Throughput and p50 by wrk. The service has one core for itself in every row; what stands in front of it shares the other
core with wrk. Memory: 1 GiB up and a long event stream down, with the gateway's resident memory watched.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import aiohttp
import asyncpg
import httpx

from common.clock import SystemClock
from common.db import open_database
from common.identity import HEADER, SYSTEM, Identity, make_key, mint, private_json, public_set_json
from common.migrate import migrate
from gateway.auth.cookies import SessionCookie
from gateway.auth.doorman import Doorman
from gateway.auth.passwords import Passwords, make_password
from gateway.resources import COMPONENTS
from gateway.settings import GatewaySettings
from gateway.users.schemas import UserCreate
from gateway.users.service import UsersService
from tools.chaos.lab import open_lab
from tools.stack.children import free_port, start_child, stop_child

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joserfc.jwk import OKPKey

LEAST_RATIO = 0.5
MOST_ADDED_MS = 2.0
MOST_GROWTH_MB = 32
ROUNDS, SECONDS = 3, 4
CONNECTIONS = (1, 16)
SERVICE_CORE, FRONT_CORE = 0, 1
GIB = 1 << 30
EVENTS = 200_000
IDLE_LOAD = 1.0  # more than this before the start, and somebody else is working here

NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  upstream service {{ server 127.0.0.1:{service}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


@dataclass(frozen=True)
class Front:
    """Something to send the same request to."""

    name: str
    url: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Speed:
    requests_per_second: float
    p50_ms: float


def measure() -> bool:
    """Print the rows; False when a figure misses what the issue names."""
    key = make_key()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portico-bench-")))
        lab = stack.enter_context(open_lab())
        service = stack.enter_context(_service(folder, key))
        database = lab.database("gateway")
        asyncio.run(_migrate(database))
        gateway_url, pid = stack.enter_context(_gateway(folder, key, database, service))
        cookie = asyncio.run(_sign_in(key, database, gateway_url))
        identity = mint(key, audience="bench", identity=Identity("b", "b", "user", "viewer"), lifetime_seconds=3600)
        direct = Front("direct", f"http://127.0.0.1:{service}/v1/item", {HEADER: identity})
        fronts = [direct, Front("gateway", f"{gateway_url}/api/bench/v1/item", {"Cookie": cookie})]
        if shutil.which("nginx"):
            port = stack.enter_context(_nginx(folder, service))
            fronts.append(Front("nginx", f"http://127.0.0.1:{port}/v1/item", {HEADER: identity}))
        else:
            print("nginx: not installed, no row of it")
        quick = _throughput(fronts)
        return _memory(gateway_url, cookie, pid) and quick


def _throughput(fronts: list[Front]) -> bool:
    wrk = shutil.which("wrk")
    if not wrk or (os.cpu_count() or 1) < 2:  # noqa: PLR2004
        print(
            "throughput: not measurable here: wrk and two cores are needed, a Python client is slower than what it asks"
        )
        asyncio.run(_by_python(fronts))
        return True
    passed, busy = True, os.getloadavg()[0] > IDLE_LOAD
    for connections in CONNECTIONS:
        # In turns, so that whatever else the machine does falls on all of them.
        turns = [{front.name: _wrk(wrk, front, connections) for front in fronts} for _ in range(ROUNDS)]
        direct = _middle([turn["direct"] for turn in turns])
        for front in fronts:
            speed = _middle([turn[front.name] for turn in turns])
            ratio = speed.requests_per_second / direct.requests_per_second
            added = speed.p50_ms - direct.p50_ms
            print(
                f"{front.name:8} c={connections:<3} {speed.requests_per_second:8.0f}/s  ratio {ratio:4.2f}"
                f"  p50 {speed.p50_ms:6.2f} ms  added {added:+6.2f} ms"
            )
            if front.name == "gateway" and connections == max(CONNECTIONS):
                passed &= ratio >= LEAST_RATIO and (busy or added <= MOST_ADDED_MS)
    print(f"wanted at c={max(CONNECTIONS)}: ratio >= {LEAST_RATIO}, added p50 <= {MOST_ADDED_MS} ms")
    if busy:
        print(
            "milliseconds are not measurable now: others use the cores as well, which stretches them; the ratio stands"
        )
    return passed


async def _by_python(fronts: list[Front], requests: int = 500) -> None:
    """One request after the other by a Python client: says little about throughput, something about added time."""
    async with aiohttp.ClientSession() as client:
        for front in fronts:
            times = []
            for _ in range(requests):
                began = time.perf_counter()
                async with client.get(front.url, headers=front.headers) as answer:
                    await answer.read()
                times.append(time.perf_counter() - began)
            print(f"{front.name:8} by a Python client, c=1: p50 {median(times) * 1000:6.2f} ms")


def _middle(speeds: list[Speed]) -> Speed:
    return Speed(median(speed.requests_per_second for speed in speeds), median(speed.p50_ms for speed in speeds))


def _wrk(wrk: str, front: Front, connections: int) -> Speed:
    headers = [part for name, value in front.headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", *headers, front.url]
    told = subprocess.run(
        ["taskset", "-c", str(FRONT_CORE), wrk, *command], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in told:
        raise RuntimeError(f"{front.name} did not answer 200:\n{told}")
    rate, middle = re.search(r"Requests/sec:\s+([\d.]+)", told), re.search(r"50%\s+([\d.]+)(us|ms|s)", told)
    if not rate or not middle:
        raise RuntimeError(told)
    return Speed(float(rate[1]), float(middle[1]) * {"us": 0.001, "ms": 1, "s": 1000}[middle[2]])


def _memory(url: str, cookie: str, pid: int) -> bool:
    passed = True
    csrf = httpx.get(f"{url}/api/auth/me", headers={"Cookie": cookie}).json()["csrf_token"]

    def megabytes() -> Iterator[bytes]:
        chunk = b"\0" * (1 << 20)
        for _ in range(GIB >> 20):
            yield chunk

    def upload() -> int:
        headers = {"Cookie": cookie, "X-CSRF-Token": csrf}
        sent = httpx.post(f"{url}/api/bench/v1/upload", content=megabytes(), headers=headers, timeout=300)
        return int(sent.raise_for_status().json()["bytes"])

    def listen() -> int:
        headers = {"Cookie": cookie, "Accept": "text/event-stream"}
        with httpx.stream("GET", f"{url}/api/bench/v1/stream?events={EVENTS}", headers=headers, timeout=300) as answer:
            return sum(len(chunk) for chunk in answer.iter_raw())

    for name, transfer in (("1 GiB upload", upload), (f"{EVENTS:,} events", listen)):
        before, began = _resident_mb(pid), time.perf_counter()
        size = transfer()
        seconds, growth = time.perf_counter() - began, _peak_mb(pid) - before
        print(
            f"{name:15} {size / 1e6:6.0f} MB in {seconds:5.1f} s ({size / 1e6 / seconds:4.0f} MB/s)  "
            f"gateway grew by at most {growth:4.1f} MB (wanted < {MOST_GROWTH_MB})"
        )
        passed &= growth < MOST_GROWTH_MB
    return passed


def _resident_mb(pid: int) -> float:
    # Writing 5 resets the peak, so that the next reading tells of this transfer alone.
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    return _status_mb(pid, "VmRSS")


def _peak_mb(pid: int) -> float:
    return _status_mb(pid, "VmHWM")


def _status_mb(pid: int, name: str) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


async def _migrate(database: str) -> None:
    conn = await asyncpg.connect(database)
    try:
        await migrate(conn, COMPONENTS)
    finally:
        await conn.close()


async def _sign_in(key: OKPKey, database: str, url: str) -> str:
    """A user with a session; gives the cookie."""
    settings = GatewaySettings.model_validate({"database_url": database, "signing_key": private_json(key)})
    password = make_password()
    async with open_database(database, size=2, application="bench") as db:
        clock, cookie = SystemClock(), SessionCookie(settings)
        users = UsersService(db, clock, Passwords(), Doorman(db, clock, cookie, public_origin=settings.origin))
        wanted = UserCreate(username="bench", name="Bench", password=password, roles={"bench": "viewer"})
        await users.create(wanted, SYSTEM, must_change_password=False)
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{url}/api/auth/login", json={"username": "bench", "password": password})
    return answer.raise_for_status().headers["set-cookie"].partition(";")[0]


@contextmanager
def _service(folder: Path, key: OKPKey) -> Iterator[int]:
    port = free_port()
    env = os.environ | {"IDENTITY_KEYS": public_set_json(key)}
    command = ["taskset", "-c", str(SERVICE_CORE), sys.executable, "-m", "tools.bench._gateway_service", str(port)]
    with _running(command, folder / "service.log", env):
        _wait_for(f"http://127.0.0.1:{port}/openapi.json")
        yield port


@contextmanager
def _gateway(folder: Path, key: OKPKey, database: str, service: int) -> Iterator[tuple[str, int]]:
    port = free_port()
    env = os.environ | {
        "GATEWAY_DATABASE_URL": database,
        "GATEWAY_SIGNING_KEY": private_json(key),
        "GATEWAY_PORT": str(port),
        "GATEWAY_UPSTREAMS": f'{{"bench": "http://127.0.0.1:{service}"}}',
        "GATEWAY_LOG_LEVEL": "warning",
    }
    command = ["taskset", "-c", str(FRONT_CORE), sys.executable, "-m", "gateway"]
    with _running(command, folder / "gateway.log", env) as pid:
        _wait_for(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}", pid


@contextmanager
def _nginx(folder: Path, service: int) -> Iterator[int]:
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, service=service, port=port), encoding="utf-8")
    with _running(["taskset", "-c", str(FRONT_CORE), "nginx", "-c", str(config)], folder / "nginx.out", None):
        _wait_for(f"http://127.0.0.1:{port}/openapi.json")
        yield port


@contextmanager
def _running(command: list[str], log: Path, env: dict[str, str] | None) -> Iterator[int]:
    child = start_child(command, log=log, env=env)
    try:
        yield child.pid
    finally:
        stop_child(child)


def _wait_for(url: str, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx.get(url).status_code < 500:  # noqa: PLR2004
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {seconds:g} s")
