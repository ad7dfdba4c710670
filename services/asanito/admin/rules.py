"""Phrases that an administrator types, and what of a payload is personal. Pure."""

from __future__ import annotations

from typing import Any

RESET_PHRASE = "DELETE ALL DATA"
HARMLESS = ("watch",)
"""Jobs that only look; they keep nobody from a reset, and go on after it."""
TEXTS = frozenset({"description"})
"""Free texts of an income: they repeat what the source's title says, names among it."""


def without_texts(payload: Any) -> Any:
    """A payload of an income without its free texts; amounts, dates and ids stay."""
    if isinstance(payload, dict):
        return {name: "" if name in TEXTS else without_texts(value) for name, value in payload.items()}
    if isinstance(payload, list):
        return [without_texts(item) for item in payload]
    return payload
