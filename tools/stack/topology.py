"""The processes of `./dev up`: what runs, what each needs, how one sees that it is ready. Compose runs the same ones.

`DATABASE_URL` (an administrator's) and `REDIS_URL` take the place of the embedded servers. A variable of a service that
is set already, such as `INVOICES_INBOX_URL`, wins over what the sandbox offers.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from common.identity import load_key, make_key, private_json, public_set_json
from tools.stack import databases, postgres, valkey
from tools.stack.children import port_is_taken
from tools.stack.disguise import disguise
from tools.stack.probes import is_listening, is_ready, says_workers_are_there
from tools.stack.state import Refused, State
from tools.stack.supervisor import Process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PYTHON = sys.executable
DEFAULT_PORT = 8640
DEMO_RECORDS = "300"


@dataclass(frozen=True)
class Addresses:
    """Where everything is, in this installation."""

    state: State
    port: int
    postgres_port: int
    valkey_port: int
    api_ports: Mapping[str, int]
    admin_url: str
    redis_url: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_folder(self) -> Path:
        return self.state.folder / "sandbox"

    @property
    def asanito_folder(self) -> Path:
        return self.state.folder / "sandbox-asanito"


def public_port() -> int:
    """`PORTICO_PORT`, or the default.

    Raises:
        Refused: it is no port.
    """
    given = os.environ.get("PORTICO_PORT", str(DEFAULT_PORT))
    if not given.isdecimal() or not 0 < int(given) < 65536:  # noqa: PLR2004 - ports have 16 bits
        raise Refused(f"PORTICO_PORT is {given!r}; it must be a number from 1 to 65535.")
    return int(given)


def check_public_port() -> None:
    """Nobody else listens where the console is to be.

    Raises:
        Refused: somebody does.
    """
    port = public_port()
    if port_is_taken(port):
        raise Refused(
            f"Port {port} is taken by another program: stop that one,"
            f" or choose another port with PORTICO_PORT={port + 1} ./dev up"
        )


def settle(state: State) -> Addresses:
    """Choose ports, make secrets."""
    made = state.installation()
    postgres_port, valkey_port = made.port("postgres"), made.port("valkey")
    return Addresses(
        state=state,
        port=public_port(),
        postgres_port=postgres_port,
        valkey_port=valkey_port,
        api_ports={name: made.port(f"{name}-api") for name in databases.SERVICES},
        admin_url=os.environ.get("DATABASE_URL") or postgres.admin_url(postgres_port, made.secret("postgres")),
        redis_url=os.environ.get("REDIS_URL") or valkey.valkey_url(valkey_port, made.secret("valkey")),
    )


def table(at: Addresses) -> list[Process]:
    """Everything that `./dev up` runs, in the order in which it is shown."""
    prepare = Process(
        "prepare",
        [PYTHON, "-m", "tools.stack", "prepare"],
        needs=() if os.environ.get("DATABASE_URL") else ("postgres",),
        env=lambda: {"DATABASE_URL": at.admin_url},
        vital=True,
    )
    gateway = Process(
        "gateway",
        [PYTHON, "-m", "gateway"],
        ready=lambda: is_ready(at.port),
        needs=("prepare",),
        env=lambda: gateway_environment(at),
    )
    sandboxes = [sandbox(at), *([asanito_sandbox(at)] if "asanito" in databases.SERVICES else [])]
    demo = Process(
        "demo",
        [PYTHON, "-m", "tools.stack", "demo"],
        needs=("gateway", *(process.name for process in sandboxes), *(f"{name}-worker" for name in databases.SERVICES)),
        env=lambda: {"PORTICO_PORT": str(at.port), **gateway_environment(at)},
    )
    services = [process for name in databases.SERVICES for process in service_processes(at, name)]
    return [*embedded_servers(at), prepare, *sandboxes, *services, gateway, demo]


def embedded_servers(at: Addresses) -> list[Process]:
    """PostgreSQL and Valkey, unless the environment names servers to use instead."""
    made = at.state.installation()
    servers = []
    if not os.environ.get("DATABASE_URL"):
        data = at.state.folder / "postgres"
        servers.append(
            Process(
                "postgres",
                postgres.postgres_command(data, at.postgres_port),
                ready=lambda: postgres.is_itself(at.admin_url, data),
                stop_signal=signal.SIGINT,
                death_signal=signal.SIGINT,
                prepare=disguise(),
                vital=True,
            )
        )
    if not os.environ.get("REDIS_URL"):
        password = made.secret("valkey")
        servers.append(
            Process(
                "valkey",
                valkey.valkey_command(at.state.folder / "valkey", at.valkey_port, password),
                ready=lambda: valkey.answers(at.valkey_port, password),
                death_signal=signal.SIGTERM,
                vital=True,
            )
        )
    return servers


def sandbox(at: Addresses) -> Process:
    """The outside of a warehouse, on kept ports, so that its page stays where it was."""
    made = at.state.installation()
    ports = {name: made.port(f"sandbox-{name}") for name in ("http", "ftp-inbox", "ftp-delivery", "ssh", "smtp")}
    command = [PYTHON, "-m", "sandbox", "warehouse", "--directory", str(at.sandbox_folder)]
    command += [word for name, port in ports.items() for word in (f"--{name}-port", str(port))]
    command += ["--portico-file", str(at.state.login_file)]
    customer_url = databases.owner_url(at.admin_url, databases.CUSTOMER, made)
    return Process(
        "sandbox",
        command,
        ready=lambda: is_listening(ports["http"]) and (at.sandbox_folder / "addresses.json").exists(),
        needs=("prepare",),
        env=lambda: {"SANDBOX_CUSTOMER_URL": customer_url},
        stop_seconds=5,
    )


def asanito_sandbox(at: Addresses) -> Process:
    """The CRM and the legacy database of a gym chain, on kept ports as well."""
    made = at.state.installation()
    ports = {name: made.port(f"sandbox-asanito-{name}") for name in ("http", "api", "source")}
    folder = at.asanito_folder
    command = [PYTHON, "-m", "sandbox", "asanito", "--directory", str(folder)]
    command += [word for name, port in ports.items() for word in (f"--{name}-port", str(port))]
    command += ["--source-reader", databases.LEGACY.runtime, "--source-writer", databases.LEGACY_WRITER]
    command += ["--size", DEMO_RECORDS, "--portico-file", str(at.state.login_file)]
    source_url = databases.owner_url(at.admin_url, databases.LEGACY, made)
    return Process(
        "sandbox-asanito",
        command,
        ready=lambda: is_listening(ports["http"]) and (folder / "addresses.json").exists(),
        needs=("prepare",),
        env=lambda: {"SANDBOX_SOURCE_URL": source_url},
        stop_seconds=5,
    )


def service_processes(at: Addresses, name: str) -> list[Process]:
    """API and worker of one service."""
    port = at.api_ports[name]
    redis = () if os.environ.get("REDIS_URL") else ("valkey",)
    needs = ("prepare", "sandbox", *(("sandbox-asanito",) if name == "asanito" else ()), *redis)
    module = f"services.{name}"
    api = Process(
        f"{name}-api",
        [PYTHON, "-m", module, "api", "--host", "127.0.0.1", "--port", str(port)],
        ready=lambda: is_ready(port),
        needs=needs,
        env=environments(at, name),
    )
    worker = Process(
        f"{name}-worker",
        [PYTHON, "-m", module, "worker"],
        ready=lambda: says_workers_are_there(port),
        needs=needs,
        env=environments(at, name),
    )
    return [api, worker]


def environments(at: Addresses, name: str) -> Callable[[], dict[str, str]]:
    """What the processes of one service are told; what is set outside already stays."""

    def environment() -> dict[str, str]:
        prefix = f"{name.upper()}_"
        made = at.state.installation()
        number = databases.SERVICES.index(name)
        values = {
            "DATABASE_URL": databases.runtime_url(at.admin_url, databases.database_of(name), made),
            "REDIS_URL": urlunsplit(urlsplit(at.redis_url)._replace(path=f"/{number}")),
            "IDENTITY_KEYS": public_set_json(load_key(signing_key(at.state))),
            "ENVIRONMENT": "development",
            **(OUTSIDE[name](at) if name in OUTSIDE else {}),
        }
        return unless_set({prefix + field: value for field, value in values.items()})

    return environment


def warehouse_outside(at: Addresses) -> dict[str, str]:
    """The sandbox's addresses, as settings of the invoices service."""
    offered = json.loads((at.sandbox_folder / "addresses.json").read_text(encoding="utf-8"))
    made = at.state.installation()
    return {
        "INBOX_URL": offered["inbox_url"],
        "DELIVERY_URL": offered["delivery_url"],
        "REMOTE_LOG_URL": offered["remote_log_url"],
        "REMOTE_LOG_HOST_KEY": offered["remote_log_host_key"],
        "SMTP_URL": offered["smtp_url"],
        "VIEW_DATABASE_URL": databases.runtime_url(at.admin_url, databases.CUSTOMER, made),
        "MAIL_FROM": "Portico <portico@example.org>",
    }


