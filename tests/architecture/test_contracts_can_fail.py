"""Each import contract of pyproject.toml is seen to break on a planted violation, in a miniature of the tree."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from tools.checks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
}

SKELETON = [
    "libs/common/__init__.py",
    "libs/common/jobs/__init__.py",
    "libs/common/jobs/bell.py",
    "gateway/__init__.py",
    "cli/__init__.py",
    "sandbox/__init__.py",
    "services/__init__.py",
    *[
        f"services/{service}/{name}.py"
        for service in ("invoices", "other")
        for name in (
            "__init__",
            "main",
            "resources",
            "ports",
            "adapters/__init__",
            "adapters/inbox",
            "formats/__init__",
            "formats/letture",
            "imports/__init__",
            "imports/endpoints",
            "imports/jobs",
            "imports/service",
            "imports/repository",
            "imports/schemas",
            "imports/rules",
        )
    ],
]

PLANTED = {
    "services-are-independent": ("services/invoices/ports.py", "import services.other.ports"),
    "common-knows-nobody": ("libs/common/jobs/bell.py", "import services.invoices.ports"),
    "production-without-sandbox": ("gateway/__init__.py", "import sandbox"),
    "sandbox-shares-nothing": ("sandbox/__init__.py", "import common"),
    "rules-and-formats-are-pure": ("services/invoices/imports/rules.py", "import asyncpg"),
    "protocols-in-adapters": ("services/invoices/imports/service.py", "import aioftp"),
    "arq-in-one-file": ("services/invoices/resources.py", "import arq"),
    "resources-build-adapters": ("services/invoices/imports/service.py", "import services.invoices.adapters.inbox"),
    "feature-layers": ("services/invoices/imports/rules.py", "import services.invoices.imports.service"),
    "service-skeleton": ("services/invoices/ports.py", "import services.invoices.resources"),
}


def lint(root: Path, contract: str) -> subprocess.CompletedProcess[str]:
    lint_imports = os.path.join(os.path.dirname(sys.executable), "lint-imports")  # noqa: PTH118, PTH120
    return subprocess.run(
        [lint_imports, "--config", str(root / "pyproject.toml"), "--contract", contract, "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'libs'}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def miniature(tmp_path: Path) -> Path:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(text[text.index("[tool.importlinter]") :], encoding="utf-8")
    for name in SKELETON:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    return tmp_path


def test_every_contract_has_a_planted_violation() -> None:
    assert set(PLANTED) == set(CONTRACTS)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("contract", PLANTED)
def test_contract_breaks_on_a_planted_violation(contract: str, miniature: Path) -> None:
    clean = lint(miniature, contract)
    assert clean.returncode == 0, clean.stdout + clean.stderr
    path, text = PLANTED[contract]
    (miniature / path).write_text(text + "\n", encoding="utf-8")
    broken = lint(miniature, contract)
    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert re.search(r"0 kept, 1 broken", broken.stdout)
