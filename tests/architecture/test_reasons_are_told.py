"""Every reason that the Asanito bridge can give is told: on screen in three languages, and in the runbook."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from common import http, limits
from common.jobs import chains, effects
from tools.checks import ROOT, Source, sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BRIDGE = ROOT / "services/asanito"
TEXTS = ROOT / "gateway/web/src/i18n"
RUNBOOK = ROOT / "docs/runbooks/asanito-records.md"
LANGUAGES = ("en", "it", "fa")
MADE_OF = {"skip": 0, "fail": 0, "doubt": 0, "Verdict": 1}
"""What makes a verdict, and which of its arguments is the reason."""
ENDS = {"partial": None, "failed": 0, "nothing_to_do": None}
"""How a run ends with a reason of its own; None: by the keyword `reason`."""
PASSING = ("Transient", "Ambiguous", "doubt")
"""What makes an error that a record keeps as its reason until it has passed."""
IN_SQL = (
    re.compile(r"\breason_code = '(\w+)'"),
    *(re.compile(rf"\b{word} '(\w+)'") for word in ("THEN", "ELSE")),
)
STEP_OF_A_CASE = re.compile(r"\breason_code = CASE\b(.*?)\bEND\b", re.DOTALL)
BY_TRIGGER = re.compile(r"\breason_code := '(\w+)'")
WARNED_IN_SQL = re.compile(r"'code', '(\w+)'")
ROW = re.compile(r"^\| (.+?) \|", re.MULTILINE)


@cache
def calls() -> list[tuple[str, ast.Call]]:
    """Every call in the bridge, by the name of what is called."""
    found = []
    for source in sources(("services/asanito",)):
        found += [(name_of(node), node) for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    return found


def name_of(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def texts_in(node: ast.expr | None) -> Iterator[str]:
    """The words that an argument can be: one, or either side of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts_in(node.body)
        yield from texts_in(node.orelse)


def given(call: ast.Call, place: int | None, keyword: str) -> Iterator[str]:
    if place is not None and len(call.args) > place:
        yield from texts_in(call.args[place])
    for one in call.keywords:
        if one.arg == keyword:
            yield from texts_in(one.value)


def statements() -> Iterable[str]:
    return (path.read_text(encoding="utf-8") for path in BRIDGE.rglob("*.sql") if "grants" not in path.parts)


def passing() -> set[str]:
    """Codes of errors that pass, of the parts that calls to Asanito go through."""
    found = set(http.CODES) - set(http.REFUSALS.values()) - {"remote_rejected"}
    modules = {module.__name__.replace(".", "/") for module in (http, limits, effects)}
    files = [*(f"libs/{name}.py" for name in modules), "services/asanito/adapters/asanito_api.py"]
    for source in (Source.parse(file, (ROOT / file).read_text(encoding="utf-8")) for file in files):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and name_of(node) in PASSING:
                found |= set(given(node, 1 if name_of(node) == "doubt" else None, "code"))
    return found


@cache
def reasons() -> set[str]:
    """Why a record can be where it is."""
    found = passing()
    for name, call in calls():
        if name in MADE_OF:
            found |= set(given(call, MADE_OF[name], "reason"))
        elif name == "set_state":
            found |= set(given(call, None, "reason"))
    for text in statements():
        found |= set(IN_SQL[0].findall(text)) | set(BY_TRIGGER.findall(text))
        for step in STEP_OF_A_CASE.findall(text):
            found |= {word for pattern in IN_SQL[1:] for word in pattern.findall(step)}
    return found


@cache
def warnings() -> set[str]:
    """What a sent record can carry along."""
    found = {word for name, call in calls() if name == "Warned" for word in given(call, 0, "code")}
    return found | {word for text in statements() for word in WARNED_IN_SQL.findall(text)}


@cache
def ends_of_runs() -> set[str]:
    """Why a run of the bridge ended as it did, or waits; codes of errors have their own check in the console."""
    chained = ast.walk(ast.parse((ROOT / "libs/common/jobs/chains.py").read_text(encoding="utf-8")))
    every = [*calls(), *((name_of(node), node) for node in chained if isinstance(node, ast.Call))]
    found = {word for name, call in every if name in ENDS for word in given(call, ENDS[name], "reason")}
    return found | {"brake", chains.NOTHING_TO_DO}


def texts(language: str, name: str) -> Any:
    return json.loads((TEXTS / language / f"{name}.json").read_text(encoding="utf-8"))


def told() -> set[str]:
    """The codes that the rows of the runbook are about."""
    rows = ROW.findall(RUNBOOK.read_text(encoding="utf-8"))
    return {word for row in rows for word in re.findall(r"`(\w+)`", row)}


def test_the_codes_are_found_where_they_are_made() -> None:
    assert {"several_matches", "remote_locked", "failed_before", "forgotten", "remote_unreachable"} <= reasons()
    assert {"both_bound", "step_wanted", "deal_not_opened"} <= warnings()
    assert {"records_need_attention", "steps_failed", "ambiguous"} <= ends_of_runs()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_of_a_record_has_its_three_part_text_and_its_short_name(language: str) -> None:
    bridge = texts(language, "asanito")
    said, short = bridge["reason"], bridge["reason_name"] | texts(language, "overview")["record"]["reason"]
    assert sorted(reasons() - said.keys()) == []
    assert sorted(code for code in reasons() if {"happened", "means", "act"} - said[code].keys()) == []
    assert sorted(reasons() - short.keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_overview_names_what_it_tells_of(language: str) -> None:
    lasting = set()
    for name, call in calls():
        if name in ("fail", "doubt"):
            lasting |= set(given(call, MADE_OF[name], "reason"))
    assert sorted(lasting - texts(language, "overview")["record"]["reason"].keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_warning_and_every_end_of_a_run_has_its_text(language: str) -> None:
    assert sorted(warnings() - texts(language, "asanito")["warning"].keys()) == []
    assert sorted(ends_of_runs() - texts(language, "problems").keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_kept_for_a_reason_that_nothing_gives(language: str) -> None:
    bridge = texts(language, "asanito")
    assert sorted((bridge["reason"] | bridge["reason_name"]).keys() - reasons()) == []
    assert sorted(texts(language, "overview")["record"]["reason"].keys() - reasons()) == []
    assert sorted(bridge["warning"].keys() - warnings()) == []


def test_the_runbook_says_what_to_do_about_each() -> None:
    assert sorted((reasons() | warnings() | ends_of_runs()) - told()) == []
