"""What may be decided about all the records that a list shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.bulk import BulkAction, BulkCall, BulkList
from services.asanito.entities.repository import ENTITIES
from services.asanito.entities.rules import ALLOWED, FINAL_REASONS, Action
from services.asanito.entities.schemas import RecordQuery, Why

if TYPE_CHECKING:
    from services.asanito.resources import Resources


async def retry(call: BulkCall[Resources]) -> None:
    await call.resources.entities.decide_within(call.conn, call.id, Action.RETRY, call.who, call.options.note)


async def ignore(call: BulkCall[Resources]) -> None:
    await call.resources.entities.decide_within(call.conn, call.id, Action.IGNORE, call.who, call.options.note)


async def unignore(call: BulkCall[Resources]) -> None:
    await call.resources.entities.decide_within(call.conn, call.id, Action.UNIGNORE, call.who, call.options.note)


def applies(action: Action) -> str:
    """The SQL condition of an action's states."""
    states = ", ".join(f"'{state}'" for state in sorted(ALLOWED[action]))
    condition = f"state IN ({states})"
    if action is Action.IGNORE:
        return condition
    final = ", ".join(f"'{reason}'" for reason in sorted(FINAL_REASONS))
    return f"{condition} AND coalesce(reason_code, '') NOT IN ({final})"


RECORDS_IN_BULK: BulkList[Resources] = BulkList(
    "records",
    RecordQuery,
    lambda _query: ENTITIES,
    [
        BulkAction("retry", "Retry many records", retry, applies=applies(Action.RETRY), options=Why),
        BulkAction(
            "ignore", "Ignore many records", ignore, applies=applies(Action.IGNORE), options=Why, undo="unignore"
        ),
        BulkAction("unignore", "Take records back in", unignore, applies=applies(Action.UNIGNORE), options=Why),
    ],
    unit="records",
)
