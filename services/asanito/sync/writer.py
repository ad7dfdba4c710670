"""One call that changes Asanito, bracketed by two short transactions. Used by the kinds of records.

An effect is planned before the call and settled after it. While one is open nothing is sent for its key: what a lost
answer or a killed worker left is looked up first, and only what is known not to be there is created.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from common.errors import Ambiguous, Permanent, Transient
from common.jobs.effects import open_effects
from services.asanito.sync.repository import SyncRepository
from services.asanito.sync.rules import (
    TARGET,
    NotSent,
    Refused,
    State,
    Verdict,
    doubt,
    ends_the_run,
    postponed,
    skip,
    unanswered,
)

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

IN_DOUBT = frozenset({"remote_no_answer", "remote_failed", "remote_bad_reply"})
"""What a call that may be repeated is told as, although it may have arrived."""
NO_ANSWER = frozenset({"remote_no_answer", "remote_failed"})
"""What counts against a target's patience besides refusals: it did not answer properly at all."""
CREATES = (".create", ".issue")


@dataclass(frozen=True, slots=True)
class Created:
    """What a record is in Asanito.

    Args:
        now: False when an earlier call turned out to have arrived, or somebody else had made it.
        content: what the call that made it sent, as `create` was told; empty when that is not known.
    """

    asanito_id: int
    now: bool
    content: str = ""

    @property
    def origin(self) -> str:
        return "created" if self.now else "adopted"


@dataclass(frozen=True, slots=True)
class Creation:
    """Something to be created once.

    Args:
        record: business key of the effect, such as `person:<uuid>` (`record_key`).
        send: makes the call and gives the id that Asanito answered.
        find: ids in Asanito that this record may have become; None when there is no way to look.
        settle: writes down what it is, in the transaction that confirms the effect.
        content: what is sent, so that whoever finds it later knows whether it has changed since.
        look_first: take what was in Asanito before us, when there is exactly one.
        only_look: the record is deleted; only what became of an earlier call is of interest.
    """

    record: str
    op: str
    send: Callable[[], Awaitable[int]]
    find: Callable[[], Awaitable[list[int] | None]]
    settle: Callable[[Connection, Created], Awaitable[None]]
    content: str = ""
    look_first: Callable[[], Awaitable[list[int]]] | None = None
    only_look: bool = False


def record_key(entity: Entity) -> str:
    """What the effects of a record go by."""
    return f"{entity.kind}:{entity.key}"


