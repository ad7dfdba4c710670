"""What people decide about records; each decision is one short transaction, audited, and refused in the wrong state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common import audit
from common.errors import Conflict
from common.jobs import Trigger
from services.asanito.entities.repository import EntityRepository, Locked
from services.asanito.entities.rules import ALLOWED, FINAL_REASONS, Action
from services.asanito.mirror.service import note_change
from services.asanito.options import StartOptions
from services.asanito.sync.by_hand import settle_by_hand
from services.asanito.sync.rules import NotSent, State
from services.asanito.sync.service import JOB_OF, START_OF

if TYPE_CHECKING:
    from uuid import UUID

    from common.core import Core
    from common.db import Connection
    from common.identity import Identity
    from common.jobs.outcomes import Enqueued
    from services.asanito.settings import AsanitoSettings
    from services.asanito.source.rules import Kind
    from services.asanito.sync.service import SyncService


class EntityService:
    """Retry, ignore, tell apart, bind, confirm that it is not there."""

    def __init__(self, core: Core[AsanitoSettings], *, sync: SyncService) -> None:
        self._core = core
        self._db = core.db
        self._ledger = core.ledger
        self._options = core.options
        self._sync = sync

    async def decide(self, kind: Kind, key: UUID, action: Action, who: Identity, note: str = "") -> None:
        """Retry, ignore, unignore, mark as distinct or confirm as absent.

        Raises:
            NotFound: `unknown_record`.
            Conflict: `not_possible_now`, it is in another state.
        """
        async with self._db.transaction() as conn:
            entity_id = await EntityRepository(conn).find_id(kind, key)
            await self.decide_within(conn, entity_id, action, who, note)

    async def decide_within(
        self, conn: Connection, entity_id: UUID, action: Action, who: Identity, note: str = ""
    ) -> None:
        """`decide`, in the caller's transaction."""
        repository = EntityRepository(conn)
        entity = await repository.lock(entity_id)
        check(entity, action)
        if action is Action.IGNORE:
            await repository.set_state(entity_id, State.IGNORED, reason="ignored_by_operator", message=note)
        elif action is Action.MARK_DISTINCT:
            await repository.set_state(entity_id, State.PENDING, distinct=True)
        else:
            if action is Action.CONFIRM_ABSENT:
                await settle_by_hand(conn, f"{entity.kind}:{entity.key}", "absent", who)
            await repository.set_state(entity_id, State.PENDING)
        await note_change(self._core, conn, entity.kind, [entity.key])
        was = {"state": entity.state, "reason_code": entity.reason_code}
        await self._audit(conn, who, action, entity, before=was, after={"note": note})

    async def bind(self, kind: Kind, key: UUID, asanito_id: int, who: Identity, note: str = "") -> None:
        """Say what a record is in Asanito; the next run brings it up to date there.

        Raises:
            NotFound: `unknown_record`.
            Conflict: `not_possible_now`; `already_bound`, the id belongs to another record.
        """
        async with self._db.transaction() as conn:
            repository = EntityRepository(conn)
            entity = await repository.lock(await repository.find_id(kind, key))
            check(entity, Action.BIND)
            try:
                await self._sync.bind_by_hand(conn, entity.kind, entity.key, asanito_id, entity.content_hash)
            except NotSent as error:
                raise Conflict(error.verdict.message, code="already_bound", params=error.verdict.params) from error
            await settle_by_hand(conn, f"{entity.kind}:{entity.key}", "confirmed", who, {"asanito_id": asanito_id})
            await repository.set_state(entity.id, State.PENDING)
            await note_change(self._core, conn, entity.kind, [entity.key])
            await self._audit(conn, who, Action.BIND, entity, after={"asanito_id": asanito_id, "note": note})

    async def check_now(self, kind: Kind, key: UUID, who: Identity) -> Enqueued:
        """Start a run that asks Asanito what became of this record.

        Raises:
            NotFound: `unknown_record`.
            Conflict: `not_possible_now`.
        """
        async with self._db.transaction() as conn:
            repository = EntityRepository(conn)
            entity = await repository.lock(await repository.find_id(kind, key))
            check(entity, Action.CHECK)
            await repository.look_now(entity.id)
            trigger = Trigger("manual" if who.kind == "user" else "api", who.name)
            started = await self._ledger.enqueue(conn, JOB_OF[kind], {"keys": [str(key)]}, trigger=trigger)
            await self._audit(conn, who, Action.CHECK, entity, after={"run_id": str(started.id)})
        return started

    async def starts(self) -> dict[str, int]:
        """Kind → the idd below which records are not sent."""
        options = await self._options.get(StartOptions)
        return {kind.value: getattr(options, name) or 0 for kind, name in START_OF.items()}

    async def _audit(
        self,
        conn: Connection,
        who: Identity,
        action: Action,
        entity: Locked,
        *,
        after: dict[str, Any],
        before: dict[str, Any] | None = None,
    ) -> None:
        target = f"records/{entity.kind}/{entity.key}"
        await audit.record(conn, who, f"record.{action}", target, before=before, after=after)


def check(entity: Locked, action: Action) -> None:
    """Refuse an action that this state does not have."""
    is_final = entity.reason_code in FINAL_REASONS and action in (Action.RETRY, Action.UNIGNORE)
    is_bound = entity.asanito_id is not None and action is Action.BIND
    if entity.state in ALLOWED[action] and not is_final and not is_bound:
        return
    why = f" ({entity.reason_code})" if entity.reason_code else ""
    raise Conflict(
        f"The record is {entity.state}{why}: {action.replace('_', ' ')} is not possible.",
        code="not_possible_now",
        params={"state": entity.state, "reason_code": entity.reason_code, "action": action},
    )
