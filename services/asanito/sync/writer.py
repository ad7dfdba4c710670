"""One call that changes Asanito, bracketed by two short transactions. Used by the kinds of records.

An effect is planned before the call and settled after it. While one is open nothing is sent for its key: what a lost
answer or a killed worker left is looked up first, and only what is known not to be there is created.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from common.errors import Ambiguous, Permanent, Transient
from services.asanito.sync.repository import SyncRepository
from services.asanito.sync.rules import TARGET, NotSent, doubt, postponed, rejected, unanswered, wait

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from common.core import Core
    from common.db import Connection
    from common.jobs import RunContext
    from common.jobs.effects import Effect
    from common.limits import Patience
    from services.asanito.options import TargetOptions
    from services.asanito.settings import AsanitoSettings
    from services.asanito.sync.rules import Entity

ReplyT = TypeVar("ReplyT")

NEXT_RUN = timedelta(minutes=1)
"""A record that was refused for a passing reason rests so long at least; the next run takes it up."""


@dataclass(frozen=True, slots=True)
class Created:
    """What a record is in Asanito; not `now` when an earlier call turned out to have arrived."""

    asanito_id: int
    now: bool


def record_key(entity: Entity) -> str:
    """What the effects of a record go by."""
    return f"{entity.kind}:{entity.key}"


class Writer:
    """The calls of one run."""

    def __init__(
        self, run: RunContext[Any], core: Core[AsanitoSettings], options: TargetOptions, patience: Patience
    ) -> None:
        self.run = run
        self._db = core.db
        self._clock = core.clock
        self._options = options
        self._patience = patience
        self._seconds = core.settings.call_seconds

    async def create(
        self,
        record: str,
        *,
        op: str,
        send: Callable[[], Awaitable[int]],
        find: Callable[[], Awaitable[list[int] | None]],
        settle: Callable[[Connection, int, str], Awaitable[None]],
        evidence: dict[str, Any] | None = None,
    ) -> Created:
        """Create something once.

        Args:
            record: business key of the effect, such as `person:<uuid>` (`record_key`).
            send: makes the call and gives the id that Asanito answered.
            find: ids in Asanito that this record may have become; None when there is no way to look.
            settle: writes down the id (connection, id, origin) in the transaction that confirms the effect.

        Raises:
            NotSent: refused, postponed, or nobody can tell.
        """
        if found := await self._reconcile(op, record, find, settle):
            return found
        effect, asanito_id = await self._send(op, record, send, evidence or {})
        async with self._db.transaction() as conn:
            await settle(conn, asanito_id, "created")
            await self.run.effects.confirm(conn, effect, {"asanito_id": asanito_id})
        return Created(asanito_id, now=True)

    async def update(
        self,
        record: str,
        *,
        op: str,
        send: Callable[[], Awaitable[ReplyT]],
        settle: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> ReplyT:
        """Change something to what it shall be; harmless when done twice, so a lost answer is simply sent again.

        Raises:
            NotSent, Permanent: refused (the caller decides what that means), or postponed.
        """
        async with self._db.transaction() as conn:
            if left := await self.run.effects.find_open(conn, target=TARGET, op=op, key=record):
                await self.run.effects.absent(conn, left, {"sent_again_by": str(self.run.id)})
        effect, reply = await self._send(op, record, send, {}, refusals=False)
        async with self._db.transaction() as conn:
            if settle:
                await settle(conn)
            await self.run.effects.confirm(conn, effect)
        return reply

    async def _reconcile(
        self,
        op: str,
        key: str,
        find: Callable[[], Awaitable[list[int] | None]],
        settle: Callable[[Connection, int, str], Awaitable[None]],
    ) -> Created | None:
        async with self._db.connection() as conn:
            effect = await self.run.effects.find_open(conn, target=TARGET, op=op, key=key)
        if effect is None:
            return None
        ready_at = datetime.fromisoformat(effect.evidence["sent_at"]) + timedelta(seconds=self._options.settle_seconds)
        now = self._clock.now()
        if now < ready_at:
            raise wait("An earlier call has no answer yet; it is looked up a little later.", ready_at)
        hits = await find()
        if hits is None:
            await self._doubt(effect, "Asanito can't be asked whether this call arrived.")
            raise doubt("search_unsupported", "The answer was lost, and Asanito can't be asked: look there by hand.")
        async with self._db.transaction() as conn:
            if not hits:
                await self.run.effects.absent(conn, effect, {"looked_up_at": now.isoformat()})
                return None
            if len(hits) == 1:
                await settle(conn, hits[0], "adopted")
                await self.run.effects.confirm(conn, effect, {"asanito_id": hits[0], "found_by": "search"})
                await self.run.log("sync.found_again", "An earlier call had arrived.", op=op, key=key)
                return Created(hits[0], now=False)
        await self._doubt(effect, f"Asanito has {len(hits)} that it could be: {', '.join(map(str, hits[:10]))}.")
        raise doubt("several_matches", f"Asanito has {len(hits)} that this could be.", asanito_ids=hits[:10])

    async def _send(
        self,
        op: str,
        key: str,
        send: Callable[[], Awaitable[ReplyT]],
        evidence: dict[str, Any],
        *,
        refusals: bool = True,
    ) -> tuple[Effect, ReplyT]:
        """Send until it is taken or refused; pauses between grow, and are cut short by nothing but a stop."""
        for pause in [*self._options.retry_delays_seconds, None]:
            effect = await self._plan(op, key, evidence)
            await self.run.hold(self._seconds + 1)
            try:
                reply = await send()
            except Transient as error:
                await self._absent(effect, error)
                self._patience.failed(error)
                if pause is None:
                    raise NotSent(postponed(error, self._clock.now() + NEXT_RUN)) from error
                await self.run.rest(max(pause, error.retry_after_seconds or 0))
            except Permanent as error:
                await self._absent(effect, error)
                self._patience.succeeded()
                if refusals:
                    raise NotSent(rejected(error)) from error
                raise
            except Ambiguous as error:
                await self._doubt(effect, error.detail)
                again = self._clock.now() + timedelta(seconds=self._options.settle_seconds)
                raise NotSent(unanswered(error, again)) from error
            else:
                self._patience.succeeded()
                return effect, reply
        raise AssertionError("the last pause is None")

    async def _plan(self, op: str, key: str, evidence: dict[str, Any]) -> Effect:
        known = {**evidence, "sent_at": self._clock.now().isoformat()}
        async with self._db.transaction() as conn:
            return await self.run.effects.plan(conn, target=TARGET, op=op, key=key, evidence=known)

    async def _absent(self, effect: Effect, error: Transient | Permanent) -> None:
        async with self._db.transaction() as conn:
            await self.run.effects.absent(conn, effect, {"refused": error.code})

    async def _doubt(self, effect: Effect, detail: str) -> None:
        async with self._db.transaction() as conn:
            await self.run.effects.doubt(conn, effect, detail)

    async def bind(
        self, conn: Connection, entity: Entity, asanito_id: int, origin: str, steps: dict[str, Any] | None = None
    ) -> None:
        """Write down what a record is in Asanito; the `settle` of most kinds.

        Raises:
            NotSent: `ambiguous`, another record is bound to this id.
        """
        await SyncRepository(conn).bind(entity.kind, entity.key, asanito_id, origin=origin, steps=steps)

    async def step(self, conn: Connection, entity: Entity, steps: dict[str, Any]) -> None:
        """Write down how far a record of several steps has come."""
        await SyncRepository(conn).merge_steps(entity.kind, entity.key, steps)

    async def adopt(self, entity: Entity, asanito_id: int) -> None:
        """Bind a record to what was in Asanito before us."""
        async with self._db.transaction() as conn:
            await self.run.guard(conn)
            await self.bind(conn, entity, asanito_id, "adopted")

    async def forget(self, entity: Entity, gone_id: int) -> None:
        """What a record was in Asanito is gone there."""
        await self.run.log("sync.gone", "Deleted in Asanito: made again.", kind=entity.kind, old_id=gone_id)
        async with self._db.transaction() as conn:
            await self.run.guard(conn)
            await SyncRepository(conn).unbind(entity.kind, entity.key)
