"""`python -m sandbox.asanito.source`: fills and changes a legacy database from the command line, without a server."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

from sandbox.asanito.source.database import Source
from sandbox.asanito.source.growth import Growth
from sandbox.kit import Kit

if TYPE_CHECKING:
    from collections.abc import Sequence

TABLES = ("service", "membership", "invoiceHed", "ServiceInvoice", "receipt")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m sandbox.asanito.source", description=__doc__)
    top.add_argument("--url", default=os.environ.get("SANDBOX_SOURCE_URL", ""), help="a PostgreSQL database, as owner")
    top.add_argument("--seed", type=int, help="the same seed does the same")
    commands = top.add_subparsers(dest="command", required=True)
    seed = commands.add_parser("seed", help="the six tables afresh, with stories")
    seed.add_argument("--size", type=int, default=300, help="about how many records of all kinds")
    seed.add_argument("--members", type=int, default=0, help="plain members on top, quickly")
    seed.add_argument("--until", type=date.fromisoformat, help="the last day of the stories; today when left out")
    seed.add_argument("--no-indexes", action="store_true", help="heaps, as the legacy program leaves them")
    seed.add_argument("--reader", default="", help="role that may read")
    seed.add_argument("--writer", default="", help="role that may write statuses back")
    commands.add_parser("day", help="a day's business").add_argument("--size", type=int, default=60)
    for name, what in (
        ("versions", "new rows for members or services"),
        ("edits", "rows changed where they stand"),
        ("deletions", "rows marked as deleted, or gone"),
        ("late", "new rows with a lower number than the newest"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("--table", choices=TABLES, default="membership")
        command.add_argument("--count", type=int, default=1)
        if name == "deletions":
            command.add_argument("--remove", action="store_true", help="gone instead of marked")
    return top


async def run(given: argparse.Namespace) -> Any:
    """What the command tells: rows by table, or the keys of what was touched."""
    kit = Kit("Asia/Tehran")
    source = Source(kit, given.url, getattr(given, "reader", ""), getattr(given, "writer", ""))
    await source.open(None, "")
    growth = Growth(source, kit.clock)
    try:
        if given.command == "seed":
            until, seed = given.until or kit.clock.today(), 1 if given.seed is None else given.seed
            return await source.seed(given.size, seed, until, indexes=not given.no_indexes, members=given.members)
        if given.command == "day":
            return await growth.day(given.size, given.seed)
        if given.command == "deletions":
            return await growth.deletions(given.table, given.count, "remove" if given.remove else "flag", given.seed)
        return await getattr(growth, given.command)(given.table, given.count, given.seed)
    finally:
        await source.shut()


def main(arguments: Sequence[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    if not given.url:
        sys.stderr.write("Name the database with --url or SANDBOX_SOURCE_URL.\n")
        return 2
    sys.stdout.write(json.dumps(asyncio.run(run(given))) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
