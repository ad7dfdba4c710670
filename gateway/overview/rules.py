"""Merging pages of several services into one. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from uuid import UUID

from common.cursor import Cursor, Direction, decode_cursor, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Item: TypeAlias = dict[str, Any]
Status: TypeAlias = Literal["ready", "degraded", "unavailable"]


def merge_pages(
    pages: Sequence[Mapping[str, Any]], *, limit: int, cursor: str | None, moment: str, filters: Mapping[str, str]
) -> dict[str, Any]:
    """One page out of one page per service, newest first by (`moment`, id).

    Every service was asked for one item more than `limit` (or all that it gives) after the same cursor: whatever the
    next ones overall are, they are here, and one too many tells that there are more. The cursor names a place in that
    order, so that it means the same to every service, also to one that was away before.

    Args:
        moment: the field that the lists are ordered by.
        filters: what the services were asked for, as they digest it.

    Raises:
        InvalidInput: the cursor is none of ours.
    """
    asked = decode_cursor(cursor, filters, sort=datetime, id_type=UUID) if cursor else None
    items = [item for page in pages for item in page["items"]]
    items.sort(key=lambda item: _place(item, moment), reverse=True)
    backwards = asked is not None and asked.direction == "prev"
    more = len(items) > limit or any(page.get("prev" if backwards else "next") for page in pages)
    kept = items[-limit:] if backwards else items[:limit]
    has_next, has_prev = (True, more) if backwards else (more, asked is not None)

    def pointer(direction: Direction, index: int) -> str:
        at, item_id = _place(kept[index], moment)
        return encode_cursor(Cursor(direction, at, item_id), filters)

    return {
        "items": kept,
        "next": pointer("next", -1) if kept and has_next else None,
        "prev": pointer("prev", 0) if kept and has_prev else None,
    }


def _place(item: Item, moment: str) -> tuple[datetime, UUID]:
    return datetime.fromisoformat(item[moment]), UUID(item["id"])


def overall_status(statuses: Sequence[Status]) -> Status:
    """Ready when all are, unavailable when none answers, degraded in between."""
    if all(status == "ready" for status in statuses):
        return "ready"
    return "unavailable" if all(status == "unavailable" for status in statuses) else "degraded"
