"""Exit codes of `portico`, and what leads to which. Scripts rely on them: a code never changes its meaning."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

UNPROCESSABLE = 422
SERVER_ERROR = 500


class Exit(IntEnum):
    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    REFUSED = 4
    UNREACHABLE = 5
    NEEDS_PERSON = 6


# A final state, or one in which nothing goes on by itself.
RUN_STATES = {
    "succeeded": Exit.DONE,
    "partial": Exit.PARTIAL,
    "failed": Exit.FAILED,
    "cancelled": Exit.FAILED,
    "waiting": Exit.NEEDS_PERSON,
}

# Answers that mean "not now" or "not you", as opposed to "it went wrong".
REFUSALS = {401, 403, 409, 412, 423, 428, 429}
AWAY = {502, 503, 504}

# Problems that a person may decide about, with a flag of the same command.
QUESTIONS = {"count_mismatch", "incomplete"}


def of_run(run: dict[str, Any]) -> Exit:
    """A run that still goes on counts as done: it was accepted."""
    return RUN_STATES.get(str(run.get("state")), Exit.DONE)


def is_over(run: dict[str, Any]) -> bool:
    return run.get("state") in RUN_STATES


def of_problem(status: int, code: str) -> Exit:
    if code == "invalid_input":
        return Exit.USAGE
    if code in QUESTIONS:
        return Exit.NEEDS_PERSON
    if status in AWAY:
        return Exit.UNREACHABLE
    if status in REFUSALS:
        return Exit.REFUSED
    return Exit.FAILED
