"""docs/reference/acceptance.md tells the truth: each shown case names tests that exist and are not skipped."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from tools.checks import ROOT

PAGE = ROOT / "docs/reference/acceptance.md"
ROW = re.compile(r"^\| (?P<case>(?:[A-Z]+-)+\d+) \| (?P<what>.+?) \|(?P<tests>.*?)\| (?P<state>\w+) \|$")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(?:(\w+)::)?(\w+)`")
# How many cases the domain pages have; a case is opened or shown, never dropped.
CASES = {
    "INV-FILE": 38,
    "INV-BUG": 15,
    "INV-PARSE": 5,
    "INV-PICK": 27,
    "INV-SEND": 32,
    "INV-SESS": 8,
    "INV-TICK": 5,
    "INV-MAIL": 5,
    "INV-MONTH": 1,
    "CON-LIST": 10,
    "CON-INV": 10,
    "CON-ASA": 14,
    "ASN": 66,
}


@dataclass(frozen=True)
class Case:
    case: str
    tests: list[tuple[str, str, str]]
    state: str


def cases() -> list[Case]:
    rows = [ROW.match(line) for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| [A-Z]+-", line)]
    assert all(rows), "a row does not have the four columns"
    return [Case(row["case"], TEST.findall(row["tests"]), row["state"]) for row in rows if row]


@cache
def functions(file: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions of a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_no_case_is_left_out() -> None:
    assert Counter(case.case.rsplit("-", 1)[0] for case in cases()) == CASES
    assert len({case.case for case in cases()}) == sum(CASES.values())


def test_every_case_is_shown_or_open() -> None:
    for case in cases():
        assert case.state in {"shown", "open"}, case
        assert bool(case.tests) == (case.state == "shown"), case


def test_every_named_test_exists_and_runs() -> None:
    for case in cases():
        for file, _, name in case.tests:
            found = [function for function in functions(file) if function.name == name]
            assert found, f"{case.case}: {file} has no {name}"
            decorators = " ".join(ast.unparse(decorator) for decorator in found[0].decorator_list)
            assert not re.search(r"mark\.skip\b", decorators), f"{case.case}: {name} is skipped"
            assert "xfail" not in decorators, f"{case.case}: {name} is expected to fail"
