"""`python -m sandbox warehouse|asanito`: starts the stand-ins for one site's outside, until SIGTERM.

When everything listens it writes one JSON line with the ports to stdout, and `<directory>/addresses.json` (readable by
the owner only) with the URLs a service needs, passwords included.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import socket
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from sandbox.asanito.control import create_app as asanito_app
from sandbox.asanito.server import ZONE, Asanito
from sandbox.asanito.server import Options as AsanitoOptions
from sandbox.warehouse.control import create_app as warehouse_app
from sandbox.warehouse.server import ACCOUNTS, Warehouse
from sandbox.warehouse.server import Options as WarehouseOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.outside import Outside


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    names = top.add_subparsers(dest="name", required=True, metavar="NAME")
    _add_warehouse(
        names.add_parser("warehouse", help="FTP inbox and delivery, SSH host, consumer, customer views, mail")
    )
    _add_asanito(names.add_parser("asanito", help="the CRM Asanito, and a gym chain's legacy database"))
    return top


def _add_common(command: argparse.ArgumentParser, directory: str) -> None:
    add = command.add_argument
    add("--directory", type=Path, default=Path(directory), help="files, accounts, keys; kept between starts")
    add("--host", default="127.0.0.1")
    add("--http-port", type=int, default=0, help="control and page; 0 = any free port, as for the others")
    add("--portico-file", type=Path, help="var/portico.json of a running ./dev up, for the page")


def _add_warehouse(warehouse: argparse.ArgumentParser) -> None:
    _add_common(warehouse, "var/sandbox")
    add = warehouse.add_argument
    add("--ftp-inbox-port", "--ftp-port", type=int, default=0)
    add("--ftp-delivery-port", type=int, default=0)
    add("--ssh-port", type=int, default=0)
    add("--smtp-port", type=int, default=0)
    add("--customer-url", default=os.environ.get("SANDBOX_CUSTOMER_URL", ""), help="a PostgreSQL database, as owner")
    add("--customer-port", type=int, help="put a gate before it, so that it can be out of reach")
    add("--customer-rows", type=int, default=5_000, help="rows of the view that have nothing to do with our files")
    add("--zone", default="Europe/Rome", help="the site's time zone")
    add("--seed", type=int, default=1, help="of the first file; every further one counts on")
    for account in ACCOUNTS:
        add(f"--{account}-user", default=os.environ.get(f"SANDBOX_{account.upper()}_USER"))
        add(f"--{account}-password", default=os.environ.get(f"SANDBOX_{account.upper()}_PASSWORD"))


def _add_asanito(asanito: argparse.ArgumentParser) -> None:
    _add_common(asanito, "var/sandbox-asanito")
    add = asanito.add_argument
    add("--api-port", type=int, default=0, help="Asanito's own")
    add("--source-url", default=os.environ.get("SANDBOX_SOURCE_URL", ""), help="a PostgreSQL database, as owner")
    add("--source-port", type=int, help="put a gate before it, so that it can be out of reach")
    add("--source-reader", default="", help="the role that may read the six tables")
    add("--source-writer", default="", help="the role that may write statuses back")
    add("--size", type=int, default=300, help="about how many records the source is seeded with when it is empty")
    add("--seed", type=int, default=1, help="of the stories")
    add("--zone", default=ZONE, help="the site's time zone")


def outside_of(arguments: argparse.Namespace) -> Warehouse | Asanito:
    """The stand-ins of that name, not yet open."""
    given = vars(arguments)
    if arguments.name == "asanito":
        plain = {option.name: given[option.name] for option in fields(AsanitoOptions) if option.name in given}
        return Asanito(AsanitoOptions(**plain))
    accounts = {
        name: (given[f"{name}_user"] or name, given[f"{name}_password"])
        for name in ACCOUNTS
        if given[f"{name}_password"]
    }
    plain = {option.name: given[option.name] for option in fields(WarehouseOptions) if option.name in given}
    return Warehouse(WarehouseOptions(**plain, accounts=accounts))


class _Server(uvicorn.Server):
    """Says where everything listens once it does."""

    def __init__(self, config: uvicorn.Config, outside: Outside) -> None:
        super().__init__(config)
        self._outside = outside

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(json.dumps({"ready": True, **self._outside.addresses()["ports"]}) + "\n")
            sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        # Bound but not yet listening: whoever probes the port is refused until everything else is there.
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((given.host, given.http_port))
    except OSError as error:
        sys.stderr.write(f"Port {given.http_port} is taken ({error.strerror}); give another --http-port.\n")
        return 1
    outside = outside_of(given)
    port = listening.getsockname()[1]
    app = asanito_app(outside, port) if isinstance(outside, Asanito) else warehouse_app(outside, port)
    server = _Server(uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=3), outside)
    server.run(sockets=[listening])
    return 0 if server.started else 1


if __name__ == "__main__":
    raise SystemExit(main())
