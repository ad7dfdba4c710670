"""Child processes that never outlive their parent, as an ordinary user where a server refuses root.

Used by the supervisor of `./dev up`, by the embedded servers and by the test fixtures. Start children from a thread
that lives as long as they should: Linux ties the death signal to the thread that forked, not to the process.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
ORDINARY_UID = 1000

Prepare = Callable[[], None]

_libc = ctypes.CDLL(None, use_errno=True)


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on right now; the one who gets it should bind it soon."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_taken(port: int, host: str = "127.0.0.1") -> bool:
    """Whether binding would fail. A port in TIME_WAIT counts as free, as servers bind with SO_REUSEADDR."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
        return False


def start_child(
    command: Sequence[str | Path],
    *,
    log: Path | IO[bytes] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
    prepare: Prepare | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in its own session; when this thread dies the child gets `death_signal`.

    Args:
        log: file that stdout and stderr are appended to (0600); nowhere when None.
        prepare: runs in the child before the program, such as `become_ordinary_user`.
    """
    parent = os.getpid()

    def in_child() -> None:
        if prepare:
            prepare()
        die_with_parent(parent, death_signal)

    output: IO[bytes] | int = subprocess.DEVNULL
    if isinstance(log, Path):
        output = os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
    elif log is not None:
        output = log
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=in_child,  # noqa: PLW1509 - PDEATHSIG and user namespaces can be set from inside only
        )
    finally:
        if isinstance(log, Path) and not isinstance(output, int):
            output.close()


def stop_child(
    process: subprocess.Popen[bytes], sign: signal.Signals = signal.SIGTERM, seconds: float = 10
) -> int | None:
    """Ask with `sign`, insist with SIGKILL after `seconds`; the exit code."""
    if process.poll() is None:
        process.send_signal(sign)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def die_with_parent(parent: int, sign: signal.Signals) -> None:
    """In the child: get `sign` when the parent goes. Linux only: elsewhere the parent's own orderly stop must do."""
    if sys.platform != "linux":
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def become_ordinary_user() -> None:
    """In a child of root: a user namespace in which this process is uid 1000, while its files stay root's.

    Raises:
        OSError: user namespaces are forbidden here.
    """
    uid, gid = os.getuid(), os.getgid()
    if _libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are forbidden")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{ORDINARY_UID} {uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{ORDINARY_UID} {gid} 1", encoding="ascii")
