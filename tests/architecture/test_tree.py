"""The tree itself: migrations, changelog, decisions, links, budgets of `common`."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tools.checks import MIGRATION_NAME, PRODUCTION, ROOT, Source, sources

if TYPE_CHECKING:
    from pathlib import Path

COMMON_LINES, COMMON_SLACK = 7_700, 500  # docs/decisions/0013
COMMON_MODULES, MODULES_SLACK = 74, 5
ADR_HEADINGS = ["## Context", "## Decision", "## Consequences", "## Alternatives"]
SERVICE_HEADINGS = [
    "Purpose", "Outside systems", "Data", "Jobs and schedule", "Settings", "States", "Run it alone", "When it breaks",
]  # fmt: skip
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)]*)?\)")


def code_lines(source: Source) -> int:
    """Lines without blanks, comments and docstrings: what has to be read as code."""
    documented: set[int] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node
        ):
            documented |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    lines = enumerate(source.text.splitlines(), 1)
    return sum(1 for number, line in lines if line.strip() and line.strip()[0] != "#" and number not in documented)


def markdown() -> list[Path]:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("services/*/README.md")]
    return [*pages, *(ROOT / "sandbox").rglob("README.md"), *(ROOT / "gateway").glob("*.md")]


def test_migrations_are_numbered_without_gaps() -> None:
    folders = {path.parent for folder in PRODUCTION for path in (ROOT / folder).rglob("migrations/**/[0-9]*.sql")}
    assert folders
    for folder in folders:
        names = sorted(path.name for path in folder.glob("*.sql"))
        assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)], folder
        assert all(MIGRATION_NAME.match(name) for name in names), folder


def test_every_migrations_folder_grants_the_runtime_role() -> None:
    folders = {path.parent for folder in PRODUCTION for path in (ROOT / folder).rglob("migrations/**/0001_*.sql")}
    for folder in folders:
        grants = (folder / "grants" / "runtime.sql").read_text(encoding="utf-8")
        assert "{role}" in grants, folder
        assert "ALL PRIVILEGES" not in grants.upper(), folder


def modules_of_common() -> list[Source]:
    return [source for source in sources(("libs/common",)) if not source.path.endswith("__init__.py")]


def test_common_grows_by_decision_only_and_never_back(capsys: pytest.CaptureFixture[str]) -> None:
    """A ratchet: who needs more raises the limits in the decision; who made it smaller lowers them."""
    modules = modules_of_common()
    lines, everything = (sum(map(code_lines, some)) for some in (modules, sources(PRODUCTION)))
    with capsys.disabled():
        print(f"\ncommon: {len(modules)} modules, {lines} lines of code, {lines / everything:.0%} of production")
    assert COMMON_LINES - COMMON_SLACK <= lines <= COMMON_LINES, f"{lines} lines: see docs/decisions/0013"
    assert COMMON_MODULES - MODULES_SLACK <= len(modules) <= COMMON_MODULES, f"{len(modules)}: see docs/decisions/0013"


def test_every_module_of_common_has_a_user() -> None:
    modules = modules_of_common()
    users = [(source.path, source.text) for source in sources((*PRODUCTION, "tools"))]
    for module in modules:
        name = module.path.removeprefix("libs/").removesuffix(".py").replace("/", ".")
        parent, _, stem = name.rpartition(".")
        pattern = re.compile(rf"\b{re.escape(name)}\b|from {re.escape(parent)} import .*\b{stem}\b")
        assert any(pattern.search(text) for path, text in users if path != module.path), f"nobody uses {name}"


@pytest.mark.parametrize("page", markdown(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_resolve(page: Path) -> None:
    broken = [m[1] for m in LINK.finditer(page.read_text(encoding="utf-8")) if not (page.parent / m[1]).exists()]
    assert not broken


def test_decisions_are_consecutive_and_complete() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert [heading for heading in ADR_HEADINGS if heading not in text] == [], page.name
        assert len(text.split()) <= 500, f"{page.name}: a decision fits on one page"


def test_changelog_has_an_unreleased_section() -> None:
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_service_explains_itself() -> None:
    services = [path.parent for path in (ROOT / "services").glob("*/main.py")]
    assert services
    for service in services:
        text = (service / "README.md").read_text(encoding="utf-8")
        assert [heading for heading in SERVICE_HEADINGS if f"## {heading}" not in text] == [], service.name
