"""Making foreign text fit for jsonb. Used wherever jobs write what outside systems named: logs, outcomes, evidence."""

from __future__ import annotations

from datetime import date
from typing import Any


def storable(value: Any) -> Any:
    """`value` without what PostgreSQL refuses (NUL, lone surrogates of odd file names) and JSON lacks (any object)."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    if isinstance(value, dict):
        return {str(storable(str(key))): storable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [storable(item) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    if value is None or isinstance(value, (bool, int, float, date)):
        return value
    return storable(str(value))
