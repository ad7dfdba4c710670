"""`./dev up`, `down`, `status`, `logs`: the installation while it runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tools.stack import console, storage
from tools.stack.demo import seed
from tools.stack.postgres import last_words
from tools.stack.state import ROOT, Refused, State
from tools.stack.supervisor import Supervisor
from tools.stack.topology import Addresses, check_public_port, settle, table

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

DETACH_SECONDS = 180
DOWN_SECONDS = 60


def up(options: argparse.Namespace) -> int:
    """Start everything; stay until Ctrl-C, or with --detach return once it is ready."""
    state = State.here()
    state.make()
    state.check_disk()
    if options.detach:
        return detach(state)
    with state.locked():
        check_public_port()
        at = settle(state)
        console.build_if_changed(say)
        storage.make_missing_cluster(at)
        supervise(state, at)
    return 0


def supervise(state: State, at: Addresses) -> None:
    """Run the table until a signal comes."""
    begun = time.monotonic()
    started_at = datetime.now(UTC).isoformat(timespec="seconds")

    def changed(supervisor: Supervisor) -> None:
        state.write("status.json", describe(supervisor, at, started_at))

    def ready() -> None:
        say(f"ready after {time.monotonic() - begun:.1f} s")
        say(welcome(state))

    supervisor = Supervisor(table(at), state.logs, say, changed)
    say(f"starting {', '.join(supervisor.children)} …")
    try:
        supervisor.run(ready)
    finally:
        state.status_file.unlink(missing_ok=True)
    say("everything is stopped; the data is kept")


def describe(supervisor: Supervisor, at: Addresses, started_at: str) -> dict[str, Any]:
    """What `./dev status` shows."""
    return {
        "pid": os.getpid(),
        "url": at.url,
        "started_at": started_at,
        "ready": supervisor.is_ready,
        "processes": [
            {"name": name, "state": child.phase.value, "pid": child.pid, "restarts": child.restarts}
            for name, child in supervisor.children.items()
        ],
    }


def welcome(state: State) -> str:
    """Where to go and how to get in."""
    login = state.read("portico.json")
    return "\n".join(
        [
            "",
            f"  Console    {login.get('url')}",
            f"  Login      {login.get('username')}   {login.get('password')}",
            f"  Sandbox    {login.get('sandbox', {}).get('http')}   (play a warehouse day, read the mails)",
            *gym_chain(login),
            f"  API        {login.get('url')}/api/docs, key in {state.login_file}",
            "",
        ]
    )


def gym_chain(login: dict[str, Any]) -> list[str]:
    """The second sandbox, where it runs."""
    page = login.get("sandbox", {}).get("asanito", {}).get("http")
    return [f"             {page}   (a gym chain's Asanito and legacy database)"] if page else []


def detach(state: State) -> int:
    """Start a supervisor of its own session and wait until it is ready.

    Raises:
        Refused: it ended, with its own words, or is not ready in time.
    """
    if state.running():
        raise Refused(f"Portico runs already at {state.read('status.json').get('url')}: ./dev down stops it.")
    log = state.logs / "supervisor.log"
    with log.open("ab") as output:
        log.chmod(0o600)
        beginning = output.tell()
        child = subprocess.Popen(
            [sys.executable, "-m", "tools.stack", "up"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            start_new_session=True,
        )
    deadline = time.monotonic() + DETACH_SECONDS
    heard = beginning
    while time.monotonic() < deadline:
        heard = pass_on(log, heard)
        if child.poll() is not None:
            raise Refused(last_words(log, 1).removeprefix("./dev: "))
        status = state.read("status.json")  # a killed supervisor leaves its own behind
        if state.running() == child.pid == status.get("pid") and status.get("ready"):
            pass_on(log, heard)
            return 0
        time.sleep(0.1)
    late = [line["name"] for line in state.read("status.json").get("processes", []) if line["state"] == "starting"]
    raise Refused(f"Not ready after {DETACH_SECONDS} s; waiting for {', '.join(late)}. ./dev logs NAME tells why.")


def pass_on(log: Path, heard: int) -> int:
    """Print what the supervisor said since `heard`, but for a refusal, which the caller tells; the new position."""
    with log.open("rb") as file:
        file.seek(heard)
        for line in file:
            if not line.endswith(b"\n"):
                break
            heard += len(line)
            if not line.startswith(b"./dev: "):
                say(line.decode(errors="replace").rstrip())
    return heard


def down(_options: argparse.Namespace) -> int:
    """Ask the supervisor to stop everything and wait for it."""
    state = State.here()
    pid = state.running()
    if pid is None:
        print("Nothing runs.")
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS
    while state.running() and time.monotonic() < deadline:
        time.sleep(0.1)
    if state.running():
        raise Refused(f"It has not stopped within {DOWN_SECONDS} s; ./dev status shows what still runs.")
    print("Everything is stopped; the data is kept.")
    return 0


def status(options: argparse.Namespace) -> int:
    """A line per process. Exit code 3 when nothing runs, as init scripts have it."""
    state = State.here()
    if state.running() is None:
        print(json.dumps({"running": False}) if options.json else "Nothing runs. ./dev up starts it.")
        return 3
    known = state.read("status.json")
    if options.json:
        print(json.dumps({"running": True, **known}, indent=2))
        return 0
    print(f"{known.get('url')}  since {known.get('started_at')}  {'ready' if known.get('ready') else 'starting'}\n")
    for line in known.get("processes", []):
        print(f"  {line['name']:<18} {line['state']:<11} {line['pid'] or '':<8} {restarted(line['restarts'])}".rstrip())
    return 0


def restarted(times: int) -> str:
    return {0: "", 1: "restarted once"}.get(times, f"restarted {times} times")


def logs(options: argparse.Namespace) -> int:
    """Print a log, or list them.

    Raises:
        Refused: there is no such log.
    """
    folder = State.here().logs
    known = sorted(path.stem for path in folder.glob("*.log"))
    if options.name is None:
        print("\n".join(known) or "There are no logs yet: ./dev up starts it.")
        return 0
    if options.name not in known:
        raise Refused(f"There is no log of {options.name!r}; there are: {', '.join(known) or 'none yet'}.")
    follow = ["-F"] if options.follow else []
    return subprocess.run(["tail", "-n", "200", *follow, folder / f"{options.name}.log"], check=False).returncode


def demo(_options: argparse.Namespace) -> int:
    """The step `demo` of the table: login, key and schedule of this installation."""
    seed(State.here())
    return 0


def say(line: str) -> None:
    """Tell the person at the terminal, at once also through a pipe."""
    print(line, flush=True)
