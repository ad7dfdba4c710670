"""Effects: what a run does outside, bracketed by two short transactions. Used by every service that writes outside.

    planned ──► confirmed        it happened
       │  └───► absent           it did not: may be planned again
       └──────► uncertain        nobody can tell: waits for a person, or for a later run that reads it back

`(target, op, key)` is a business key: while one effect of it is open (`planned` or `uncertain`), no second one can be
planned, by whatever run. The next run first asks `find_open`, looks outside, and settles what it finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

from common.db import queries_beside
from common.errors import Ambiguous
from common.jobs.outcomes import LeaseLost
from common.jobs.storable import storable

if TYPE_CHECKING:
    from uuid import UUID

    from common.db import Connection
    from common.jobs.lease import Lease

sql = queries_beside(__file__, "effects.sql")


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect row. `evidence` is what is needed to recognise the effect outside (names, sizes, hashes)."""

    id: UUID
    run_id: UUID
    target: str
    op: str
    key: str
    state: str
    evidence: dict[str, Any]


class Effects:
    """The effects of one run, as `run.effects`."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def plan(
        self, conn: Connection, *, target: str, op: str, key: str, evidence: dict[str, Any] | None = None
    ) -> Effect:
        """Write down what is about to happen; commit before doing it. Fenced, and stops at a stop request.

        Raises:
            LeaseLost: the run is somebody else's.
            Cancelled, HandedBack: the run was asked to stop; nothing was planned.
            Ambiguous: `effect_open`, an earlier effect of this key is not settled; reconcile it first.
        """
        self._lease.raise_if_stopping()
        try:
            row = await conn.fetchrow(
                sql.plan_effect, self._lease.run_id, self._lease.token, target, op, key, storable(evidence or {})
            )
        except asyncpg.UniqueViolationError as error:
            raise Ambiguous(
                f"An earlier {op} of {key} on {target} is not settled yet.",
                target=target,
                code="effect_open",
                params={"op": op, "key": key},
            ) from error
        if row is None:
            raise LeaseLost(f"Run {self._lease.run_id} is no longer held by this worker.")
        return Effect(**row)

    async def find_open(self, conn: Connection, *, target: str, op: str, key: str) -> Effect | None:
        """The effect of this key that is not settled, left by an earlier attempt or another run."""
        return await find_open_effect(conn, target=target, op=op, key=key)

    async def confirm(self, conn: Connection, effect: Effect, evidence: dict[str, Any] | None = None) -> None:
        """It happened. Not fenced: a fact stays a fact when the lease is gone."""
        await settle_effect(conn, effect.id, "confirmed", evidence=evidence)

    async def absent(self, conn: Connection, effect: Effect, evidence: dict[str, Any] | None = None) -> None:
        """It is known not to have happened."""
        await settle_effect(conn, effect.id, "absent", evidence=evidence)

    async def doubt(self, conn: Connection, effect: Effect, detail: str) -> None:
        """Nobody can tell whether it happened; `detail` is the sentence for the person who must decide."""
        await settle_effect(conn, effect.id, "uncertain", detail=detail)


async def find_open_effect(conn: Connection, *, target: str, op: str, key: str) -> Effect | None:
    """The effect of this key that is not settled, whoever asks."""
    row = await conn.fetchrow(sql.find_open_effect, target, op, key)
    return Effect(**row) if row else None


async def open_effects(conn: Connection, *, target: str, key: str) -> list[Effect]:
    """What is not settled of a key, whatever the operation; for the person who settles it at the thing itself."""
    return [Effect(**row) for row in await conn.fetch(sql.open_effects, target, key)]


async def effects_of(conn: Connection, *, target: str, key: str) -> list[asyncpg.Record]:
    """The newest hundred effects of a key as they are told: id, run_id, op, state, evidence, detail, times, by whom."""
    return list(await conn.fetch(sql.effects_of, target, key))


async def settle_effect(
    conn: Connection,
    effect_id: UUID,
    state: str,
    *,
    evidence: dict[str, Any] | None = None,
    detail: str = "",
    by: str | None = None,
) -> bool:
    """Move an open effect to `state`; False when it was settled before."""
    return bool(
        await conn.fetchval(sql.settle_effect, effect_id, state, storable(evidence or {}), storable(detail), by)
    )
