"""The step `demo` of `./dev up`: a login, an API key, a warehouse that works at any hour of any day, a bridge to run.

Done once per installation and service: what people change afterwards, the password included, is theirs; a service that
came later is let in and furnished at the next start. `portico.json` is written at each start, since addresses may have
moved.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx

from tools.stack.databases import SERVICES
from tools.stack.state import Refused, State
from tools.stack.topology import public_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.stack.state import Installation

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

# The stand-in answers at once and can be asked for everything. The question before the first run stays: it is what
# keeps a wrong start point from filling somebody's CRM, so a stranger meets it once.
ASANITO_OPTIONS: dict[str, dict[str, Any]] = {
    "target": {
        "calls_per_second": 50,
        "settle_seconds": 2,
        "search_invoices": True,
        "search_incomes": True,
        "search_deals": True,
    },
}
ASANITO_DEFAULTS = {
    "host_warehouse_id": "HostWarehouseID",
    "city_id": "DefaultCityID",
    "receipt_account_id": "DefaultReceiptAccountID",
}


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
    for service, furnish in FURNISH.items():
        if service in SERVICES and not made.kept(mark_of(service)):
            let_in(made, url, service)
            with client_of(url, made) as client:
                furnish(client, state)
            made.keep(mark_of(service), "yes")
    state.write("portico.json", login(state, url))


def mark_of(service: str) -> str:
    """What says that a service was furnished; that of the first one is older than the others."""
    return "demo.seeded" if service == "invoices" else f"demo.seeded.{service}"


def client_of(url: str, made: Installation) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {made.kept('demo.api_key')}"}, timeout=30)


def let_in(made: Installation, url: str, service: str) -> None:
    """Give the demo's key and user a role for a service that is younger than they are.

    A key's roles never change, so a new one takes its place.
    """
    with client_of(url, made) as client:
        if any(one["name"] == service and one["role"] == "admin" for one in items_of(client, "/api/services")):
            return
        for user in items_of(client, "/api/users"):
            if user["username"] == USERNAME:
                etag = asked(client.get(f"/api/users/{user['id']}")).headers["etag"]
                change = {"roles": {**user["roles"], service: "admin"}}
                asked(client.patch(f"/api/users/{user['id']}", json=change, headers={"If-Match": etag}))
    roles = json.dumps({**SERVICE_ROLES, "portico": "admin"})
    made.replace({"demo.api_key": admin("create-key", f"demo-{secrets.token_hex(3)}", "--roles", roles)})


def items_of(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    """The items of a list; of those without pages, the list itself."""
    document = asked(client.get(path)).json()
    items: list[dict[str, Any]] = document["items"] if isinstance(document, dict) else document
    return items


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


def open_the_warehouse(client: httpx.Client, _: State) -> None:
    """Set options and the schedule through the public API, as an administrator would in the console."""
    for name, wanted in OPTIONS.items():
        change_options(client, "invoices", name, wanted)
    for schedule in items_of(client, "/api/invoices/v1/schedules"):
        if schedule["job"] == "imports.pick_up":
            path = f"/api/invoices/v1/schedules/{schedule['id']}"
            etag = asked(client.get(path)).headers["etag"]
            asked(client.patch(path, json=PICK_UP_SCHEDULE, headers={"If-Match": etag}))


def open_the_bridge(client: httpx.Client, state: State) -> None:
    """Save what an operator of the gym chain would map, so that every job can be run at once.

    What somebody has mapped already stays.
    """
    sandbox = addresses(state, "sandbox-asanito")["http"]
    mappings: dict[str, dict[str, int]] = asked(httpx.get(f"{sandbox}/_sandbox/asanito/mappings", timeout=30)).json()
    theirs = mappings.pop("Defaults")
    for name, values in mappings.items():
        path = f"/api/asanito/v1/mappings/{name}"
        answer = asked(client.get(path))
        saved = {one["source_id"] for one in answer.json()["items"] if one["asanito_id"]}
        items = [{"source_id": key, "asanito_id": str(number)} for key, number in values.items() if key not in saved]
        if items:
            asked(client.put(path, json={"items": items}, headers={"If-Match": answer.headers["etag"]}))
    for name, wanted in ASANITO_OPTIONS.items():
        change_options(client, "asanito", name, wanted)
    change_options(client, "asanito", "defaults", {ours: theirs[name] for ours, name in ASANITO_DEFAULTS.items()})


FURNISH: dict[str, Callable[[httpx.Client, State], None]] = {
    "invoices": open_the_warehouse,
    "asanito": open_the_bridge,
}


def change_options(client: httpx.Client, service: str, name: str, wanted: dict[str, Any]) -> None:
    path = f"/api/{service}/v1/options/{name}"
    answer = asked(client.get(path))
    change = {**answer.json()["value"], **wanted}
    asked(client.put(path, json=change, headers={"If-Match": answer.headers["etag"]}))


def asked(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise Refused(f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}: {answer.text}")
    return answer
