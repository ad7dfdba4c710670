"""`portico asanito …`: the gym chain's bridge: run it, look at its records, decide about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.context import run_path, show_run
from cli.exits import Exit, is_over, of_run
from cli.output import moment
from cli.problems import CliProblem, UsageProblem

if TYPE_CHECKING:
    from cli.context import Context

BASE = "/api/asanito/v1"
JOBS = (
    "dedupe",
    "contacts",
    "products",
    "store-invoices",
    "service-invoices",
    "receipts",
    "rescan",
    "take-over",
    "cycle",
)
OLD_JOBS = {
    "preprocess_deduplicate_members": "dedupe",
    "sync_contacts_from_memberships": "contacts",
    "sync_services_to_products": "products",
    "sync_store_invoices": "store-invoices",
    "sync_service_invoices": "service-invoices",
    "sync_receipts_to_income": "receipts",
}
"""What the application before called them; scripts may go on doing so."""
KINDS = ("person", "product", "store_invoice", "service_invoice", "receipt")
STATES = ("pending", "synced", "skipped", "failed", "uncertain", "ignored", "duplicate")
WITH_RECORDS = frozenset({"contacts", "products", "store-invoices", "service-invoices", "receipts"})


def run(context: Context) -> Exit:
    asked = context.arguments
    params: dict[str, Any] = {}
    if OLD_JOBS.get(asked.job, asked.job) in WITH_RECORDS:
        params = {name: value for name, value in (("keys", asked.key), ("limit", asked.limit)) if value}
    elif asked.key or asked.limit:
        raise UsageProblem(f"{asked.job} takes neither --key nor --limit.", "Leave them out.")
    job = OLD_JOBS.get(asked.job, asked.job)
    started = context.portico.post(f"{BASE}/jobs/{job}/runs", {"params": params, "dry_run": asked.dry_run})
    return _ended(context, started)


def cycle(context: Context) -> Exit:
    return _ended(context, context.portico.post(f"{BASE}/jobs/cycle/runs", {"params": {}}))


def _ended(context: Context, started: dict[str, Any]) -> Exit:
    """Show the run, with --wait its end; what it asks is told, and answered when --yes says so."""
    yes = getattr(context.arguments, "yes", False)
    path = run_path(started)
    found = started
    while context.wait or is_over(found):
        found = context.until(lambda: _look(context, path), lambda run: is_over(run) or bool(run["asks"]))
        asks = found.pop("asks")
        if not asks or not yes:
            break
        for question in asks:
            goes_on = next(choice["name"] for choice in question["choices"] if not choice["ends"])
            context.show.remark(f"{question['text']} Answered with {goes_on}.")
            context.portico.post(f"{BASE}/questions/{question['id']}/answer", {"choice": goes_on, "note": "--yes"})
    else:
        asks = []
    if context.show.as_json:
        context.show.document({**found, "asks": asks} if asks else found)
    else:
        show_run(context.show, found)
        for question in asks:
            choices = " or ".join(choice["name"] for choice in question["choices"])
            context.show.line(f"It asks: {question['text']}", "waiting")
            context.show.line(f"  portico asanito answer {question['id']} {choices}")
    return Exit.NEEDS_PERSON if asks else of_run(found)


def _look(context: Context, path: str) -> dict[str, Any]:
    """A run with what it asks, or, of a chain, what its step asks."""
    found = dict(context.portico.get(path))
    found["asks"] = []
    if found["state"] == "waiting" or (found["job"] == "cycle" and not is_over(found)):
        items = context.portico.get(f"{BASE}/questions", state="open")["items"]
        found["asks"] = [one for one in items if _belongs(context, one["run_id"], found["id"])]
    return found


def _belongs(context: Context, run_id: str, asked: str) -> bool:
    if run_id == asked:
        return True
    return bool(context.portico.get(f"{BASE}/runs/{run_id}")["parent_id"] == asked)


def answer(context: Context) -> Exit:
    asked = context.arguments
    body = {"choice": asked.choice, "note": asked.note}
    return _ended(context, context.portico.post(f"{BASE}/questions/{asked.id}/answer", body))


def inspect(context: Context) -> Exit:
    """Counts by kind and state; with any filter, the records themselves."""
    asked = context.arguments
    filters = {"state": asked.state, "reason": asked.reason, "q": asked.q, "warned": asked.warned or None}
    if not asked.kind and not any(filters.values()):
        return _counts(context)
    found = context.portico.pages(f"{BASE}/entities", asked.limit, kind=asked.kind, **filters)
    if context.show.as_json:
        context.show.document(found)
        return Exit.DONE
    rows = [
        (
            one["kind"],
            one["key"],
            one["state"],
            one["reason_code"] or "",
            one["asanito_id"] or "",
            moment(one["updated_at"]),
            f"{one['label']}: {one['message']}" if one["message"] else one["label"],
        )
        for one in found["items"]
    ]
    context.show.table(("kind", "key", "state", "reason", "asanito", "changed", "what"), rows, "No record matches.")
    return Exit.DONE


def _counts(context: Context) -> Exit:
    stats = context.portico.get(f"{BASE}/entities/stats")
    if context.show.as_json:
        context.show.document(stats)
        return Exit.DONE
    rows = [(one["kind"], one["total"], *(one[state] for state in STATES), one["warned"]) for one in stats["kinds"]]
    context.show.table(("kind", "total", *STATES, "warned"), rows, "")
    reasons = [
        (one["kind"], reason["state"], reason["reason_code"], reason["count"])
        for one in stats["kinds"]
        for reason in one["reasons"]
    ]
    if reasons:
        context.show.line()
        context.show.table(("kind", "state", "reason", "records"), reasons, "")
    return Exit.DONE


def show(context: Context) -> Exit:
    asked = context.arguments
    path = f"{BASE}/entities/{asked.kind}/{asked.key}"
    record = context.portico.get(path)
    would = context.portico.get(f"{path}/preview") if asked.preview else None
    if context.show.as_json:
        context.show.document({**record, **({"preview": would} if would else {})})
        return Exit.DONE
    _show_record(context, record)
    for effect in record["effects"]:
        context.show.line(f"  {moment(effect['planned_at'])}  {effect['op']}: {effect['state']} {effect['detail']}")
    if would:
        context.show.line(f"A run would now: {would['op'].replace('_', ' ')} {would['message']}".rstrip())
        for change in would["differences"]:
            context.show.line(f"  {change['field']}: {change['before']} → {change['after']}")
    return Exit.DONE


def _show_record(context: Context, record: dict[str, Any]) -> None:
    context.show.line(f"{record['kind']} {record['label']}: {record['state']}", record["state"])
    context.show.pairs(
        [
            ("reason", record["reason_code"]),
            ("message", record["message"]),
            ("warnings", "; ".join(one["message"] for one in record["warnings"])),
            ("in Asanito", record["asanito_id"]),
            ("came to it", record.get("origin")),
            ("sent", moment(record.get("synced_at"))),
            ("duplicate of", record["alias_of"]),
            ("attempts", record["attempts"] or None),
            ("next look", moment(record["next_attempt_at"])),
            ("changed", moment(record["updated_at"])),
            ("possible", ", ".join(one.replace("_", "-") for one in record["actions"])),
            ("key", record["key"]),
        ]
    )


def decide(context: Context) -> Exit:
    """All decisions about one record: the verb is the command's own name."""
    asked = context.arguments
    body: dict[str, Any] = {"note": getattr(asked, "note", "")}
    if asked.verb == "bind":
        body["asanito_id"] = asked.asanito_id
    answered = context.portico.post(f"{BASE}/entities/{asked.kind}/{asked.key}/{asked.verb}", body)
    if asked.verb == "check":
        return _ended(context, answered)
    if context.show.as_json:
        context.show.document(answered)
    else:
        _show_record(context, answered)
    return Exit.DONE


