"""`python -m sandbox warehouse`: starts a stand-in for the warehouse's outside and its mail server, until SIGTERM.

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

from sandbox.warehouse.control import create_app
from sandbox.warehouse.server import ACCOUNTS, Options, Warehouse

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    names = top.add_subparsers(dest="name", required=True, metavar="NAME")
    warehouse = names.add_parser("warehouse", help="FTP inbox and delivery, SSH host, consumer, customer views, mail")
    add = warehouse.add_argument
    add("--directory", type=Path, default=Path("var/sandbox"), help="files, mails, keys; kept between starts")
    add("--host", default="127.0.0.1")
    add("--http-port", type=int, default=0, help="control, page and mail reader; 0 = any free port, as for the others")
    add("--ftp-inbox-port", "--ftp-port", type=int, default=0)
    add("--ftp-delivery-port", type=int, default=0)
    add("--ssh-port", type=int, default=0)
    add("--smtp-port", type=int, default=0)
    add("--customer-url", default=os.environ.get("SANDBOX_CUSTOMER_URL", ""), help="a PostgreSQL database, as owner")
    add("--customer-port", type=int, help="put a gate before it, so that it can be out of reach")
    add("--customer-rows", type=int, default=5_000, help="rows of the view that have nothing to do with our files")
    add("--zone", default="Europe/Rome", help="the site's time zone")
    add("--seed", type=int, default=1, help="of the first file; every further one counts on")
    add("--portico-file", type=Path, help="var/portico.json of a running ./dev up: lets the page press the buttons too")
    for account in ACCOUNTS:
        add(f"--{account}-user", default=os.environ.get(f"SANDBOX_{account.upper()}_USER"))
        add(f"--{account}-password", default=os.environ.get(f"SANDBOX_{account.upper()}_PASSWORD"))
    return top


def options_of(arguments: argparse.Namespace) -> Options:
    given = vars(arguments)
    accounts = {
        name: (given[f"{name}_user"] or name, given[f"{name}_password"])
        for name in ACCOUNTS
        if given[f"{name}_password"]
    }
    plain = {option.name: given[option.name] for option in fields(Options) if option.name in given}
    return Options(**plain, accounts=accounts)


class _Server(uvicorn.Server):
    """Says where everything listens once it does."""

    def __init__(self, config: uvicorn.Config, warehouse: Warehouse) -> None:
        super().__init__(config)
        self._warehouse = warehouse

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(json.dumps({"ready": True, **self._warehouse.addresses()["ports"]}) + "\n")
            sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    options = options_of(parser().parse_args(arguments))
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        # Bound but not yet listening: whoever probes the port is refused until everything else is there.
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((options.host, options.http_port))
    except OSError as error:
        sys.stderr.write(f"Port {options.http_port} is taken ({error.strerror}); give another --http-port.\n")
        return 1
    warehouse = Warehouse(options)
    app = create_app(warehouse, listening.getsockname()[1])
    server = _Server(uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=3), warehouse)
    server.run(sockets=[listening])
    return 0 if server.started else 1


if __name__ == "__main__":
    raise SystemExit(main())
