"""`portico runs …` and `portico logs`: lists, one run, its verbs, its log as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.context import run_path, show_run
from cli.exits import Exit, is_over, of_run
from cli.output import WORDS, duration, moment

if TYPE_CHECKING:
    from cli.context import Context

SILENCE_SECONDS = 5.0


def list_runs(context: Context) -> Exit:
    asked = context.arguments
    found = context.portico.pages(
        "/api/runs",
        asked.limit,
        service=asked.service,
        state=asked.state,
        job=asked.job,
        trigger=asked.trigger,
        q=asked.q,
        created_at=asked.created_at,
        hide_idle=not asked.all,
    )
    if context.show.as_json:
        context.show.document(found)
        return Exit.DONE
    rows = [
        (
            run["id"],
            run["service"],
            run.get("title") or run["job"],
            WORDS.get(run["state"], run["state"]),
            moment(run["created_at"]),
            duration(run.get("started_at"), run.get("finished_at")),
            run.get("message") or "",
        )
        for run in found["items"]
    ]
    context.show.table(
        ("run", "service", "job", "state", "created", "took", "message"),
        rows,
        "No run matches. Runs that found nothing to do are hidden; --all shows them.",
    )
    tell_absent(context, found)
    return Exit.DONE


def tell_absent(context: Context, page: dict[str, Any]) -> None:
    """A list over all services is answered although one of them is away; it says so."""
    for error in page.get("errors") or []:
        context.show.remark(f"{error['service']} is missing here: {error['detail']}")


def show(context: Context) -> Exit:
    run = context.find_run(context.arguments.id)
    if context.wait:
        path = run_path(run)
        run = context.until(lambda: dict(context.portico.get(path)), is_over)
    path = run_path(run)
    names = ("attempts", "effects", "records")
    parts = {name: context.portico.pages(f"{path}/{name}", context.arguments.limit)["items"] for name in names}
    if context.show.as_json:
        context.show.document({**run, **parts})
        return of_run(run)
    show_run(context.show, run)
    for name, items in parts.items():
        if items:
            context.show.line()
            context.show.line(name.capitalize())
            _table_of(context, items)
    return of_run(run)


def _table_of(context: Context, items: list[dict[str, Any]]) -> None:
    """The columns that anything is in; small identifiers and documents are for --json."""
    hidden = {"id", "run_id", "evidence", "link", "worker", "version"}
    names = [name for name in items[0] if name not in hidden and any(item.get(name) for item in items)]
    rows = [[_cell(name, item.get(name)) for name in names] for item in items]
    context.show.table([name.removesuffix("_at").replace("_", " ") for name in names], rows, "")


def _cell(name: str, value: Any) -> str:
    if (name == "at" or name.endswith("_at")) and isinstance(value, str):
        return moment(value)
    if isinstance(value, dict):
        return str(value.get("detail", ""))
    return "" if value is None else str(value)


def act(context: Context) -> Exit:
    """cancel, retry, rerun: the verb is the command's own name."""
    run = context.find_run(context.arguments.id)
    return context.started(context.portico.post(f"{run_path(run)}/{context.arguments.verb}"))


def see(context: Context) -> Exit:
    run = context.find_run(context.arguments.id)
    context.portico.post(f"{run_path(run)}/see", {"note": context.arguments.note})
    return context.started(context.portico.get(run_path(run)))


def logs(context: Context) -> Exit:
    """The log so far; with --follow until the run is over, surviving a lost connection."""
    run = context.find_run(context.arguments.id)
    path = f"{run_path(run)}/log"
    last = _print_log(context, path, context.arguments.after)
    if not context.arguments.follow:
        return Exit.DONE
    while not is_over(run):
        for event in context.portico.events(f"{path}/stream", str(last), SILENCE_SECONDS):
            if isinstance(event.data, dict) and int(event.data.get("seq") or 0) > last:
                last = int(event.data["seq"])
                _print_line(context, event.data)
        run = dict(context.portico.get(run_path(run)))
    _print_log(context, path, last)  # what was written between the stream's end and the run's
    return of_run(run)


def _print_log(context: Context, path: str, after: int) -> int:
    """Prints what comes after `after`; returns the last number seen."""
    while True:
        page = context.portico.get(path, after=after, level=context.arguments.level, q=context.arguments.q)
        items = page["items"]
        for item in items:
            after = max(after, int(item["seq"]))
            _print_line(context, item)
        if not items or not page.get("next"):
            return after


def _print_line(context: Context, item: dict[str, Any]) -> None:
    if context.show.as_json:
        context.show.json_line(item)
        return
    fields = " ".join(f"{name}={value}" for name, value in (item.get("fields") or {}).items())
    time = moment(item["at"])[11:19]
    text = f"{time} {item['level']:<7} {item.get('message') or item['event']}"
    context.show.line(f"{text}  {fields}".rstrip(), str(item["level"]))
