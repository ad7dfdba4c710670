"""What becomes of a content, and how it is staged."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.invoices.formats.letture import Layout, Parser
from services.invoices.imports import rules_staging
from services.invoices.imports.rules import FileState, Verdict, find_problem, judge_count, warnings_of
from services.invoices.imports.rules_staging import Stager

UTF8 = Layout("utf-8", b"\n", has_bom=False)


@pytest.mark.parametrize(
    ("records", "declared", "policy", "verdict"),
    [
        (10, 10, "lenient", Verdict.EXACT),
        (11, 10, "lenient", Verdict.OFF_BY_ONE),
        (9, 10, "lenient", Verdict.SHORT),
        (12, 10, "lenient", Verdict.LONG),
        (10, 10, "exact", Verdict.EXACT),
        (11, 10, "exact", Verdict.LONG),
        (9, 10, "exact", Verdict.SHORT),
        (10, 10, "minus_one", Verdict.SHORT),
        (11, 10, "minus_one", Verdict.OFF_BY_ONE),
        (12, 10, "minus_one", Verdict.LONG),
        (0, 0, "lenient", Verdict.EXACT),
        (1, 0, "lenient", Verdict.OFF_BY_ONE),
        (7, None, "exact", Verdict.UNCHECKED),
    ],
)
def test_the_count_is_judged_by_the_policy(records: int, declared: int | None, policy, verdict: Verdict) -> None:
    assert judge_count(records, declared, policy) is verdict


@pytest.mark.parametrize(
    ("given", "state", "reason"),
    [
        ({"size_bytes": 0, "records": 0, "kept": 0}, FileState.INVALID, "empty_file"),
        ({"layout": UTF8._replace(encoding="utf-16")}, FileState.INVALID, "encoding"),
        ({"verdict": Verdict.SHORT}, FileState.HELD, "count_mismatch"),
        ({"verdict": Verdict.LONG}, FileState.HELD, "count_mismatch"),
        ({"kept": 0}, FileState.INVALID, "no_records"),
        ({"verdict": Verdict.SHORT, "accepted": True, "kept": 0}, FileState.INVALID, "no_records"),
    ],
)
def test_a_problem_has_a_state_and_a_reason(given, state: FileState, reason: str) -> None:
    facts = {"size_bytes": 9, "records": 2, "kept": 2, "verdict": Verdict.EXACT, "declared": 2, "accepted": False}
    problem = find_problem(**{"layout": UTF8, **facts, **given})
    assert problem is not None
    assert (problem.state, problem.reason) == (state, reason)


@pytest.mark.parametrize(
    ("verdict", "accepted"), [(Verdict.EXACT, False), (Verdict.UNCHECKED, False), (Verdict.SHORT, True)]
)
def test_what_fits_or_was_accepted_has_no_problem(verdict: Verdict, accepted: bool) -> None:
    facts = {"size_bytes": 9, "records": 2, "kept": 2, "declared": 2}
    assert find_problem(UTF8, **facts, verdict=verdict, accepted=accepted) is None


def test_a_guessed_encoding_is_a_warning() -> None:
    assert warnings_of(UTF8) == []
    assert warnings_of(UTF8._replace(encoding="cp1252")) == ["encoding_guessed"]


def test_a_description_is_staged_once_with_its_categories() -> None:
    stager = Stager(Parser(UTF8))
    first = stager.feed(b"600000001|1|Toys,Pet mat|1.50\n600000002|2|Toys,Pet mat|2\n600000001|3|Shoes|1\n6|1|A|1\n")
    assert first.rows == [
        (1, 600000001, 1, 1, Decimal("1.50"), False),
        (2, 600000002, 2, 1, Decimal(2), False),
        (3, 600000001, 3, 2, Decimal(1), True),
    ]
    assert first.descriptions == [(1, "Toys,Pet mat"), (2, "Shoes")]
    assert first.categories == [(1, 1, "toys", "Toys"), (1, 2, "pet mat", "Pet mat"), (2, 1, "shoes", "Shoes")]
    assert first.rejections == [(4, "invoice_number", "6|1|A|1")]
    stager.feed(b"600000003|1|Shoes|1")
    assert stager.close().descriptions == []
    assert list(stager.numbers) == [600000001, 600000002, 600000003]


def test_descriptions_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_staging, "REMEMBERED", 2)
    stager = Stager(Parser(UTF8))
    lines = [f"{600000001 + number}|1|{name}|1\n" for number, name in enumerate("ABACB")]
    batch = stager.feed("".join(lines).encode())
    assert [row[3] for row in batch.rows] == [1, 2, 1, 3, 4]
    assert batch.descriptions == [(1, "A"), (2, "B"), (3, "C"), (4, "B")]