class Writer:
    """The calls of one run.

    Attributes:
        down: why the run has to end after the record in hand; None while Asanito answers.
    """

    def __init__(
        self, run: RunContext[Any], core: Core[AsanitoSettings], options: TargetOptions, patience: Patience
    ) -> None:
        self.run = run
        self.down: Transient | None = None
        self._db = core.db
        self._clock = core.clock
        self._options = options
        self._patience = patience
        self._seconds = core.settings.call_seconds

    @property
    def pauses(self) -> list[float | None]:
        """What lies between the tries of one call; None after the last one."""
        return [*self._options.retry_delays_seconds, None]

    def later(self) -> datetime:
        """When a record that was refused for a passing reason is worth another run."""
        return self._clock.now() + timedelta(seconds=4 * max(self._options.retry_delays_seconds, default=15))

    def failed(self, error: Transient) -> None:
        """Note that Asanito did not do what was asked; one too many in a row and it counts as down."""
        try:
            self._patience.failed(error)
        except Transient as down:
            self.down = down

    async def create(self, creation: Creation) -> Created:
        """Create something once.

        Raises:
            NotSent: refused, postponed, deleted meanwhile, or nobody can tell.
        """
        found = await self._reconcile(creation)
        if found is None and creation.only_look:
            raise NotSent(Verdict(State.IGNORED, "deleted_at_source"))
        if found is None and creation.look_first:
            found = await self._adopt(creation, creation.look_first)
        if found is not None:
            return found
        effect, asanito_id = await self._send(
            creation.op, creation.record, creation.send, {"content": creation.content}
        )
        created = Created(asanito_id, now=True, content=creation.content)
        async with self._db.transaction() as conn:
            await creation.settle(conn, created)
            await self.run.effects.confirm(conn, effect, {"asanito_id": asanito_id})
        return created

    async def update(
        self,
        record: str,
        *,
        op: str,
        send: Callable[[], Awaitable[ReplyT]],
        settle: Callable[[Connection, ReplyT], Awaitable[None]] | None = None,
        arrived: Callable[[], Awaitable[bool | None]] | None = None,
    ) -> ReplyT | None:
        """Change something to what it shall be; a lost answer is simply sent again.

        Args:
            settle: writes down that it was done, in the transaction that confirms the effect.
            arrived: for a change that must not be made twice: whether an earlier call did arrive, None when nobody can
                tell. Then a lost answer is looked up before anything is sent again.

        Returns:
            Asanito's answer; None when an earlier call turned out to have arrived.

        Raises:
            NotSent: refused (`Refused`: the caller decides what that means), postponed, or nobody can tell.
        """
        async with self._db.connection() as conn:
            left = await self.run.effects.find_open(conn, target=TARGET, op=op, key=record)
        if left and arrived and await self._did_arrive(left, arrived):
            return None
        if left:
            async with self._db.transaction() as conn:
                await self.run.effects.absent(conn, left, {"sent_again_by": str(self.run.id)})
        effect, reply = await self._send(op, record, send, {}, once=arrived is not None)
        async with self._db.transaction() as conn:
            if settle:
                await settle(conn, reply)
            await self.run.effects.confirm(conn, effect)
        return reply

    async def has_open_creation(self, record: str) -> bool:
        """Whether a call that creates this record has no answer yet."""
        async with self._db.connection() as conn:
            found = await open_effects(conn, target=TARGET, key=record)
        return any(effect.op.endswith(CREATES) for effect in found)

    async def _did_arrive(self, left: Effect, arrived: Callable[[], Awaitable[bool | None]]) -> bool:
        self._check_settled(left)
        answer = await self._look(arrived)
        if answer is None:
            await self._doubt(left, "Asanito can't be asked whether this call arrived.")
            raise doubt("search_unsupported", "The answer was lost, and Asanito can't be asked: look there by hand.")
        if answer:
            async with self._db.transaction() as conn:
                await self.run.effects.confirm(conn, left, {"found_by": "search"})
        return answer

    async def _reconcile(self, creation: Creation) -> Created | None:
        async with self._db.connection() as conn:
            effect = await self.run.effects.find_open(conn, target=TARGET, op=creation.op, key=creation.record)
        if effect is None:
            return None
        self._check_settled(effect)
        hits = await self._look(creation.find)
        if hits is None:
            await self._doubt(effect, "Asanito can't be asked whether this call arrived.")
            raise doubt("search_unsupported", "The answer was lost, and Asanito can't be asked: look there by hand.")
        if len(hits) > 1:
            await self._doubt(effect, f"Asanito has {len(hits)} that it could be: {', '.join(map(str, hits[:10]))}.")
            raise doubt("several_matches", f"Asanito has {len(hits)} that this could be.", asanito_ids=hits[:10])
        async with self._db.transaction() as conn:
            if not hits:
                await self.run.effects.absent(conn, effect, {"looked_up_at": self._clock.now().isoformat()})
                return None
            found = Created(hits[0], now=False, content=effect.evidence.get("content", ""))
            await creation.settle(conn, found)
            await self.run.effects.confirm(conn, effect, {"asanito_id": hits[0], "found_by": "search"})
        await self.run.log("sync.found_again", "An earlier call had arrived.", op=creation.op, key=creation.record)
        return found

    def _check_settled(self, effect: Effect) -> None:
        ready_at = datetime.fromisoformat(effect.evidence["sent_at"]) + timedelta(seconds=self._options.settle_seconds)
        if self._clock.now() < ready_at:
            message = "An earlier call has no answer yet; it is looked up a little later."
            raise doubt("remote_uncertain", message, again_at=ready_at)

    async def _look(self, find: Callable[[], Awaitable[ReplyT | None]]) -> ReplyT | None:
        """What a search says; None when there is none. A search that fails leaves the doubt as it is."""
        try:
            return await find()
        except Permanent as error:
            if ends_the_run(error):
                raise
            if error.code == "remote_not_found":
                return None
            why = error.detail
        except Transient as error:
            self.failed(error)
            why = error.detail
        except Ambiguous as error:
            why = error.detail
        message = f"An earlier call has no answer, and it can't be looked up now: {why}"
        raise doubt("remote_uncertain", message, again_at=self.later())

    async def _adopt(self, creation: Creation, look: Callable[[], Awaitable[list[int]]]) -> Created | None:
        """What was in Asanito before us; None when there is nothing."""
        try:
            hits = await look()
        except Permanent as error:
            if error.code != "remote_not_found":
                raise
            message = "Asanito can't be searched for what is there already; `adopt_existing` can be switched off."
            raise skip("search_unsupported", message) from error
        if len(hits) > 1:
            raise NotSent(
                Verdict(
                    State.FAILED,
                    "several_matches",
                    f"Asanito has {len(hits)} that this could be: bind it to one, or merge them there and retry.",
                    {"asanito_ids": hits[:10]},
                )
            )
        if not hits:
            return None
        found = Created(hits[0], now=False)
        async with self._db.transaction() as conn:
            await self.run.guard(conn)
            await creation.settle(conn, found)
        return found

    async def _send(
        self,
        op: str,
        key: str,
        send: Callable[[], Awaitable[ReplyT]],
        evidence: dict[str, Any],
        *,
        once: bool = False,
    ) -> tuple[Effect, ReplyT]:
        """Send until it is taken or refused; pauses between grow, and are cut short by nothing but a stop."""
        for pause in self.pauses:
            await self.run.stop_if_asked()  # here a record of several steps is where the next run finds it
            effect = await self._plan(op, key, evidence)
            await self.run.hold(self._seconds + 1)
            try:
                reply = await send()
            except Transient as error:
                if once and error.code in IN_DOUBT:
                    raise await self._unanswered(effect, error) from error
                await self._absent(effect, error)
                self.failed(error)
                if pause is None or self.down:
                    raise NotSent(postponed(error, self.later())) from error
                await self.run.rest(max(pause, error.retry_after_seconds or 0))
            except Permanent as error:
                await self._absent(effect, error)
                self._patience.succeeded()
                if ends_the_run(error):
                    raise
                raise Refused(error) from error
            except Ambiguous as error:
                raise await self._unanswered(effect, error) from error
            else:
                self._patience.succeeded()
                return effect, reply
        raise AssertionError("the last pause is None")

    async def _unanswered(self, effect: Effect, error: Ambiguous | Transient) -> NotSent:
        await self._doubt(effect, error.detail)
        if error.code in NO_ANSWER:
            self.failed(Transient(error.detail, target=TARGET, code=error.code))
        again = self._clock.now() + timedelta(seconds=self._options.settle_seconds)
        return NotSent(unanswered(error, again))

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
        self, conn: Connection, entity: Entity, created: Created, steps: dict[str, Any] | None = None
    ) -> None:
        """Write down what a record is in Asanito; the `settle` of most kinds.

        Raises:
            NotSent: `ambiguous`, another record is bound to this id.
        """
        repository = SyncRepository(conn)
        await repository.bind(entity.kind, entity.key, created.asanito_id, origin=created.origin, steps=steps)

    async def step(self, conn: Connection, entity: Entity, steps: dict[str, Any]) -> None:
        """Write down how far a record of several steps has come."""
        await SyncRepository(conn).merge_steps(entity.kind, entity.key, steps)

    async def forget(self, entity: Entity, gone_id: int) -> None:
        """What a record was in Asanito is gone there."""
        await self.run.log("sync.gone", "Deleted in Asanito: made again.", kind=entity.kind, old_id=gone_id)
        async with self._db.transaction() as conn:
            await self.run.guard(conn)
            await SyncRepository(conn).unbind(entity.kind, entity.key)
