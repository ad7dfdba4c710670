"""The run's state machine, pure. The ledger's SQL follows it; the tests compare the two. Used by every service.

    queued ──claim──► running ──► succeeded | partial | failed | cancelled | waiting
       ▲                 │
       └─────requeue─────┘   retry by policy, again after, handed back, lease lost

A queued run fails by itself only when it gave up waiting for its busy key.

A person revives what ended without success (`retry`: the same run) and cancels what has not ended.
"""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Event(StrEnum):
    CLAIM = "claim"
    REQUEUE = "requeue"
    WAIT = "wait"
    SUCCEED = "succeed"
    END_PARTIAL = "end_partial"
    FAIL = "fail"
    CANCEL = "cancel"
    REVIVE = "revive"


LIVE = frozenset({RunState.QUEUED, RunState.RUNNING})
ENDED = frozenset({RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED})
REVIVABLE = frozenset({RunState.WAITING, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED})
CANCELLABLE = frozenset({RunState.QUEUED, RunState.RUNNING, RunState.WAITING})
UNHAPPY = frozenset({RunState.WAITING, RunState.PARTIAL, RunState.FAILED})

_FROM_RUNNING = {
    Event.REQUEUE: RunState.QUEUED,
    Event.WAIT: RunState.WAITING,
    Event.SUCCEED: RunState.SUCCEEDED,
    Event.END_PARTIAL: RunState.PARTIAL,
    Event.FAIL: RunState.FAILED,
}

TRANSITIONS: dict[tuple[RunState, Event], RunState] = {
    (RunState.QUEUED, Event.CLAIM): RunState.RUNNING,
    (RunState.QUEUED, Event.FAIL): RunState.FAILED,
    **{(RunState.RUNNING, event): state for event, state in _FROM_RUNNING.items()},
    **{(state, Event.CANCEL): RunState.CANCELLED for state in CANCELLABLE},
    **{(state, Event.REVIVE): RunState.QUEUED for state in REVIVABLE},
}


class IllegalTransition(ValueError):
    """The event does not apply in this state."""


def transition(state: RunState, event: Event) -> RunState:
    """The state after `event`.

    Raises:
        IllegalTransition: a caller overlooked a state.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(f"{event} does not apply to a {state} run") from None


def actions(state: RunState, *, cancel_requested: bool, seen: bool, startable: bool) -> list[str]:
    """What a person may do with a run in this state, in the order of the console's buttons."""
    offered = {
        "cancel": state in CANCELLABLE and not cancel_requested,
        "retry": state in REVIVABLE,
        "rerun": state in ENDED and startable,
        "see": state in UNHAPPY and not seen,
    }
    return [name for name, possible in offered.items() if possible]
