"""What a person may do with a record in which state, and how its name is shown to whom. Pure.

Source: domain page 7.3 and 7.6 (actions are guarded by state).
"""

from __future__ import annotations

from enum import StrEnum

from services.asanito.sync.rules import State

FINAL_REASONS = frozenset({"deleted_at_source", "changed_after_sync", "forgotten"})
"""Reasons that sending again can't help: it would resurrect, or pay twice."""


class Action(StrEnum):
    """A button of a record."""

    RETRY = "retry"
    IGNORE = "ignore"
    UNIGNORE = "unignore"
    MARK_DISTINCT = "mark_distinct"
    BIND = "bind"
    CONFIRM_ABSENT = "confirm_absent"
    CHECK = "check"


ALLOWED: dict[Action, frozenset[State]] = {
    Action.RETRY: frozenset({State.FAILED, State.SKIPPED}),
    Action.IGNORE: frozenset({State.FAILED, State.SKIPPED, State.UNCERTAIN}),
    Action.UNIGNORE: frozenset({State.IGNORED}),
    Action.MARK_DISTINCT: frozenset({State.DUPLICATE}),
    Action.BIND: frozenset({State.UNCERTAIN, State.FAILED, State.SKIPPED, State.PENDING}),
    Action.CONFIRM_ABSENT: frozenset({State.UNCERTAIN}),
    Action.CHECK: frozenset({State.UNCERTAIN}),
}


def actions_for(state: State, reason: str | None, *, is_bound: bool) -> list[Action]:
    """The buttons of a record, in the order in which they are shown."""
    found = [action for action, states in ALLOWED.items() if state in states]
    if reason in FINAL_REASONS:
        found = [action for action in found if action not in (Action.RETRY, Action.UNIGNORE)]
    if is_bound:
        found = [action for action in found if action is not Action.BIND]
    return found
