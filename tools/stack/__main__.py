"""`python -m tools.stack COMMAND`: what `./dev` hands over to, once the virtual environment is there."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from tools.stack import quality, running, storage
from tools.stack.postgres import PostgresError
from tools.stack.state import Refused
from tools.stack.supervisor import CannotStart
from tools.stack.valkey import ValkeyError

Run = Callable[[argparse.Namespace], int]


def parser() -> argparse.ArgumentParser:
    """The commands; their one-line descriptions stand in `./dev`, which lists them without this environment."""
    top = argparse.ArgumentParser(prog="./dev", add_help=False)
    commands = top.add_subparsers(dest="command", required=True)

    def add(name: str, run: Run) -> argparse.ArgumentParser:
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        return command

    up = add("up", running.up)
    up.add_argument("--detach", action="store_true", help="return once everything is up, and leave it running")
    add("down", running.down)
    add("status", running.status).add_argument("--json", action="store_true")
    logs = add("logs", running.logs)
    logs.add_argument("name", nargs="?")
    logs.add_argument("-f", "--follow", action="store_true")
    add("reset", storage.reset).add_argument("--yes", action="store_true", help="do not ask")
    add("backup", storage.backup).add_argument("file")
    add("restore", storage.restore).add_argument("file")
    add("migrate", storage.migrate)
    add("prepare", storage.prepare)
    add("demo", running.demo)
    test = add("test", quality.test)
    test.add_argument("--fast", action="store_true", help="the pure tests only")
    for name in ("check", "fmt", "openapi"):
        add(name, getattr(quality, name))
    for name in ("bench", "chaos", "new-service"):
        add(name, quality.hand_over)
    add("web", quality.web).add_argument("--dev", action="store_true")
    return top


def main(words: Sequence[str] | None = None) -> int:
    options, rest = parser().parse_known_args(words)
    if rest and options.run not in {quality.test, quality.hand_over}:
        return refuse(f"./dev {options.command} does not know {' '.join(rest)}.")
    options.rest = rest
    try:
        return int(options.run(options))
    except (Refused, PostgresError, ValkeyError, CannotStart) as error:
        return refuse(str(error))
    except KeyboardInterrupt:
        return 130


def refuse(sentence: str) -> int:
    sys.stderr.write(f"./dev: {sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
