"""The run's state machine, the outcome of errors, the retry policy: pure."""

from __future__ import annotations

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from common.errors import Ambiguous, Busy, Permanent, Transient, Unavailable
from common.jobs.outcomes import REQUEUED, Cancelled, HandedBack, Outcome, Retry, outcome_of_error
from common.jobs.states import CANCELLABLE, ENDED, LIVE, Event, IllegalTransition, RunState, actions, transition

errors = st.sampled_from(
    [
        Transient("away"),
        Permanent("wrong"),
        Ambiguous("perhaps"),
        Cancelled("stop"),
        HandedBack("stop"),
        Busy("busy"),
        Unavailable("full"),
        TimeoutError(),
        asyncpg.ConnectionDoesNotExistError("gone"),
        asyncpg.DeadlockDetectedError("deadlock"),
        asyncpg.DataError("ours"),
        RuntimeError("bug"),
    ]
)


class RunMachine(RuleBasedStateMachine):
    """Any order of events: what is illegal is refused, what is legal keeps the promises below."""

    def __init__(self) -> None:
        super().__init__()
        self.state = RunState.QUEUED
        self.before = RunState.QUEUED

    @rule(event=st.sampled_from(Event))
    def happens(self, event: Event) -> None:
        self.before = self.state
        try:
            self.state = transition(self.state, event)
        except IllegalTransition:
            assert self.state == self.before

    @precondition(lambda self: self.state != self.before)
    @invariant()
    def only_a_claim_starts_and_only_a_person_revives(self) -> None:
        if self.state is RunState.RUNNING:
            assert self.before is RunState.QUEUED
        if self.before in ENDED:
            assert self.state is RunState.QUEUED

    @invariant()
    def whatever_lives_can_be_cancelled(self) -> None:
        if self.state in LIVE or self.state is RunState.WAITING:
            assert transition(self.state, Event.CANCEL) is RunState.CANCELLED


TestRunMachine = RunMachine.TestCase


def test_success_is_final():
    for event in Event:
        with pytest.raises(IllegalTransition):
            transition(RunState.SUCCEEDED, event)


@given(st.sampled_from(RunState), st.booleans(), st.booleans(), st.booleans())
def test_the_buttons_offer_only_what_the_machine_allows(state, cancel_requested, seen, startable):
    offered = actions(state, cancel_requested=cancel_requested, seen=seen, startable=startable)
    if "cancel" in offered:
        assert state in CANCELLABLE
        assert not cancel_requested
    if "retry" in offered:
        assert transition(state, Event.REVIVE) is RunState.QUEUED
    if "rerun" in offered:
        assert state in ENDED


@given(errors, st.integers(1, 6), st.integers(1, 6))
def test_every_error_has_one_legal_outcome(error, attempt, max_attempts):
    outcome = outcome_of_error(error, attempt=attempt, max_attempts=max_attempts, retry=Retry())
    assert outcome.state in {"queued", "failed", "partial", "cancelled"}
    assert (outcome.kind in REQUEUED) == (outcome.after is not None)
    if outcome.kind == "retry":
        assert attempt < max_attempts
    if isinstance(error, (Permanent, Ambiguous)):
        assert outcome.kind in {"failed", "partial"}


def test_our_own_mistakes_are_not_taken_for_a_lost_database():
    outcome = outcome_of_error(asyncpg.DataError("ours"), attempt=1, max_attempts=5, retry=Retry())
    assert (outcome.kind, outcome.reason) == ("failed", "internal_error")


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_delays_are_drawn_below_a_bound_that_doubles(attempt, draw):
    policy = Retry(first_seconds=2, longest_seconds=60)
    assert 0 <= policy.delay_seconds(attempt, draw=draw) <= min(60, 2 * 2.0 ** min(attempt - 1, 30))


def test_the_other_sides_wish_is_never_undercut():
    assert Retry().delay_seconds(1, retry_after_seconds=30, draw=0.5) == 30
    assert Retry(longest_seconds=60).delay_seconds(1, retry_after_seconds=86_400, draw=0) == 60


def test_an_outcome_says_where_the_run_goes():
    assert Outcome.waiting("look", "Look.").state == "waiting"
    assert Outcome.again(message="later").state == "queued"
    assert not Outcome.again().counted
    assert Outcome.nothing_to_do().reason == "nothing_to_do"
