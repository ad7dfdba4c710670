"""What is printed: tables with aligned columns, pairs, problems; JSON when asked; colour only on a terminal."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.problems import CliProblem

WORDS = {
    "queued": "waiting its turn",
    "running": "running",
    "waiting": "needs you",
    "succeeded": "done",
    "partial": "done, with problems",
    "failed": "failed",
    "cancelled": "stopped",
}
COLOURS = {
    "succeeded": "32", "ready": "32", "open": "32", "partial": "33", "degraded": "33", "waiting": "33", "warning": "33",
    "failed": "31", "unavailable": "31", "problem": "31", "error": "31", "running": "36",
}  # fmt: skip
CONTROL = dict.fromkeys((*range(32), *range(127, 160)), " ")
MINUTE, HOUR = 60, 3600


class Printer:
    """Results to stdout, remarks and problems to stderr."""

    def __init__(self, *, as_json: bool, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr

    def document(self, document: Any) -> None:
        print(json.dumps(document, indent=2, ensure_ascii=False), file=self._out)

    def json_line(self, document: Any) -> None:
        """For what has no end: one document per line."""
        print(json.dumps(document, ensure_ascii=False), file=self._out, flush=True)

    def line(self, text: str = "", state: str = "") -> None:
        """One line, in the colour of `state` on a terminal."""
        colour = COLOURS.get(state) if self._out.isatty() else None
        shown = clean(text)
        print(f"\x1b[{colour}m{shown}\x1b[0m" if colour else shown, file=self._out, flush=True)

    def remark(self, text: str) -> None:
        """Besides the result, so that a pipe gets the result alone."""
        print(clean(text), file=self._err, flush=True)

    def problem(self, problem: CliProblem) -> None:
        if self.as_json:
            print(json.dumps(problem.document(), indent=2, ensure_ascii=False), file=self._err)
            return
        first, *rest = problem.lines()
        for text in (f"portico: {first}", *(f"  {line}" for line in rest)):
            print(clean(text), file=self._err)

    def table(self, titles: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
        """Columns as wide as their longest cell; the last one runs free."""
        if not rows:
            self.remark(empty)
            return
        cells = [[clean(str(cell)) for cell in row] for row in rows]
        columns = range(len(titles))
        widths = [max(len(titles[column]), *(len(row[column]) for row in cells)) for column in columns]
        self._row([title.upper() for title in titles], widths)
        for row in cells:
            self._row(row, widths)

    def pairs(self, pairs: Sequence[tuple[str, object]]) -> None:
        shown = [(name, value) for name, value in pairs if value not in (None, "", [], {})]
        width = max((len(name) for name, _ in shown), default=0)
        for name, value in shown:
            self.line(f"{name:<{width}}  {value}")

    def _row(self, cells: Sequence[str], widths: Sequence[int]) -> None:
        padded = [f"{cell:<{width}}" for cell, width in zip(cells[:-1], widths, strict=False)]
        print("  ".join([*padded, cells[-1]]).rstrip(), file=self._out)


def clean(text: str) -> str:
    """Without control characters: a file name from outside must not move the reader's cursor."""
    return text.translate(CONTROL) if not text.isprintable() else text


def moment(text: str | None) -> str:
    """An instant of the API in this machine's time zone."""
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def duration(start: str | None, end: str | None) -> str:
    """How long it took; nothing while it goes on, as this machine's clock is not the server's."""
    if not start or not end:
        return ""
    seconds = max(0.0, (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min {int(seconds % MINUTE)} s"
    return f"{int(seconds // HOUR)} h {int(seconds % HOUR // MINUTE)} min"


def progress(run: dict[str, Any]) -> str:
    found = run.get("progress") or {}
    if not found.get("done") and not found.get("total"):
        return str(found.get("text") or "")
    of = f" of {found['total']:,}" if found.get("total") else ""
    return " ".join(part for part in (f"{found.get('done', 0):,}{of}", found.get("unit"), found.get("text")) if part)