def decide_many(context: Context) -> Exit:
    """The verbs retry and ignore: of one record by its key, or of all that a filter shows, counted first."""
    asked = context.arguments
    if asked.key:
        return decide(context)
    chosen = {name: getattr(asked, name) for name in ("state", "reason", "q") if getattr(asked, name)}
    if not asked.all:
        raise UsageProblem(
            f"{asked.verb} wants a KEY, or --all.", f"`portico asanito inspect {asked.kind}` shows the keys."
        )
    wanted = {"action": asked.verb, "filter": {"kind": asked.kind, **chosen}}
    options = {"note": asked.note} if asked.note else {}
    count = context.portico.post(f"{BASE}/entities/bulk", {**wanted, "dry_run": True})["affected"]
    if not count:
        raise CliProblem(f"No record can be {_done(asked.verb)}.", "`portico asanito inspect` counts them.")
    context.show.remark(f"{count} record{'s' if count > 1 else ''}")
    if asked.dry_run:
        return Exit.DONE
    return context.started(
        context.portico.post(f"{BASE}/entities/bulk", {**wanted, "expected": count, "options": options})
    )


def _done(verb: str) -> str:
    return {"retry": "sent again", "ignore": "ignored"}[verb]


def gaps(context: Context) -> Exit:
    found = context.portico.get(f"{BASE}/mappings/gaps")
    if context.show.as_json:
        context.show.document(found)
    else:
        rows = [(one["type"], one["source_id"] or "(empty)", one["waiting"]) for one in found["items"]]
        context.show.table(("type", "value", "waiting"), rows, "Nothing waits for a mapping.")
    return Exit.NEEDS_PERSON if found["items"] else Exit.DONE


def money(context: Context) -> Exit:
    """Sums by day and kind, then what differs; the exit code says whether anything does."""
    asked = context.arguments
    query = {"from": asked.since, "to": asked.until, "balances": asked.balances or None}
    found = context.portico.get(f"{BASE}/money", **query)
    if context.show.as_json:
        context.show.document(found)
    else:
        sums = ("source", "posted", "left_out", "difference")
        rows = [(one["day"], one["kind"], one["count"], *(_rial(one[name]) for name in sums)) for one in found["days"]]
        titles = ("day", "kind", "records", "source", "posted", "left out", "difference")
        context.show.table(titles, rows, "No money moved in these days.")
        if found["differences"]:
            context.show.line()
            names = ("day", "kind", "key", "source", "posted", "code", "reason_code")
            listed = [[one[name] or "" for name in names] for one in found["differences"]]
            context.show.table([name.replace("_code", "") for name in names], listed, "")
        for one in found["balances"] or ():
            context.show.line(f"{one['person']}: {_rial(one['source'])} in the source, {_rial(one['posted'])} posted")
    return Exit.PARTIAL if found["differing"] else Exit.DONE


def _rial(amount: int) -> str:
    return f"{amount:,}"
