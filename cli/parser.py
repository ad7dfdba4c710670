"""The command line: names, arguments, and which function each command is. `--json` may stand anywhere."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from cli import invoices, overview, runs
from cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.context import Context

    Command = Callable[[Context], Exit]

EPILOG = """exit codes: 0 done, 1 failed, 2 usage, 3 done in part, 4 busy or refused, 5 unreachable, 6 needs a person

Portico is found by PORTICO_URL and PORTICO_API_KEY, else by the var/portico.json of a local ./dev up."""


def parser() -> argparse.ArgumentParser:
    top = _Parser(
        prog="portico",
        description="Portico from the terminal: the same API, roles and audit as the console.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[_common(default=True)],
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_overview(commands)
    _add_runs(commands)
    _add_invoices(commands)
    return top


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.exit(Exit.USAGE, f"{self.prog}: {message}\n  What to do: {self.prog} --help\n")


def _common(*, default: bool = False) -> argparse.ArgumentParser:
    """Known before and after the command; only the top level has defaults, else the second would undo the first."""
    common = argparse.ArgumentParser(add_help=False, argument_default=None if default else argparse.SUPPRESS)
    add = common.add_argument
    add("--json", action="store_true", help="print the API's answer", default=False if default else argparse.SUPPRESS)
    add("--url", help="instead of PORTICO_URL")
    return common


def _add(commands: Any, name: str, function: Command | None, text: str) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, parents=[_common()], epilog=EPILOG.split("\n", 1)[0]
    )
    if function is not None:
        added.set_defaults(function=function)
    return added


def _waits(command: argparse.ArgumentParser) -> None:
    command.add_argument("--wait", action="store_true", help="until it is over; the exit code tells how it ended")
    command.add_argument("--timeout", type=float, metavar="SECONDS", help="wait no longer than that (exit code 4)")


def _limits(command: argparse.ArgumentParser, default: int = 50) -> None:
    command.add_argument("--limit", type=int, default=default, help=f"at most so many (default {default})")


def _service(command: argparse.ArgumentParser) -> None:
    command.add_argument("--service", help="of this service only")


def _add_overview(commands: Any) -> None:
    _add(commands, "status", overview.status, "Is everything up, does anything need a person?")
    _add(commands, "attention", overview.attention, "What needs a person (exit code 6 when anything does)")
    jobs = _add(commands, "jobs", overview.jobs, "The jobs of every service")
    _service(jobs)
    inner = jobs.add_subparsers(metavar="VERB")
    start = _add(inner, "run", overview.start_job, "Start a job")
    start.add_argument("name")
    start.add_argument("--params", default="{}", metavar="JSON")
    start.add_argument("--dry-run", action="store_true", help="where the job can: report, change nothing")
    _waits(start)
    schedules = _add(commands, "schedules", overview.schedules, "What runs when")
    _service(schedules)
    inner = schedules.add_subparsers(dest="verb", metavar="VERB")
    pause = _add(inner, "pause", overview.switch_schedule, "Fire no more until it is resumed")
    pause.add_argument("id", help="id or name")
    pause.add_argument("--reason", required=True)
    _add(inner, "resume", overview.switch_schedule, "Fire again").add_argument("id", help="id or name")


def _add_runs(commands: Any) -> None:
    listed = _add(commands, "runs", runs.list_runs, "Runs of all services, newest first")
    add = listed.add_argument
    add("--state", help="queued,running,waiting,succeeded,partial,failed,cancelled; a leading ! excludes")
    add("--job", help="names, separated by commas")
    add("--trigger", help="schedule,manual,api,chain,system,retry")
    add("-q", help="free text")
    add("--created-at", metavar="FROM..TO", help="like 2026-11-01..2026-11-20; either side may be empty")
    add("--all", action="store_true", help="with the runs that found nothing to do")
    _service(listed)
    _limits(listed)
    inner = listed.add_subparsers(dest="verb", metavar="VERB")
    shown = _add(inner, "show", runs.show, "One run: state, attempts, effects, records")
    shown.add_argument("id")
    _limits(shown)
    _waits(shown)
    for verb, text in (
        ("cancel", "Ask it to stop"),
        ("retry", "Try the same run again"),
        ("rerun", "A new run with the same parameters"),
    ):
        command = _add(inner, verb, runs.act, text)
        command.add_argument("id")
        _waits(command)
    seen = _add(inner, "see", runs.see, "Take a failure off the list of what needs a person")
    seen.add_argument("id")
    seen.add_argument("--note", required=True)
    log = _add(commands, "logs", runs.logs, "The log of a run")
    log.add_argument("id")
    log.add_argument("-f", "--follow", action="store_true", help="until the run is over; its end is the exit code")
    log.add_argument("--level", help="info, warning, error")
    log.add_argument("-q", help="free text")
    log.add_argument("--after", type=int, default=0, metavar="SEQ", help="only what follows this line")


def _add_invoices(commands: Any) -> None:
    top = _add(commands, "invoices", None, "The warehouse: today's file, today's session")
    inner = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    _waits(_add(inner, "pick-up", invoices.pick_up, "Look into the inbox now"))
    sent = _add(inner, "upload", invoices.upload, "Send today's file by hand")
    sent.add_argument("file", metavar="FILE")
    sent.add_argument("--validate-only", action="store_true", help="tell what would happen, keep nothing")
    sent.add_argument(
        "--accept-count", action="store_true", help="although the name promises another number of records"
    )
    for name, function, text in (
        ("start", invoices.start, "Start today's session"),
        ("status", invoices.status, "How far today's session is"),
    ):
        command = _add(inner, name, function, text)
        _waits(command)
        command.add_argument("--until-closed", action="store_true", help="with --wait: until the last shipment")
    _add(inner, "check", invoices.check, "Count the shipments now")
    closed = _add(inner, "close", invoices.close, "Close today's session")
    closed.add_argument("--force", action="store_true", help="although not all shipments are processed")
    confirmed = _add(
        inner, "confirm", invoices.confirm, "Open a session whose log failed, after looking yourself (admin)"
    )
    confirmed.add_argument("--note", required=True, help="what was seen at the receiver; kept in the audit")
    listed = _add(inner, "files", invoices.files, "The files that came, newest first")
    listed.add_argument("-q", help="free text")
    _limits(listed)
    listed = _add(inner, "rows", invoices.rows, "The rows of a file, with what became of each")
    listed.add_argument("id", help="the file's id")
    listed.add_argument("--status", help="valid,not_found,in_past,already_sent,incomplete,rejected")
    listed.add_argument("-q", help="free text")
    _limits(listed)
    _limits(_add(inner, "sessions", invoices.sessions, "Past days, newest first"))
    csv = _add(inner, "csv", invoices.csv, "The CSV that was sent on a day")
    csv.add_argument("date", metavar="DATE", help="like 2026-11-20")
    csv.add_argument("-o", "--output", metavar="FILE", help="instead of stdout")
