"""Who is who: what records refer to, and what is whose in Asanito. Used by the kinds of records; only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.asanito.sync.repository import SyncRepository

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from common.db import Database
    from services.asanito.sync.rules import Dependency, Entity


class Directory:
    """Answers from our own database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def person(self, reference: UUID) -> Dependency:
        """Whom a document means: by any version of the person, through duplicates to the winner."""
        async with self._db.connection() as conn:
            return await SyncRepository(conn).find_person(reference)

    async def products(self, references: Sequence[UUID]) -> dict[UUID, Dependency]:
        """The products of an invoice's lines."""
        async with self._db.connection() as conn:
            return await SyncRepository(conn).find_products(references)

    async def items(self, invoice_key: UUID) -> list[tuple[UUID, dict[str, Any]]]:
        """The lines of a store invoice that are not deleted, in their order."""
        async with self._db.connection() as conn:
            return await SyncRepository(conn).live_items(invoice_key)

    async def not_others(self, entity: Entity, asanito_ids: Iterable[int]) -> list[int]:
        """Those ids that are not bound to another record of the kind."""
        async with self._db.connection() as conn:
            bound = await SyncRepository(conn).owners(entity.kind, list(asanito_ids))
        return [asanito_id for asanito_id in asanito_ids if bound.get(asanito_id, entity.key) == entity.key]
