"""A new service out of the scaffold obeys every rule of the project, untouched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.checks import ROOT, RULES, Source
from tools.new_service import main, write_service

BIN = Path(sys.executable).parent


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A tree that holds the new service beside links to `common` and to what its tests lean on."""
    write_service("billing", "Billing", tmp_path)
    for shared in ("libs", "tools", "tests/support", "tests/conftest.py"):
        (tmp_path / shared).symlink_to(ROOT / shared)
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    for package in ("services", "tests", "gateway", "cli", "sandbox"):
        (tmp_path / package).mkdir(exist_ok=True)
        (tmp_path / package / "__init__.py").touch()
    return tmp_path


def run(fresh: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(fresh), str(fresh / "libs")])
    environment = {**os.environ, "PYTHONPATH": path, "MYPYPATH": path}
    return subprocess.run(command, cwd=fresh, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "format", "--check", "services", "tests"),
        ("ruff", "check", "services", "tests"),
        ("mypy", "-p", "services.billing"),
        ("lint-imports", "--no-cache"),
        ("pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "tests/billing"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_new_service_passes(fresh: Path, command: tuple[str, ...]) -> None:
    done = run(fresh, str(BIN / command[0]), *command[1:])
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_service_breaks_no_rule(fresh: Path) -> None:
    files = [*(fresh / "services/billing").rglob("*.py"), *(fresh / "tests/billing").rglob("*.py")]
    parsed = [Source.parse(path.relative_to(fresh).as_posix(), path.read_text(encoding="utf-8")) for path in files]
    assert not [str(finding) for rule in RULES for source in parsed for finding in rule.findings(source)]


@pytest.mark.timeout(60)
def test_a_new_service_has_its_operations(fresh: Path) -> None:
    done = run(fresh, sys.executable, "-m", "services.billing", "openapi")
    assert done.returncode == 0, done.stderr
    assert '"add_example"' in done.stdout


def test_an_existing_service_is_never_overwritten(fresh: Path) -> None:
    with pytest.raises(FileExistsError, match="services/billing"):
        write_service("billing", "Billing", fresh)


@pytest.mark.parametrize("name", ["Billing", "1st", "my-service", "class"])
def test_a_name_that_is_no_package_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([name])
    assert "lower case" in capsys.readouterr().err
