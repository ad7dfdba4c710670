"""Programs out of Debian packages, unpacked below `.cache/servers`: nothing is installed, nobody has to be root.

`unpack("vsftpd")` gives the programs of a package and of what it needs beyond this machine. Where that can't be had (no
apt, no network), it raises `NotToBeHad` with the reason; tests turn it into a visible skip.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache" / "servers"
SECONDS = 120


class NotToBeHad(Exception):
    """Why a package is not there."""


@dataclass(frozen=True)
class Programs:
    """A folder of unpacked packages."""

    root: Path

    def find(self, name: str) -> str:
        folders = [*(self.root / folder for folder in ("usr/sbin", "usr/bin")), "/usr/sbin", "/usr/bin"]
        path = shutil.which(name, path=os.pathsep.join(map(str, folders)))
        if path is None:
            raise NotToBeHad(f"the package has no {name}")
        return path

    def library(self, name: str) -> Path:
        """A shared object of the packages, wherever this architecture keeps it."""
        found = next(self.root.rglob(name), None)
        if found is None:
            raise NotToBeHad(f"the package has no {name}")
        return found

    @property
    def environment(self) -> dict[str, str]:
        libraries = sorted({str(path.parent) for path in self.root.glob("usr/lib/*/*.so*")})
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LD_LIBRARY_PATH": os.pathsep.join(libraries)}


def unpack(*packages: str) -> Programs:
    """The programs of these packages; downloaded once, then kept.

    Raises:
        NotToBeHad: no apt here, or it can't reach its mirror.
    """
    missing = [tool for tool in ("apt-get", "dpkg") if shutil.which(tool) is None]
    if missing:
        raise NotToBeHad(f"this machine has no {' and no '.join(missing)}")
    root = CACHE / "+".join(packages)
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes, one download
        if not root.is_dir():
            _fetch(packages, root)
    return Programs(root)


def _fetch(packages: tuple[str, ...], root: Path) -> None:
    needed = _with_needs(packages)
    new = root.with_name(f".{root.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    (new / "archives").mkdir(parents=True)
    _apt("download", *needed, folder=new / "archives")
    for archive in sorted((new / "archives").glob("*.deb")):
        _run(["dpkg", "-x", str(archive), str(new)], new)
    shutil.rmtree(new / "archives")
    new.rename(root)


def _with_needs(packages: tuple[str, ...]) -> list[str]:
    """The packages and all they need that this machine lacks; its lists of packages are fetched where it has none."""
    ask = ("install", "--print-uris", "-qq", "-y", "--no-install-recommends", "--reinstall", *packages)
    try:
        answer = _apt(*ask, folder=CACHE)
    except NotToBeHad:
        _apt("update", "-qq", folder=CACHE)
        answer = _apt(*ask, folder=CACHE)
    return [line.split()[1].partition("_")[0] for line in answer.splitlines() if line.startswith("'")]


def _apt(*arguments: str, folder: Path) -> str:
    options = ["-o", "APT::Sandbox::User=root" if os.geteuid() == 0 else "Debug::NoLocking=1"]
    if arguments[0] == "update" or (CACHE / "apt" / "lists").is_dir():
        # Lists of our own: those of the machine are neither touched nor, without root, to be had.
        (CACHE / "apt" / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (CACHE / "apt" / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
        options += ["-o", f"Dir::State::Lists={CACHE}/apt/lists", "-o", f"Dir::Cache={CACHE}/apt/cache"]
    return _run(["apt-get", *options, *arguments], folder)


def _run(command: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotToBeHad(f"{' '.join(command[:1])} took longer than {SECONDS} s") from error
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise NotToBeHad(f"{command[0]} said: {reason}")
    return done.stdout
