"""What every command gets: the client, the printer, its arguments; and what most of them do: wait for a run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.exits import Exit, is_over, of_run
from cli.output import WORDS, duration, moment, progress
from cli.problems import CliProblem, Refused, StillRunning

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from cli.client import Portico
    from cli.output import Printer

FIRST_LOOK_SECONDS = 0.2
LOOK_SECONDS = 1.0
NOT_FOUND = 404
FORBIDDEN = 403


@dataclass(frozen=True)
class Context:
    portico: Portico
    show: Printer
    arguments: argparse.Namespace

    @property
    def wait(self) -> bool:
        return bool(getattr(self.arguments, "wait", False))

    def services(self) -> list[str]:
        """Those the key may see, or the one that `--service` names."""
        asked = getattr(self.arguments, "service", None)
        if asked:
            return [str(asked)]
        return [str(service["name"]) for service in self.portico.get("/api/services")]

    def find_run(self, run_id: str) -> dict[str, Any]:
        """A run by its id alone: the services are asked in turn."""
        last: CliProblem = CliProblem("This key may see no service.", "Ask an administrator for a role.")
        for service in self.services():
            try:
                found: dict[str, Any] = self.portico.get(f"/api/{service}/v1/runs/{run_id}")
            except Refused as refused:
                if refused.status not in (NOT_FOUND, FORBIDDEN):
                    raise
                last = refused
            else:
                return found
        raise last

    def until(self, look: Callable[[], dict[str, Any]], over: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Looks until it is over, or until `--timeout`; says what moves on a terminal."""
        seconds = getattr(self.arguments, "timeout", None)
        deadline = time.monotonic() + seconds if seconds else None
        pause, said = FIRST_LOOK_SECONDS, ""
        while not over(found := look()):
            if (text := progress(found) or str(found.get("text", ""))) and text != said and not self.show.as_json:
                self.show.remark(text)
                said = text
            if deadline is not None and time.monotonic() > deadline:
                raise StillRunning(
                    f"Not done after {seconds:g} s: {WORDS.get(found['state'], found['state'])}.",
                    "It goes on without you; ask again, or give a longer --timeout.",
                )
            time.sleep(pause)
            pause = min(LOOK_SECONDS, pause * 2)
        return found

    def started(self, run: dict[str, Any]) -> Exit:
        """A run was accepted: show it, or with --wait its end."""
        if self.wait:
            path = run_path(run)
            run = self.until(lambda: dict(self.portico.get(path)), is_over)
        if self.show.as_json:
            self.show.document(run)
        else:
            show_run(self.show, run)
        return of_run(run)


def run_path(run: dict[str, Any]) -> str:
    return f"/api/{run['service']}/v1/runs/{run['id']}"


def show_run(show: Printer, run: dict[str, Any]) -> None:
    state = str(run["state"])
    show.line(f"{run.get('title') or run['job']}: {WORDS.get(state, state)}", state)
    trigger, error, counts = run.get("trigger") or {}, run.get("error") or {}, run.get("counts") or {}
    by = f" by {trigger['by']}" if trigger.get("by") else ""
    seen = run.get("seen") or {}
    show.pairs(
        [
            ("message", run.get("message")),
            ("reason", run.get("reason_code")),
            ("error", error.get("detail")),
            ("progress", progress(run)),
            ("records", ", ".join(f"{count} {name}" for name, count in counts.items() if count)),
            ("trigger", f"{trigger.get('type', '')}{by}"),
            ("attempt", f"{run.get('attempt')} of {run.get('max_attempts')}" if run.get("attempt") else ""),
            ("due", moment(run.get("run_at")) if state == "queued" else ""),
            ("started", moment(run.get("started_at"))),
            ("finished", moment(run.get("finished_at"))),
            ("took", duration(run.get("started_at"), run.get("finished_at"))),
            ("seen", f"{seen.get('by')}: {seen.get('note')}" if seen else ""),
            ("run", run["id"]),
        ]
    )
