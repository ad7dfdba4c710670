"""Which invoices can go, which step comes next, what a verdict means, what the file is called."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.invoices.dispatch.rules import (
    Answer,
    Progress,
    Work,
    delivery_key,
    judge,
    judge_all,
    next_work,
    remote_name,
)
from services.invoices.formats.upload_log import Verdict
from services.invoices.options import DispatchOptions
from services.invoices.ports import AvailableInvoice
from services.invoices.sessions.rules import Reason, failure_of

DAY = date(2026, 11, 20)
N = 600000001


def found(branch="LT", days=0, weight="0.3"):
    return AvailableInvoice(N, branch, DAY + timedelta(days=days), None if weight is None else Decimal(weight))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], Answer(N, "not_found", None, None, None)),
        ([found(days=-1), found(days=-9)], Answer(N, "in_past", None, None, None)),
        ([found()], Answer(N, "valid", "LT", DAY, Decimal("0.3"))),
        ([found(days=2), found("ZZ", days=1)], Answer(N, "valid", "ZZ", DAY + timedelta(days=1), Decimal("0.3"))),
        ([found("ZZ"), found("AA"), found("MM", days=-1)], Answer(N, "valid", "AA", DAY, Decimal("0.3"))),
        ([found(weight=None)], Answer(N, "incomplete", "LT", DAY, None)),
        ([found(branch=None)], Answer(N, "incomplete", None, DAY, Decimal("0.3"))),
        ([found(branch="A|B")], Answer(N, "incomplete", "A|B", DAY, Decimal("0.3"))),
    ],
)
def test_an_invoice_is_judged_by_its_earliest_row_of_today_or_later(rows, expected):
    assert judge(N, rows, DAY) == expected


def test_all_rows_of_a_number_give_one_answer_as_copy_takes_it():
    other = found("A\\B\tC", weight=None)._replace(number=N + 1)
    answers = judge_all([found(days=1), other, found("ZZ"), found(days=-1)._replace(number=N + 2)], DAY)
    assert answers.decode().splitlines() == [
        f"{N}\tvalid\tZZ\t{DAY}\t0.3",
        f"{N + 1}\tincomplete\tA\\\\B\\tC\t{DAY}\t\\N",
        f"{N + 2}\tin_past\t\\N\t\\N\t\\N",
    ]


def test_rows_that_differ_in_their_number_alone_get_the_same_answer_and_others_do_not():
    rows = [
        ("LT", 0, "0.3"),
        ("LT", 0, "0.30"),
        ("LT", 0, "0.3"),
        (None, 0, "0.3"),
        ("None", 0, "0.3"),
        ("LT", -1, "0.3"),
    ]
    given = [
        found(branch, days, weight)._replace(number=N + at) for at, (branch, days, weight) in enumerate(rows, start=1)
    ]
    lines = judge_all([*given, found(), found("BZ01", -1)], DAY).decode().splitlines()
    assert lines == [
        f"{N + 1}\tvalid\tLT\t{DAY}\t0.3",
        f"{N + 2}\tvalid\tLT\t{DAY}\t0.30",
        f"{N + 3}\tvalid\tLT\t{DAY}\t0.3",
        f"{N + 4}\tincomplete\t\\N\t{DAY}\t0.3",
        f"{N + 5}\tvalid\tNone\t{DAY}\t0.3",
        f"{N + 6}\tin_past\t\\N\t\\N\t\\N",
        f"{N}\tvalid\tLT\t{DAY}\t0.3",
    ]


@pytest.mark.parametrize(
    ("progress", "work"),
    [
        (Progress(opening=True, rendered=False, marked=False, uploaded=False), Work.GENERATE),
        (Progress(opening=True, rendered=True, marked=False, uploaded=False), Work.MARK),
        (Progress(opening=True, rendered=True, marked=True, uploaded=False), Work.DELIVER),
        (Progress(opening=True, rendered=True, marked=True, uploaded=True), Work.VERIFY),
        (Progress(opening=False, rendered=True, marked=True, uploaded=True), Work.NOTHING),
    ],
)
def test_the_next_step_is_the_first_that_is_not_done(progress, work):
    assert next_work(progress) is work


def test_a_session_has_a_name_of_its_own():
    session_id = UUID("01a1fe6a-650c-79df-b8bd-cba77bd8cad0")
    assert remote_name("session_{date}_{id}.csv", day=DAY, session_id=session_id) == "session_20261120_cba77bd8cad0.csv"
    assert remote_name("out.csv", day=DAY, session_id=session_id) == "out.csv"


def test_a_delivery_of_another_day_is_another_delivery():
    assert delivery_key(DAY, "out.csv") == "2026-11-20/out.csv"


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Verdict("read", "…", count=3), None),
        (Verdict("read", "…", count=2), Reason.RECORDS_NOT_READ),
        (Verdict("read", "…", count=4), Reason.LOG_FAILURE),
        (Verdict("failed", "…", error="broken"), Reason.LOG_FAILURE),
    ],
)
def test_only_the_exact_count_is_a_success(verdict, reason):
    failure = failure_of(verdict, 3)
    assert (failure and failure[0]) == reason


@pytest.mark.parametrize(
    "wrong",
    [
        {"remote_name": "{session}.csv"},
        {"remote_name": "../out.csv"},
        {"remote_name": "{date.csv"},
        {"success_pattern": "read=(?P<count>.)"},
        {"failure_pattern": "("},
        {"log_encoding": "klingon"},
    ],
)
def test_options_that_can_not_work_are_refused(wrong):
    with pytest.raises(ValidationError):
        DispatchOptions(**wrong)
