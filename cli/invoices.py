"""`portico invoices …`: the warehouse's four buttons and what lies behind them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.context import show_run
from cli.exits import Exit, of_run
from cli.output import moment
from cli.problems import CliProblem

if TYPE_CHECKING:
    from cli.context import Context

BASE = "/api/invoices/v1"
UNSENT = ("not_found", "in_past", "already_sent", "incomplete")
LEFT_OUT = ("ignored", "rejected", *UNSENT)
PICK_UP = "imports.pick_up"


def pick_up(context: Context) -> Exit:
    return context.started(context.portico.post(f"{BASE}/jobs/{PICK_UP}/runs", {"params": {}}))


def upload(context: Context) -> Exit:
    asked = context.arguments
    path = Path(asked.file)
    try:
        with path.open("rb") as content:
            report = context.portico.upload(
                f"{BASE}/files",
                path.name,
                content,
                validate_only=asked.validate_only or None,
                accept_count=asked.accept_count or None,
            )
    except OSError as error:
        raise CliProblem(f"{path} can't be read: {error.strerror}.", "Check the name and the rights.") from error
    if context.show.as_json:
        context.show.document(report)
        return Exit.DONE
    if asked.validate_only:
        context.show.line(f"{path.name} would be accepted; nothing was kept.", "ready")
    elif report["state"] == "duplicate":
        context.show.line(f"{path.name} was here before; nothing changed.", "warning")
    else:
        context.show.line(f"{path.name} was imported.", "ready")
    show_report(context, report)
    return Exit.DONE


def show_report(context: Context, report: dict[str, Any]) -> None:
    """The numbers of an import, then the lines that were not taken."""
    rejected = ", ".join(f"{count} {reason}" for reason, count in report["rejected"].items() if count)
    context.show.pairs(
        [
            ("day", report["business_date"]),
            ("records", _count(report)),
            ("kept", report["kept"]),
            ("can be sent", report["valid"]),
            ("left out", ", ".join(f"{report[name]} {name.replace('_', ' ')}" for name in UNSENT if report[name])),
            ("ignored", report["ignored"] or None),
            ("duplicates", report["duplicates"] or None),
            ("rejected", rejected),
            ("quantity", report["total_quantity"]),
            ("value", report["total_value"]),
            ("careful", ", ".join(report["warnings"])),
            ("file", report["file_id"]),
        ]
    )
    for bad in report["bad_lines"]:
        context.show.line(f"  line {bad['line']}: {bad['reason']}: {bad['text']}")


def _count(report: dict[str, Any]) -> str:
    if report["declared"] is None:
        return str(report["records"])
    return f"{report['records']}, and {report['declared']} by its name ({report['verdict']})"


def start(context: Context) -> Exit:
    session = context.portico.post(f"{BASE}/session/start")
    if context.wait:
        session = _until_settled(context)
    return _show_session(context, session)


def status(context: Context) -> Exit:
    session = _until_settled(context) if context.wait else context.portico.get(f"{BASE}/session")
    return _show_session(context, session)


def check(context: Context) -> Exit:
    return _show_session(context, context.portico.post(f"{BASE}/session/check"))


def close(context: Context) -> Exit:
    return _show_session(context, context.portico.post(f"{BASE}/session/close", {"force": context.arguments.force}))


def confirm(context: Context) -> Exit:
    return _show_session(context, context.portico.post(f"{BASE}/session/confirm", {"note": context.arguments.note}))


def _until_settled(context: Context) -> dict[str, Any]:
    """Until the delivery has ended; with --until-closed, until the last shipment is counted."""
    goes_on = {"opening", "open"} if getattr(context.arguments, "until_closed", False) else {"opening"}
    return context.until(
        lambda: dict(context.portico.get(f"{BASE}/session")), lambda session: session["state"] not in goes_on
    )


def _show_session(context: Context, session: dict[str, Any]) -> Exit:
    if "job" in session:  # an answer that is a run: the session's own job was started
        show_run(context.show, session)
        return of_run(session)
    if context.show.as_json:
        context.show.document(session)
    else:
        context.show.line(session.get("text") or f"{session['business_date']}: {session['state']}", session["state"])
        context.show.pairs(_facts(session))
    if session["state"] == "failed":
        return Exit.NEEDS_PERSON
    return Exit.DONE


def _facts(session: dict[str, Any]) -> list[tuple[str, object]]:
    def who(name: str) -> str:
        by, at = session.get(f"{name}_by"), session.get(f"{name}_at")
        return f"{by or 'automatically'}, {moment(at)}" if at else ""

    buttons = session.get("buttons") or {}
    possible = [name for name, button in buttons.items() if button.get("enabled")]
    left_out = [f"{session[name]} {name.replace('_', ' ')}" for name in LEFT_OUT if session.get(name)]
    return [
        ("state", session["state"]),
        ("step", session.get("step")),
        ("reason", session.get("reason")),
        ("error", session.get("error")),
        ("started", who("started")),
        ("closed", who("closed")),
        ("sent" if session.get("uploaded_at") else "rendered", _csv(session)),
        ("left out", ", ".join(left_out)),
        ("files", ", ".join(file["name"] for file in session.get("files") or [])),
        ("counted", moment(session.get("last_checked_at"))),
        (
            "careful",
            "shipments can't be counted just now; this is the last known number" if session.get("stale") else "",
        ),
        ("possible", ", ".join(possible)),
    ]


def rows(context: Context) -> Exit:
    asked = context.arguments
    found = context.portico.pages(f"{BASE}/files/{asked.id}/rows", asked.limit, status=asked.status, q=asked.q)
    if context.show.as_json:
        context.show.document(found)
        return Exit.DONE
    lines = [
        (
            row["line_number"],
            row["invoice_number"] or "",
            row["status"],
            row["reason"] or "",
            "" if row["value"] is None else row["value"],
            row["description"] or row["text"] or "",
        )
        for row in found["items"]
    ]
    context.show.table(("line", "invoice", "status", "reason", "value", "description"), lines, "No row matches.")
    return Exit.DONE


def _csv(session: dict[str, Any]) -> str:
    return f"{session['generated']} lines as {session.get('remote_name')}" if session.get("generated") else ""


def files(context: Context) -> Exit:
    found = context.portico.pages(f"{BASE}/files", context.arguments.limit, q=context.arguments.q)
    if context.show.as_json:
        context.show.document(found)
        return Exit.DONE
    rows = [
        (
            file["name"],
            file["state"],
            file.get("reason") or "",
            file.get("source") or "",
            "" if file.get("records") is None else file["records"],
            moment(file.get("received_at") or file.get("created_at")),
            file["id"],
        )
        for file in found["items"]
    ]
    titles = ("file", "state", "reason", "source", "records", "received", "id")
    context.show.table(titles, rows, "No file has come yet. `portico invoices pick-up` looks into the inbox now.")
    return Exit.DONE


def sessions(context: Context) -> Exit:
    found = context.portico.pages(f"{BASE}/sessions", context.arguments.limit)
    if context.show.as_json:
        context.show.document(found)
        return Exit.DONE
    rows = [
        (
            session["business_date"],
            session["state"],
            session.get("reason") or "",
            f"{session['processed']} of {session['total']}",
            session.get("not_found", ""),
            session.get("started_by") or "",
            moment(session.get("closed_at")),
        )
        for session in found["items"]
    ]
    titles = ("date", "state", "reason", "shipments", "not found", "started by", "closed")
    context.show.table(titles, rows, "No day has been worked yet.")
    return Exit.DONE


def csv(context: Context) -> Exit:
    """The bytes that were sent, to a file or to stdout."""
    content = context.portico.get_bytes(f"{BASE}/sessions/{context.arguments.date}/csv")
    if not context.arguments.output:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return Exit.DONE
    path = Path(context.arguments.output)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CliProblem(f"{path} can't be written: {error.strerror}.", "Choose another place.") from error
    lines = content.count(b"\n")
    context.show.remark(f"{path}: {lines} lines")
    return Exit.DONE
