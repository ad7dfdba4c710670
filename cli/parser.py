"""The command line: names, arguments, and which function each command is. `--json` may stand anywhere."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from cli import asanito, asanito_setup, invoices, overview, runs
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
    _add_asanito(commands)
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


def _add_asanito(commands: Any) -> None:
    top = _add(commands, "asanito", None, "The gym chain's bridge: run it, look at its records, decide about them")
    inner = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    run = _add(inner, "run", asanito.run, "Start one job")
    run.add_argument("job", choices=(*asanito.JOBS, *asanito.OLD_JOBS), metavar="JOB", help=", ".join(asanito.JOBS))
    run.add_argument("--dry-run", action="store_true", help="report what would be sent, change nothing")
    run.add_argument("--limit", type=int, metavar="N", help="at most so many records")
    run.add_argument("--key", action="append", default=[], help="only this record; may be given again")
    _waits(run)
    _answers(run)
    cycle = _add(inner, "cycle", asanito.cycle, "Start all jobs, one after the other")
    _waits(cycle)
    _answers(cycle)
    answer = _add(inner, "answer", asanito.answer, "Answer what a run asks before it goes on")
    answer.add_argument("id", help="the question's id")
    answer.add_argument("choice", help="such as go_on")
    answer.add_argument("--note", default="")
    _waits(answer)
    listed = _add(inner, "inspect", asanito.inspect, "How many records are in which state; with a filter, which ones")
    listed.add_argument("kind", nargs="?", choices=asanito.KINDS, metavar="KIND", help=", ".join(asanito.KINDS))
    _filters(listed)
    listed.add_argument("--warned", action="store_true", help="only those sent with a warning")
    _limits(listed)
    shown = _record(inner, "show", asanito.show, "One record: state, what it is in Asanito, every call")
    shown.add_argument("--preview", action="store_true", help="and what would be sent for it now")
    for verb, text in (("retry", "Send again with the next run"), ("ignore", "Never send")):
        many = _record(inner, verb, asanito.decide_many, f"{text}: one record, or all of a filter", one=False)
        many.add_argument("--all", action="store_true", help="all records of the kind that the filter shows")
        many.add_argument("--dry-run", action="store_true", help="with --all: count only")
        many.add_argument("--note", default="", help="why; kept in the audit")
        _filters(many)
        _waits(many)
    for verb, text in (
        ("unignore", "Send after all"),
        ("mark-distinct", "It is nobody's duplicate, for ever"),
        ("confirm-absent", "It is not in Asanito: create it with the next run (admin)"),
    ):
        _record(inner, verb, asanito.decide, text).add_argument("--note", default="", help="why; kept in the audit")
    bind = _record(inner, "bind", asanito.decide, "It is this one in Asanito (admin)")
    bind.add_argument("asanito_id", type=int, metavar="ID", help="its id in Asanito")
    bind.add_argument("--note", default="", help="why; kept in the audit")
    _waits(_record(inner, "check", asanito.decide, "Ask Asanito again what became of an uncertain record"))
    mappings = _add(inner, "mappings", None, "Translations of source values")
    of_mappings = mappings.add_subparsers(dest="inner", required=True, metavar="VERB")
    _add(of_mappings, "gaps", asanito.gaps, "What is missing, by how many records wait (exit code 6 when anything is)")
    money = _add(inner, "money", asanito.money, "Sums of the source and sums posted (exit code 3 when they differ)")
    money.add_argument("--from", dest="since", metavar="DATE", help="first day; the last seven days when left out")
    money.add_argument("--to", dest="until", metavar="DATE", help="last day")
    money.add_argument("--balances", action="store_true", help="and the persons whose balances differ")
    _add(inner, "doctor", asanito_setup.doctor, "What has to be right outside, and what mends it (exit code 6)")
    old = _add(inner, "old-env", asanito_setup.old_env, "Settings out of an old application's .env; sends nothing")
    old.add_argument("file", metavar="FILE")


def _answers(command: argparse.ArgumentParser) -> None:
    command.add_argument("--yes", action="store_true", help="with --wait: go on when it asks, as before many creations")


def _record(commands: Any, name: str, function: Command, text: str, *, one: bool = True) -> argparse.ArgumentParser:
    command = _add(commands, name, function, text)
    command.add_argument("kind", choices=asanito.KINDS, metavar="KIND", help=", ".join(asanito.KINDS))
    command.add_argument("key", metavar="KEY", nargs=None if one else "?", help="as `inspect` shows it")
    return command


def _filters(command: argparse.ArgumentParser) -> None:
    command.add_argument("--state", help=",".join(asanito.STATES))
    command.add_argument("--reason", help="reason codes, separated by commas")
    command.add_argument("-q", help="free text: a name, a number")
