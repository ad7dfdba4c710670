"""`./dev check`, `test`, `fmt`, `openapi`, `web`, and what is handed over to another module: bench, chaos, new-service.

Checks are independent of each other and run two at a time; a table at the end says what ran, how long, and the result.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.stack import browser, console
from tools.stack.state import ROOT, Refused

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

BIN = Path(sys.executable).parent
PACKAGES = ("common", "services", "gateway", "cli", "sandbox", "tools")
AT_A_TIME = 2

HANDED_OVER = {
    "bench": ("tools.bench", "measure"),
    "chaos": ("tools.chaos", "break things on purpose"),
    "new-service": ("tools.new_service", "write the skeleton of a service"),
}


@dataclass(frozen=True)
class Check:
    """One command that must exit with 0."""

    name: str
    command: Sequence[str | Path]
    folder: Path = ROOT


@dataclass(frozen=True)
class Result:
    """What came of it."""

    name: str
    passed: bool
    seconds: float
    output: str


def checks() -> list[Check]:
    """What `./dev check` runs; the longest first."""
    python = sys.executable
    found = [
        Check("types", [BIN / "mypy", *(word for name in PACKAGES for word in ("-p", name))]),
        Check("lint", [BIN / "ruff", "check", ".", "dev"]),
        Check("format", [BIN / "ruff", "format", "--check", ".", "dev"]),
        Check("import contracts", [BIN / "lint-imports"]),
        Check("project rules", [BIN / "pytest", "-q", "tests/architecture", "-p", "no:cacheprovider", "--durations=3"]),
        Check("yaml", [BIN / "yamllint", "--strict", "-c", "deploy/yamllint.yml", *yaml_files()]),
        Check(
            "compose file", [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
        ),
        Check("Dockerfile", [BIN / "hadolint", "Dockerfile"]),
    ]
    if (ROOT / "tools" / "generate_reference.py").exists():
        found.insert(1, Check("references fresh", [python, "-m", "tools.generate_reference", "--check"]))
    return found


def web_checks() -> list[Check]:
    """The console's: they share its node_modules, which must be there first."""
    if not (console.WEB / "package.json").exists():
        return []
    npm = console.npm()
    return [
        Check("web types", [*npm, "run", "--silent", "types"], console.WEB),
        Check("web lint", [*npm, "run", "--silent", "lint"], console.WEB),
    ]


def yaml_files() -> list[str]:
    given = ("docker-compose.yml", ".pre-commit-config.yaml", "deploy")
    return [name for name in given if (ROOT / name).exists()]


def run_check(check: Check) -> Result:
    begun = time.monotonic()
    done = subprocess.run(
        [str(word) for word in check.command],
        cwd=check.folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    result = Result(check.name, done.returncode == 0, time.monotonic() - begun, done.stdout.strip())
    print(f"{'ok    ' if result.passed else 'FAILED'}  {result.seconds:6.1f} s  {result.name}", flush=True)
    if not result.passed:
        print(result.output, flush=True)
    return result


def environment() -> dict[str, str]:
    """Node.js first on the PATH, so that npm's scripts find the right one."""
    program = console.node()
    path = os.environ.get("PATH", "")
    return {**os.environ, "PATH": f"{program.parent}{os.pathsep}{path}" if program else path}


def run_all(every: Sequence[Check]) -> list[Result]:
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        return list(threads.map(run_check, every))


def check(_options: argparse.Namespace) -> int:
    """Everything but the tests."""
    results = run_all([*checks(), *prepared_web_checks()])
    return summary(results)


def prepared_web_checks() -> list[Check]:
    """The console's checks, with its packages installed."""
    every = web_checks()
    if every:
        console.install_packages()
    return every


def summary(results: Sequence[Result]) -> int:
    """The table, and the exit code."""
    failed = [result.name for result in results if not result.passed]
    print()
    for result in results:
        print(f"  {result.name:<18} {result.seconds:7.1f} s   {'passed' if result.passed else 'FAILED'}")
    print(f"\n{'Failed: ' + ', '.join(failed) if failed else 'Everything passed.'}", flush=True)
    return 1 if failed else 0


def test(options: argparse.Namespace) -> int:
    """Checks, the console's unit tests and all tests; or with arguments, pytest with these."""
    if options.fast:
        pure = "not servers and not browser and not kill"
        words = ["-q", "-m", pure, "--durations=5", "--ignore=tests/architecture", *options.rest]
        return run_pytest(words).returncode
    if options.rest:
        return run_pytest(options.rest).returncode
    web = prepared_web_checks()
    if web:
        web.append(Check("web unit tests", [*console.npm(), "test"], console.WEB))
        console.build_if_changed(print)
    browser.require()
    results = run_all([*checks(), *web])
    begun = time.monotonic()
    done = run_pytest(["-n", "2", "--dist", "loadfile", "-q", "--ignore=tests/architecture"])
    results.append(Result("tests", done.returncode == 0, time.monotonic() - begun, ""))
    return summary(results)


def run_pytest(arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    chromium = {"PORTICO_CHROMIUM": found} if (found := browser.find()) else {}
    command = [str(BIN / "pytest"), *arguments]
    return subprocess.run(command, cwd=ROOT, env={**environment(), **chromium}, check=False)


def fmt(_options: argparse.Namespace) -> int:
    """Format everything; what the linter can't repair is told by `./dev check`."""
    subprocess.run([BIN / "ruff", "check", "--fix", "--exit-zero", "--quiet", ".", "dev"], cwd=ROOT, check=False)
    return subprocess.run([BIN / "ruff", "format", ".", "dev"], cwd=ROOT, check=False).returncode


def openapi(_options: argparse.Namespace) -> int:
    """Write descriptions and references anew, then the console's typed client from them."""
    done = subprocess.run([sys.executable, "-m", "tools.generate_reference"], cwd=ROOT, check=False)
    if done.returncode or not web_checks():
        return done.returncode
    console.install_packages()
    return console.run_npm("run", "api", quiet=False).returncode


def web(options: argparse.Namespace) -> int:
    """Build the console, or serve it with reload."""
    if options.dev:
        console.install_packages()
        return console.run_npm("run", "dev", quiet=False).returncode
    (console.STATIC / ".built-from").unlink(missing_ok=True)
    console.build_if_changed(print)
    return 0


def hand_over(options: argparse.Namespace) -> int:
    """Run the module behind the command.

    Raises:
        Refused: it is not part of this checkout.
    """
    module, purpose = HANDED_OVER[options.command]
    path = ROOT / module.replace(".", "/")
    if not path.with_suffix(".py").exists() and not (path / "__main__.py").exists():
        raise Refused(f"This checkout has no {module}, which would {purpose}.")
    return subprocess.run([sys.executable, "-m", module, *options.rest], cwd=ROOT, check=False).returncode
