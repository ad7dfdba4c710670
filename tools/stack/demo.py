"""The step `demo` of `./dev up`: a login, an API key, and a warehouse that works at any hour of any day.

Done once per installation: what people change afterwards, the password included, is theirs. `portico.json` is written
at each start, since addresses may have moved.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from typing import Any

import httpx

from tools.stack.databases import SERVICES
from tools.stack.state import Refused, State
from tools.stack.topology import public_port

USERNAME = "admin"
SERVICE_ROLES = dict.fromkeys(SERVICES, "admin")

# Files are looked for around the clock, and taken soon after they stopped growing.
OPTIONS: dict[str, dict[str, Any]] = {
    "site": {
        "alert_time": "23:59:00",
        "window_end": "23:59:59",
        "work_days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    },
    "pick_up": {"stability_seconds": 2},
    "dispatch": {"log_poll_seconds": 1, "progress_seconds": 1},
}
PICK_UP_SCHEDULE = {"cron": ["* * * * *"]}


def seed(state: State) -> None:
    """Make what is missing and tell where everything is.

    Raises:
        Refused: the gateway does not take what it is asked.
    """
    made = state.installation()
    url = f"http://127.0.0.1:{public_port()}"
    if not made.kept("demo.api_key"):
        password = made.keep("demo.password", secrets.token_urlsafe(15))
        roles = json.dumps(SERVICE_ROLES)
        admin(
            "create-admin",
            USERNAME,
            "--password-stdin",
            "--roles",
            roles,
            tolerate="already a user",
            stdin=f"{password}\n",
        )
        key = admin("create-key", "demo", "--roles", json.dumps({**SERVICE_ROLES, "portico": "admin"}))
        made.keep("demo.api_key", key)
    state.write("portico.json", login(state, url))
    if not made.kept("demo.seeded"):
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {made.kept('demo.api_key')}"}) as client:
            if "invoices" in SERVICES:
                open_the_warehouse(client)
        made.keep("demo.seeded", "yes")


def login(state: State, url: str) -> dict[str, Any]:
    """What a person or a program needs to get in; only its owner reads it."""
    made = state.installation()
    offered = addresses(state, "sandbox")
    ports = offered["ports"]
    gym = {name: value for name, value in addresses(state, "sandbox-asanito").items() if name in {"http", "api_url"}}
    return {
        "url": url,
        "username": USERNAME,
        "password": made.kept("demo.password"),
        "api_key": made.kept("demo.api_key"),
        "sandbox": {
            "http": offered["http"],
            "ftp_inbox": ports["ftp_inbox"],
            "ftp_delivery": ports["ftp_delivery"],
            "ssh": ports["ssh"],
            "smtp": ports["smtp"],
            **({"asanito": gym} if "asanito" in SERVICES else {}),
        },
    }


def addresses(state: State, sandbox: str) -> dict[str, Any]:
    """Where the stand-ins of one site listen; nothing when they have never run here."""
    path = state.folder / sandbox / "addresses.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def admin(*words: str, tolerate: str = "", stdin: str = "") -> str:
    """Run `portico-admin`; what it prints.

    Args:
        tolerate: a word of a refusal that is no failure here.
    """
    done = subprocess.run(
        [sys.executable, "-m", "gateway.admin", *words], input=stdin, capture_output=True, text=True, check=False
    )
    if done.returncode and not (tolerate and tolerate in done.stderr):
        raise Refused(f"portico-admin {words[0]}: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()


def open_the_warehouse(client: httpx.Client) -> None:
    """Set options and the schedule through the public API, as an administrator would in the console."""
    for name, wanted in OPTIONS.items():
        path = f"/api/invoices/v1/options/{name}"
        found = asked(client.get(path))
        change = {**found.json()["value"], **wanted}
        asked(client.put(path, json=change, headers={"If-Match": found.headers["etag"]}))
    for schedule in asked(client.get("/api/invoices/v1/schedules")).json()["items"]:
        if schedule["job"] == "imports.pick_up":
            path = f"/api/invoices/v1/schedules/{schedule['id']}"
            etag = asked(client.get(path)).headers["etag"]
            asked(client.patch(path, json=PICK_UP_SCHEDULE, headers={"If-Match": etag}))


def asked(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise Refused(f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}: {answer.text}")
    return answer
