"""Opaque cursors: where a page ended, and for which filters. Used by every list of the services and by the gateway.

A cursor holds the sort value and id of one row, the direction, and a digest of the filters it was made for: with other
filters it is refused instead of answering a page of something else. Pure.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from uuid import UUID

import orjson

from common.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = str | int | datetime | date | UUID
Direction: TypeAlias = Literal["next", "prev"]
LONGEST = 1024


@dataclass(frozen=True, slots=True)
class Cursor:
    """The rows after (`next`) or before (`prev`) the row with this sort value and id, in the order of the list."""

    direction: Direction
    sort: Value
    id: Value


def digest(filters: Mapping[str, str]) -> str:
    """A short digest of the filters, the same whatever order they were given in."""
    return hashlib.sha256(orjson.dumps(sorted(filters.items()))).hexdigest()[:12]


def encode_cursor(cursor: Cursor, filters: Mapping[str, str]) -> str:
    """The cursor as callers see it."""
    content = [cursor.direction, cursor.sort, cursor.id, digest(filters)]
    return base64.urlsafe_b64encode(orjson.dumps(content, default=str)).decode().rstrip("=")


def decode_cursor(text: str, filters: Mapping[str, str], *, sort: type[Value], id_type: type[Value]) -> Cursor:
    """The cursor behind `text`.

    Args:
        sort: type of the sort value.
        id_type: type of the id.

    Raises:
        InvalidInput: not a cursor of ours, or one that was made for other filters.
    """
    try:
        direction, sort_value, id_value, made_for = orjson.loads(_unpacked(text))
        if direction not in {"next", "prev"}:
            raise ValueError(direction)  # noqa: TRY301
        cursor = Cursor(direction, _read(sort_value, sort), _read(id_value, id_type))
    except (ValueError, TypeError) as error:
        raise _invalid("cursor_invalid", "This cursor is not one that the list gave out.") from error
    if made_for != digest(filters):
        raise _invalid("cursor_of_other_filters", "The filters changed: start again without the cursor.")
    return cursor


def _unpacked(text: str) -> bytes:
    if len(text) > LONGEST:
        raise ValueError("too long")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _read(value: Any, kind: type[Value]) -> Value:
    if kind is int or kind is str:
        if type(value) is not kind:
            raise ValueError(value)
        if isinstance(value, int) and value.bit_length() >= 64:  # noqa: PLR2004
            raise ValueError(value)
        return value
    if kind is UUID:
        return UUID(value)
    if kind is datetime:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError(value)
        return at
    return date.fromisoformat(value)


def _invalid(code: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, code=code, errors=[FieldError("cursor", code, detail)])
