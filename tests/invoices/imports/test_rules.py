"""What becomes of a content, and how it is staged."""

from __future__ import annotations

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


def test_rows_are_staged_as_text_with_the_numbers_of_their_categories() -> None:
    stager = Stager(Parser(UTF8))
    first = stager.feed(
        b"600000001|1|Toys,Pet mat|1.50\n600000002|2|pet\xc2\xa0MAT,,Lamp|2\n600000001|3|,|1\n6|1|A|1\n"
    )
    assert b"".join(first.rows).decode().splitlines() == [
        "1\t600000001\t1\tToys,Pet mat\t{1,2}\t1.50",
        "2\t600000002\t2\tpet\N{NO-BREAK SPACE}MAT,,Lamp\t{2,3}\t2",
    ]
    assert first.repeats == [b"3\t600000001\t3\t,\t{}\t1\tt\n"]
    assert first.categories == [(1, "toys", "Toys"), (2, "pet mat", "Pet mat"), (3, "lamp", "Lamp")]
    assert first.rejections == [(4, "invoice_number", "6|1|A|1")]
    stager.feed(b"600000003|1|Lamp|1")
    last = stager.close()
    assert (last.rows, last.categories) == ([b"5\t600000003\t1\tLamp\t{3}\t1\n"], [])
    assert list(stager.numbers) == [600000001, 600000002, 600000003]


@pytest.mark.parametrize(
    ("description", "numbers"),
    [("B,A", "2,1"), ("A,A", "1"), ("A,", "1"), (",B", "2"), (" , ", ""), ("A,B,a", "1,2"), ("B,, A ,B", "2,1")],
)
def test_each_category_of_a_row_is_numbered_once(description: str, numbers: str) -> None:
    stager = Stager(Parser(UTF8))
    stager.feed(b"600000001|1|A,B|1\n")
    for number in (600000002, 600000003):  # spellings that are new, and the same again
        (line,) = stager.feed(f"{number}|1|{description}|1\n".encode()).rows
        assert line.decode().split("\t")[4] == f"{{{numbers}}}"


def test_what_copy_would_take_for_its_own_is_escaped() -> None:
    batch = Stager(Parser(UTF8)).feed(b"600000001|1|A\tB\\C\rD|1\n")
    assert batch.rows == [b"1\t600000001\t1\tA\\tB\\\\C\\rD\t{1}\t1\n"]


def test_spellings_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_staging, "REMEMBERED", 2)
    stager = Stager(Parser(UTF8))
    lines = [f"{600000001 + number}|1|{name}|1\n" for number, name in enumerate(["A", "B", "A", "B,C", "A"])]
    batch = stager.feed("".join(lines).encode())
    categories = [line.split("\t")[4] for line in b"".join(batch.rows).decode().splitlines()]
    assert categories == ["{1}", "{2}", "{1}", "{2,3}", "{4}"]
    assert batch.categories == [(1, "a", "A"), (2, "b", "B"), (3, "c", "C"), (4, "a", "A")]