def asanito_outside(at: Addresses) -> dict[str, str]:
    """The sandbox's Asanito and legacy database, as settings of the bridge."""
    offered = json.loads((at.asanito_folder / "addresses.json").read_text(encoding="utf-8"))
    mail = json.loads((at.sandbox_folder / "addresses.json").read_text(encoding="utf-8"))
    account = offered["accounts"][0]
    made = at.state.installation()
    # Through the sandbox's gate, so that its page can take the legacy database away.
    gate = urlsplit(offered["source_url"])
    legacy = urlunsplit(urlsplit(at.admin_url)._replace(netloc=f"{gate.hostname}:{gate.port}"))
    return {
        "SOURCE_URL": databases.runtime_url(legacy, databases.LEGACY, made),
        "WRITEBACK_URL": databases.guest_url(legacy, databases.LEGACY, databases.LEGACY_WRITER, made),
        "SEED_URL": databases.owner_url(legacy, databases.LEGACY, made),
        "BASE_URL": offered["api_url"],
        "CUSTOMER_ID": str(account["customer_id"]),
        "MOBILE": account["mobile"],
        "PASSWORD": account["password"],
        "SMTP_URL": mail["smtp_url"],
        "MAIL_FROM": "Portico <portico@example.org>",
    }


OUTSIDE = {"invoices": warehouse_outside, "asanito": asanito_outside}


def gateway_environment(at: Addresses) -> dict[str, str]:
    """What the gateway is told."""
    made = at.state.installation()
    upstreams = {name: f"http://127.0.0.1:{port}" for name, port in at.api_ports.items()}
    return unless_set(
        {
            "GATEWAY_DATABASE_URL": databases.runtime_url(at.admin_url, databases.GATEWAY, made),
            "GATEWAY_ENVIRONMENT": "development",
            "GATEWAY_PORT": str(at.port),
            "GATEWAY_PUBLIC_URL": at.url,
            "GATEWAY_SIGNING_KEY": signing_key(at.state),
            "GATEWAY_UPSTREAMS": json.dumps(upstreams),
        }
    )


def signing_key(state: State) -> str:
    """The gateway's private key of this installation."""
    made = state.installation()
    return made.kept("signing_key") or made.keep("signing_key", private_json(make_key()))


def unless_set(values: dict[str, str]) -> dict[str, str]:
    return {name: os.environ.get(name, value) for name, value in values.items()}
