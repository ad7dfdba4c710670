"""Entities at work and their bindings in PostgreSQL; the statements are in `queries.sql`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from common.db import queries_beside
from services.asanito.source.rules import KINDS, Kind
from services.asanito.sync.rules import Dependency, Entity, State, Verdict, fail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from common.db import Connection
    from services.asanito.ports import Payload

sql = queries_beside(__file__)

INVOICES = (Kind.STORE_INVOICE, Kind.SERVICE_INVOICE)
BEFORE_ALL = (-1, UUID(int=0))


@dataclass(frozen=True, slots=True)
class Due:
    """How many records a run would look at; `creates` have no binding yet, `skipped` of those were skipped before."""

    all: int
    creates: int
    skipped: int


class SyncRepository:
    """Takes the connection of the caller's transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def list_due(
        self,
        kind: Kind,
        *,
        after: tuple[int, UUID],
        now: datetime,
        least_idd: int,
        limit: int,
        keys: Sequence[UUID] | None,
        with_deleted: bool = False,
    ) -> list[Entity]:
        """The next records to look at, by idd."""
        rows = await self._conn.fetch(
            sql.due_entities, kind, KINDS[kind].name, keys, now, after[0], after[1], least_idd, limit, with_deleted
        )
        return [_entity(row) for row in rows]

    async def count_due(self, kind: Kind, *, now: datetime, least_idd: int) -> Due:
        row = await self._conn.fetchrow(sql.count_due, kind, least_idd, now)
        assert row is not None  # noqa: S101 - a count without groups is one row
        return Due(**row)

    async def samples(self, kind: Kind, *, least_idd: int) -> list[tuple[UUID, str]]:
        """Key and label of some that have no binding, the newest first."""
        return [(row["key"], row["label"]) for row in await self._conn.fetch(sql.samples, kind, least_idd)]

    async def past_creations(self, kind: Kind, run_id: UUID) -> list[int]:
        """How much the last ten runs of a kind created, besides the one that asks."""
        return [row["created"] for row in await self._conn.fetch(sql.past_creations, kind, run_id)]

    async def keep_creations(self, run_id: UUID, kind: Kind, created: int) -> None:
        await self._conn.execute(sql.keep_creations, run_id, kind, created)

    async def want_steps_again(self, kind: Kind, key: UUID) -> None:
        """Have the next run take up a sent record for a step that is missing."""
        await self._conn.execute(sql.want_steps_again, kind, key)

    async def find(self, kind: Kind, key: UUID) -> Entity | None:
        row = await self._conn.fetchrow(sql.get_entity, kind, KINDS[kind].name, key)
        return _entity(row) if row else None

    async def save(self, entity: Entity, verdict: Verdict, run_id: UUID) -> None:
        warnings = [asdict(warning) for warning in verdict.warnings]
        await self._conn.execute(
            sql.save_verdict,
            entity.kind,
            entity.key,
            run_id,
            verdict.state,
            verdict.reason,
            verdict.message[:1000],
            verdict.params,
            warnings,
            entity.content_hash,
            verdict.again_at,
        )

    async def bind(
        self, kind: Kind, key: UUID, asanito_id: int, *, origin: str, steps: dict[str, Any] | None = None
    ) -> None:
        """Say what it is in Asanito.

        Raises:
            NotSent: `ambiguous`, another record is bound to this id.
        """
        other = (await self.owners(kind, [asanito_id])).get(asanito_id)
        if other and other != key:
            raise already_bound(asanito_id, other)
        try:
            await self._conn.execute(sql.bind, kind, key, asanito_id, steps or {}, origin)
        except asyncpg.UniqueViolationError as error:
            raise already_bound(asanito_id, None) from error

    async def merge_steps(self, kind: Kind, key: UUID, steps: dict[str, Any]) -> None:
        """Remember how far a record of several steps has come."""
        await self._conn.execute(sql.merge_steps, kind, key, steps)

    async def find_person(self, reference: UUID) -> Dependency:
        """Whom a document means: by any version of the person, through duplicates to the winner."""
        row = await self._conn.fetchrow(sql.find_person, reference)
        assert row is not None  # noqa: S101 - the statement always gives one row
        return _dependency(row)

    async def find_products(self, references: Sequence[UUID]) -> dict[UUID, Dependency]:
        """The products of an invoice's lines."""
        rows = await self._conn.fetch(sql.find_products, list(references))
        return {row["key"]: _dependency(row) for row in rows}

    async def live_items(self, invoice_key: UUID) -> list[tuple[UUID, dict[str, Any]]]:
        """The lines of a store invoice that are not deleted, in their order."""
        return [(row["key"], row["row"]) for row in await self._conn.fetch(sql.live_items, invoice_key)]

    async def mark_synced(self, entity: Entity, payload: Payload) -> None:
        await self._conn.execute(sql.mark_synced, entity.kind, entity.key, entity.content_hash, payload)

    async def unbind(self, kind: Kind, key: UUID) -> None:
        """What was bound is gone in Asanito."""
        await self._conn.execute(sql.unbind, kind, key)

    async def owners(self, kind: Kind, asanito_ids: list[int]) -> dict[int, UUID]:
        """Whose these ids are; those that are nobody's are left out. Asanito's invoices are of either table."""
        kinds = INVOICES if kind in INVOICES else (kind,)
        rows = await self._conn.fetch(sql.owners, kinds, asanito_ids)
        return {row["asanito_id"]: row["key"] for row in rows}

    async def find_tenant(self) -> tuple[str, int] | None:
        """The tenant of all bindings; None before the first."""
        row = await self._conn.fetchrow(sql.get_tenant)
        return (row["base_url"], row["customer_id"]) if row else None

    async def claim_tenant(self, base_url: str, customer_id: int) -> tuple[str, int]:
        """The tenant of all bindings; the given one when there was none."""
        await self._conn.execute(sql.claim_tenant, base_url, customer_id)
        tenant = await self.find_tenant()
        assert tenant is not None  # noqa: S101 - it was just inserted or was there
        return tenant


def already_bound(asanito_id: int, other: UUID | None) -> Exception:
    """An id of Asanito is one record's only."""
    return fail(
        "ambiguous",
        f"Asanito's {asanito_id} belongs to another record{f' ({other})' if other else ''} already.",
        asanito_id=asanito_id,
        other=str(other) if other else None,
    )


def _dependency(row: asyncpg.Record) -> Dependency:
    state = State(row["state"]) if row["state"] else None
    return Dependency(row["key"], state, row["asanito_id"])


def _entity(row: asyncpg.Record) -> Entity:
    return Entity(**{**row, "kind": Kind(row["kind"]), "state": State(row["state"])})
