"""What can go wrong, each told as what happened and what to do, each with its exit code."""

from __future__ import annotations

from typing import Any

from cli.exits import SERVER_ERROR, UNPROCESSABLE, Exit, of_problem

# What to do, by the problem's stable code. What is not here is answered by status, below.
ADVICE = {
    "already_started": "Nothing: `portico invoices status` shows how far it is.",
    "no_session": "`portico invoices sessions` lists the days; today's begins with its file (pick-up, or upload FILE).",
    "closed": "Nothing more can be done today; tomorrow's file opens tomorrow's session.",
    "incomplete": "Wait for the rest, or close all the same: `portico invoices close --force`.",
    "session_started": "Today's session has begun; the file can't join it. It can be sent again tomorrow.",
    "not_retryable": "Close it (`portico invoices close --force`), or open it by hand: `portico invoices confirm`.",
    "not_confirmable": "`portico invoices status` tells what state it is in, and what is possible.",
    "closing": "Nothing: it closes by itself when the delivery has ended.",
    "not_startable": "Its own command starts it; `portico jobs` tells which can be started by hand.",
    "no_dry_run": "Leave --dry-run out, or choose another job.",
    "no_csv": "Nothing was sent on that day.",
    "unknown_session": "`portico invoices sessions` lists the days.",
    "unknown_file": "`portico invoices files` lists the files.",
    "count_mismatch": "Ask the sender for the complete file, or take it as it is: add --accept-count.",
    "file_too_large": "Send it in parts, or let the FTP inbox take it.",
    "no_role": "Ask an administrator for a role in this service.",
    "unknown_job": "`portico jobs` lists what can be started.",
    "unknown_run": "`portico runs` lists the runs; it may have been removed after the retention period.",
    "already_running": "Wait for it, or stop it: `portico runs cancel ID`.",
    "service_busy": "Try again in a moment.",
    "login_throttled": "Wait a few minutes.",
}

BY_STATUS = {
    401: "The API key is wrong, expired or revoked. Make a new one in the console and set PORTICO_API_KEY.",
    403: "Ask an administrator for the role that this needs.",
    404: "Check the name or the id.",
    409: "Look at the present state, then decide again.",
    412: "Somebody changed it meanwhile. Read it again, then repeat.",
    413: "Send less.",
    422: "Correct what is named above.",
    429: "Wait a little, then try again.",
    502: "Try again in a moment; `portico status` tells which part is down.",
    503: "Try again in a moment; `portico status` tells which part is down.",
    504: "It may have happened all the same: look before you repeat it.",
}


LINES = "/file/lines/"


class CliProblem(Exception):
    """Ends the command with `exit_code`. `happened` and `advice` are sentences."""

    exit_code = Exit.FAILED

    def __init__(self, happened: str, advice: str = "") -> None:
        super().__init__(happened)
        self.happened = happened
        self.advice = advice

    def lines(self) -> list[str]:
        return [self.happened, *([f"What to do: {self.advice}"] if self.advice else [])]

    def document(self) -> dict[str, Any]:
        return {"detail": self.happened, "advice": self.advice, "exit_code": int(self.exit_code)}


class UsageProblem(CliProblem):
    exit_code = Exit.USAGE


class Unreachable(CliProblem):
    exit_code = Exit.UNREACHABLE


class StillRunning(CliProblem):
    exit_code = Exit.REFUSED


class Refused(CliProblem):
    """Portico answered with a problem document."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        self.status = status
        self.problem = document
        self.code = str(document.get("code", ""))
        detail = str(document.get("detail") or document.get("title") or f"Portico answered {status}.")
        super().__init__(detail, ADVICE.get(self.code) or BY_STATUS.get(status, ""))
        self.exit_code = of_problem(status, self.code)
        if status >= SERVER_ERROR and not self.advice:
            self.advice = "Tell your administrator the request id below; it was logged."

    def lines(self) -> list[str]:
        told = [f"  {place(error)}" for error in self.problem.get("errors") or []]
        wrong = [line for line in told if line.strip() != self.happened]
        request = self.problem.get("request_id")
        small = f"({self.code or self.status}{f', request {request}' if request else ''})"
        happened, *advice = super().lines()
        return [happened, *(wrong if self.status == UNPROCESSABLE else []), *advice, small]

    def document(self) -> dict[str, Any]:
        return {**self.problem, "advice": self.advice, "exit_code": int(self.exit_code)}


def place(error: dict[str, Any]) -> str:
    """Where in what was sent, and what is wrong there; for a line of a file its reason and its beginning."""
    pointer, detail = str(error.get("pointer", "")), str(error.get("detail", ""))
    if pointer.startswith(LINES):
        return f"line {pointer.removeprefix(LINES)}: {error.get('code')}: {detail}"
    return f"{pointer}: {detail}"
