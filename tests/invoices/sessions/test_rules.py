"""The session's state machine, cell by cell, and its words."""

from datetime import date

import pytest

from services.invoices.sessions import rules_words
from services.invoices.sessions.rules import (
    CONFIRMABLE,
    RETRYABLE,
    Button,
    Event,
    Go,
    Reason,
    Refuse,
    Situation,
    State,
    Stay,
    buttons,
    decide,
)

NONE = Situation(State.NONE)
READY = Situation(State.READY, total=3)
OPENING = Situation(State.OPENING, total=3)
DELIVERING = Situation(State.OPENING, total=3, delivering=True)
OPEN = Situation(State.OPEN, processed=2, total=3)
DONE = Situation(State.OPEN, processed=3, total=3)
CLOSED = Situation(State.CLOSED, Reason.FORCED, total=3)


def failed(reason):
    return Situation(State.FAILED, reason, total=3)


TO_OPENING, TO_READY, TO_OPEN = Go(State.OPENING), Go(State.READY), Go(State.OPEN)
COMPLETED, FORCED = Go(State.CLOSED, Reason.COMPLETED), Go(State.CLOSED, Reason.FORCED)

# situation: start, check, close, close with force, upload, confirm by hand
TABLE = [
    (NONE, "no_session", Stay(), "no_session", "no_session", TO_READY, "not_confirmable"),
    (READY, TO_OPENING, Stay(), "incomplete", FORCED, TO_READY, "not_confirmable"),
    (OPENING, "already_started", Stay(), "incomplete", FORCED, "session_started", "not_confirmable"),
    (DELIVERING, "already_started", Stay(), "incomplete", Stay(pending=True), "session_started", "not_confirmable"),
    (OPEN, "already_started", Stay(), "incomplete", FORCED, "session_started", "not_confirmable"),
    (DONE, "already_started", Stay(), COMPLETED, COMPLETED, "session_started", "not_confirmable"),
    (failed(Reason.NO_RECORDS), TO_OPENING, Stay(), "incomplete", FORCED, "session_started", "not_confirmable"),
    (failed(Reason.VIEW_UNAVAILABLE), TO_OPENING, Stay(), "incomplete", FORCED, "session_started", "not_confirmable"),
    (failed(Reason.UPLOAD_FAILED), TO_OPENING, Stay(), "incomplete", FORCED, "session_started", "not_confirmable"),
    (failed(Reason.RECORDS_NOT_READ), "not_retryable", Stay(), "incomplete", FORCED, "session_started", TO_OPEN),
    (failed(Reason.LOG_FAILURE), "not_retryable", Stay(), "incomplete", FORCED, "session_started", TO_OPEN),
    (failed(Reason.LOG_TIMEOUT), "not_retryable", Stay(), "incomplete", FORCED, "session_started", TO_OPEN),
    (CLOSED, "closed", Stay(), Stay(), Stay(), "session_started", "not_confirmable"),
]
CELLS = [
    pytest.param(row[0], event, row[1 + column], id=f"{row[0].state}-{row[0].reason or row[0].processed}-{event}")
    for row in TABLE
    for column, event in enumerate(Event)
]


@pytest.mark.parametrize(("now", "event", "expected"), CELLS)
def test_every_cell_of_the_table(now, event, expected):
    assert decide(now, event) == (Refuse(expected) if isinstance(expected, str) else expected)


def test_every_failure_can_be_retried_or_confirmed_but_never_both():
    assert set(Reason) - {Reason.COMPLETED, Reason.FORCED} == RETRYABLE | CONFIRMABLE
    assert not RETRYABLE & CONFIRMABLE


def test_a_session_without_shipments_is_never_complete():
    assert not Situation(State.OPEN, processed=0, total=0).is_complete


ON, OFF = Button(enabled=True), lambda code: Button(enabled=False, code=code)


@pytest.mark.parametrize(
    ("now", "start", "close", "upload"),
    [
        (NONE, OFF("no_session"), OFF("no_session"), ON),
        (READY, ON, Button(enabled=True, needs_force=True), ON),
        (OPENING, OFF("already_started"), Button(enabled=True, needs_force=True), OFF("session_started")),
        (DELIVERING, OFF("already_started"), OFF("closing"), OFF("session_started")),
        (OPEN, OFF("already_started"), Button(enabled=True, needs_force=True), OFF("session_started")),
        (DONE, OFF("already_started"), ON, OFF("session_started")),
        (failed(Reason.UPLOAD_FAILED), ON, Button(enabled=True, needs_force=True), OFF("session_started")),
        (
            failed(Reason.LOG_TIMEOUT),
            OFF("not_retryable"),
            Button(enabled=True, needs_force=True),
            OFF("session_started"),
        ),
        (CLOSED, OFF("closed"), OFF("closed"), OFF("session_started")),
    ],
)
def test_the_four_buttons_say_why_they_are_off(now, start, close, upload):
    assert buttons(now) == {"start": start, "check": ON, "close": close, "upload": upload}


@pytest.mark.parametrize("locale", ["en", "it"])
def test_every_state_and_every_reason_has_its_words(locale):
    for state in State:
        assert rules_words.status(state, day=date(2026, 11, 20), processed=1, total=2, locale=locale)
    for now in (NONE, READY, OPENING, DELIVERING, OPEN, DONE, failed(Reason.LOG_TIMEOUT), CLOSED):
        for button in buttons(now).values():
            assert (rules_words.why(button.code, locale) is None) == (button.code is None)


def test_the_status_line_is_the_owners():
    line = rules_words.status(State.OPEN, day=date(2026, 11, 20), processed=123, total=12345)
    assert line == "Session opened for 2026-11-20 - 123 shipments processed out of 12345 total"


@pytest.mark.parametrize(
    ("header", "expected"), [("", "en"), ("it-IT,it;q=0.9,en;q=0.8", "it"), ("de,en-GB", "en"), ("*", "en")]
)
def test_the_language_is_the_first_one_that_we_speak(header, expected):
    assert rules_words.language(header) == expected


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("no_session", "no session for 2026-11-20 yet"),
        ("already_started", "started by M. Rossi at 08:00"),
        ("closed", "closed by M. Rossi at 08:00"),
        ("incomplete", "Only 1 of 3 shipments"),
        ("not_retryable", "(log_failure)"),
        ("not_confirmable", "Only a session that failed"),
    ],
)
def test_a_refusal_names_who_when_and_how_many(code, words):
    facts = {"business_date": "2026-11-20", "by": "M. Rossi", "at": "08:00"}
    assert words in rules_words.refusal(code, facts | {"processed": 1, "total": 3, "reason": "log_failure"})
