"""`portico asanito doctor` and `old-env`: what has to be right before the bridge works, and moving over to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from cli.asanito import BASE
from cli.exits import Exit
from cli.problems import CliProblem

if TYPE_CHECKING:
    from cli.context import Context

SIGNS = {"ok": "ready", "advice": "warning", "problem": "problem"}
KEPT = ("ASANITO_BASE_URL", "ASANITO_MOBILE", "ASANITO_PASSWORD", "ASANITO_CUSTOMER_ID")


def doctor(context: Context) -> Exit:
    """What an administrator has to see to; exit code 6 when something keeps the bridge from working."""
    report = context.portico.get(f"{BASE}/doctor")
    if context.show.as_json:
        context.show.document(report)
    else:
        for one in report["findings"]:
            context.show.line(f"{one['name']}: {one['detail']}", SIGNS[one["level"]])
            if one["fix"]:
                context.show.line(f"  {one['fix']}")
    return Exit.DONE if report["ok"] else Exit.NEEDS_PERSON


def old_env(context: Context) -> Exit:
    """The settings of the bridge out of an `.env` of the application before; read here, sent nowhere."""
    path = Path(context.arguments.file)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise CliProblem(f"{path} can't be read: {error.strerror}.", "Check the name and the rights.") from error
    settings = settings_of(lines)
    if context.show.as_json:
        context.show.document(settings)
    else:
        for name, value in settings.items():
            context.show.line(f"{name}={value}")
    return Exit.DONE


def settings_of(lines: list[str]) -> dict[str, str]:
    """Our settings by name; what the application before did not say is left out."""
    old = {}
    for line in lines:
        name, sign, value = line.strip().partition("=")
        if sign and not name.startswith("#"):
            old[name.strip()] = value.strip().strip("\"'")
    found = {}
    if old.get("DB_SERVER"):
        login = f"{quote(old.get('DB_USERNAME', ''), safe='')}:{quote(old.get('DB_PASSWORD', ''), safe='')}"
        where = f"{old['DB_SERVER']}:{old.get('DB_PORT') or 1433}/{quote(old.get('DB_DATABASE', ''), safe='')}"
        found["ASANITO_SOURCE_URL"] = f"mssql://{login}@{where}"
    if old.get("DB_DRIVER"):
        found["ASANITO_SOURCE_DRIVER"] = old["DB_DRIVER"]
    return found | {name: old[name] for name in KEPT if old.get(name)}
