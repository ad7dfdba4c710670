"""`portico status`, `attention`, `jobs`, `schedules`: what is there, what needs a person, what runs when."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cli.exits import Exit
from cli.output import WORDS, moment
from cli.problems import CliProblem, Refused, UsageProblem
from cli.runs import tell_absent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.context import Context

ALL = 999
WELL = {"ready", "degraded"}


def status(context: Context) -> Exit:
    health = context.portico.get("/api/health")
    attention = context.portico.pages("/api/attention", ALL)["items"]
    if context.show.as_json:
        context.show.document({**health, "attention": len(attention)})
    else:
        context.show.line(f"Portico at {context.portico.url}: {health['status']}", health["status"])
        rows = [
            (service["name"], service["status"], _workers(service), _trouble(service)) for service in health["services"]
        ]
        context.show.table(("service", "status", "workers", "trouble"), rows, "This key may see no service.")
        context.show.line(_needs(len(attention)))
    down = [service for service in health["services"] if service["status"] not in WELL]
    return Exit.UNREACHABLE if down else Exit.DONE


def _needs(things: int) -> str:
    if not things:
        return "Nothing needs a person."
    return f"{things} thing{'s need' if things > 1 else ' needs'} a person: portico attention"


def _workers(service: dict[str, Any]) -> str:
    return str((service.get("workers") or {}).get("detail", ""))


def _trouble(service: dict[str, Any]) -> str:
    return "; ".join(f"{name}: {check['detail']}" for name, check in service["checks"].items() if not check["ok"])


def attention(context: Context) -> Exit:
    found = context.portico.pages("/api/attention", ALL)
    if context.show.as_json:
        context.show.document(found)
    else:
        for item in found["items"]:
            context.show.line(f"{item['title']}", item["severity"])
            since = f"since {moment(item['since'])}" if item.get("since") else ""
            for line in (item.get("detail"), f"{item['service']} {since}".rstrip(), _link(item)):
                if line:
                    context.show.line(f"    {line}")
        if not found["items"]:
            context.show.line("Nothing needs a person.")
        tell_absent(context, found)
    return Exit.NEEDS_PERSON if found["items"] else Exit.DONE


def _link(item: dict[str, Any]) -> str:
    return str(item.get("link") or "")


def jobs(context: Context) -> Exit:
    found = _of_all(context, "jobs")
    rows = [
        (
            job["name"],
            job["service"],
            "by hand too" if job.get("startable") else "",
            f"paused: {job['paused'].get('reason', '')}" if job.get("paused") else _last(job.get("last_run")),
            job.get("description") or job.get("title") or "",
        )
        for job in found
    ]
    return _show(context, found, ("job", "service", "start", "last run", "what it does"), rows, "No job is known.")


def _last(run: dict[str, Any] | None) -> str:
    if not run:
        return "never"
    return f"{WORDS.get(run['state'], run['state'])} {moment(run.get('finished_at') or run.get('created_at'))}"


def start_job(context: Context) -> Exit:
    asked = context.arguments
    try:
        parameters = json.loads(asked.params)
    except ValueError as error:
        raise UsageProblem(f"--params is not JSON: {error}.", """Write it like --params '{"name": 1}'.""") from error
    last: CliProblem = CliProblem(f"No job is called {asked.name}.", "`portico jobs` lists them.")
    for service in context.services():
        try:
            body = {"params": parameters, "dry_run": asked.dry_run}
            run = context.portico.post(f"/api/{service}/v1/jobs/{asked.name}/runs", body)
        except Refused as refused:
            if refused.code != "unknown_job":
                raise
            last = refused
        else:
            return context.started(run)
    raise last


def schedules(context: Context) -> Exit:
    found = _of_all(context, "schedules")
    rows = [
        (
            schedule.get("name") or schedule["job"],
            schedule["service"],
            _stands(schedule),
            "; ".join(schedule["cron"]),
            schedule["zone"],
            moment(schedule["next"][0]) if schedule.get("next") else "never",
            schedule["id"],
        )
        for schedule in found
    ]
    titles = ("schedule", "service", "state", "cron", "zone", "next", "id")
    return _show(context, found, titles, rows, "No schedule is known.")


def _stands(schedule: dict[str, Any]) -> str:
    paused = schedule.get("paused")
    if paused:
        return f"paused: {paused.get('reason', '')}"
    return "on" if schedule.get("enabled", True) else "off"


def switch_schedule(context: Context) -> Exit:
    """pause, resume: the verb is the command's own name."""
    asked = context.arguments
    body = {"reason": asked.reason} if asked.verb == "pause" else {}
    schedule = next((one for one in _of_all(context, "schedules") if asked.id in (one["id"], one.get("name"))), None)
    if schedule is None:
        raise CliProblem(f"No schedule is called {asked.id}.", "`portico schedules` lists them.")
    path = f"/api/{schedule['service']}/v1/schedules/{schedule['id']}/{asked.verb}"
    changed = {**(context.portico.post(path, body) or {}), "service": schedule["service"]}
    if context.show.as_json:
        context.show.document(changed)
    else:
        context.show.line(f"{schedule.get('name') or schedule['job']}: {_stands(changed)}")
    return Exit.DONE


def _of_all(context: Context, what: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for service in context.services():
        items = context.portico.pages(f"/api/{service}/v1/{what}", ALL)["items"]
        found += [{**item, "service": service} for item in items]
    return found


def _show(
    context: Context, found: list[dict[str, Any]], titles: Sequence[str], rows: Sequence[Sequence[object]], empty: str
) -> Exit:
    if context.show.as_json:
        context.show.document({"items": found})
    else:
        context.show.table(titles, rows, empty)
    return Exit.DONE
