"""What a person says of a call whose answer was lost. Used for records and for deals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.errors import Conflict
from common.jobs.effects import open_effects, settle_effect
from services.asanito.sync.rules import TARGET

if TYPE_CHECKING:
    from common.db import Connection
    from common.identity import Identity


async def settle_by_hand(
    conn: Connection, key: str, state: str, who: Identity, evidence: dict[str, Any] | None = None
) -> None:
    """End what is open of a key, in the caller's transaction.

    Args:
        state: `confirmed` or `absent`.

    Raises:
        Conflict: `not_possible_now`, a call is under way: what it does now nobody can have seen.
    """
    for effect in await open_effects(conn, target=TARGET, key=key):
        if effect.state == "planned":
            raise Conflict(
                "A call for it is under way, or was cut off: let a run look first.",
                code="not_possible_now",
                params={"action": state},
            )
        await settle_effect(conn, effect.id, state, evidence=evidence, by=who.name)
