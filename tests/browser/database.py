"""The database of a service of a running Portico, for what a browser test needs by the thousand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tools.stack import postgres

if TYPE_CHECKING:
    from tests.support.portico import RunningPortico


def ask(portico: RunningPortico, statement: str, service: str = "invoices") -> str:
    """The single value that `statement` gives, as text; asked as the owner of the tables."""
    kept = json.loads((portico.folder / "var" / "stack.json").read_text(encoding="utf-8"))
    role, port = f"portico_{service}_owner", kept["ports"]["postgres"]
    secret = kept["secrets"][f"role.{role}"]
    return postgres.ask(f"postgresql://{role}:{secret}@127.0.0.1:{port}/portico_{service}", statement)
