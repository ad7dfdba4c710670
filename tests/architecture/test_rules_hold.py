"""Every rule of tools/checks.py holds for the whole tree."""

from __future__ import annotations

import pytest

from tools.checks import ALL_PYTHON, RULES, Rule, Source, sources

# The first test also parses the whole tree, which takes a while on a busy machine.
pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def tree() -> list[Source]:
    return list(sources(ALL_PYTHON))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_holds(rule: Rule, tree: list[Source]) -> None:
    findings = [str(finding) for source in tree for finding in rule.findings(source)]
    assert not findings, "\n" + "\n".join(findings)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_exemption_is_still_needed(rule: Rule, tree: list[Source]) -> None:
    for prefix in rule.exempt:
        used = [source for source in tree if source.path.startswith(prefix) and list(rule.check(source))]
        assert used, f"{rule.name}: the exemption of {prefix} is not needed any more"
