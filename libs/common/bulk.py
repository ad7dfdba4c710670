"""Acting on all that a list shows, as a run: declared beside the list, used by the runs of every service and by theirs.

    FILES_IN_BULK = BulkList(                                    # bulk.py of the feature
        "files", FileQuery, lambda _: FILES, unit="files", link="/invoices/files/{id}",
        actions=[BulkAction("discard", "Discard files", discard, applies="state IN ('held', 'late')", options=Discard)],
    )
    async def discard(call: BulkCall[Resources]) -> None:        # in the transaction of the item, at most once
        await call.resources.decisions.discard_within(call.conn, call.id, call.who, call.options.reason)

    jobs=[…, FILES_IN_BULK.jobs], routers=[…, bulk_router(FILES_IN_BULK, "/files/bulk", …)]      # main.py

What is selected is kept with the run when a person confirms it: nothing that arrives later is acted on. The change of
an item and the record that tells of it are one transaction, fenced by the run's lease: a kill repeats and loses none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from common import audit
from common.db import queries_beside
from common.errors import AppError, Conflict, InvalidInput, NotFound, TooManyRequests, Unavailable
from common.identity import Identity, Kind
from common.jobs.declare import JobSet, ResourcesT
from common.jobs.outcomes import Enqueued, Outcome, Record, RecordOutcome, Retry, Trigger
from common.listing import ListQuery

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from common.core import Core
    from common.db import Connection
    from common.identity import Role
    from common.jobs.context import RunContext
    from common.listing import Listing

sql = queries_beside(__file__, "bulk.sql")

MOST_ITEMS = 100_000
MOST_AT_ONCE = 100
BATCH = 200
LANE = "bulk"
PATIENT = Retry(attempts=10)  # going on costs nothing: what is done is not done again


class NoOptions(BaseModel):
    """An action that has nothing to choose."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class BulkCall(Generic[ResourcesT]):
    """One item to act on: everything happens on `conn`, whose transaction also holds the record of it."""

    conn: Connection
    core: Core[Any]
    resources: ResourcesT
    id: Any
    who: Identity
    options: Any


@dataclass(frozen=True, slots=True)
class BulkAction(Generic[ResourcesT]):
    """What may be done with each item of a list.

    Args:
        title: of the run, as in `Retry runs`.
        apply: changes one item on the connection of the call, or raises what it refuses: Conflict and NotFound mean
            that somebody was faster, any other AppError is a problem of the item. SQL only; what lies outside is the
            work of a run that it enqueues.
        applies: SQL condition over the columns of the list: which items it is for.
        options: what a person adds, such as a reason.
        undo: the action that takes it back.
    """

    name: str
    title: str
    apply: Callable[[BulkCall[ResourcesT]], Awaitable[None]]
    applies: str = ""
    options: type[BaseModel] = NoOptions
    role: Role = "operator"
    undo: str | None = None


class Actor(BaseModel):
    """Who confirmed it, as the audit of each item says."""

    subject: str
    name: str
    kind: Kind


class BulkParams(BaseModel):
    """Parameters of the run. What was selected lies beside it; the filter is told for people."""

    count: int
    filter: dict[str, str] = {}
    of: UUID | None = None
    options: dict[str, Any] = {}
    by: Actor


@dataclass(frozen=True, slots=True)
class Selection:
    """What a caller points at: all that a query finds, a few ids, or all that an earlier run did."""

    query: ListQuery = field(default_factory=ListQuery)
    ids: Sequence[Any] | None = None
    of: UUID | None = None


@dataclass(frozen=True)
class BulkList(Generic[ResourcesT]):
    """A list whose items can be acted on.

    Args:
        name: first part of the jobs' names: `files` and `discard` make `files.discard_many`.
        listing: where the list is for a query; the same that serves its pages.
        link: where the console shows an item: `/runs/{service}/{id}`.
        unit: what items are called in the progress.
    """

    name: str
    query: type[ListQuery]
    listing: Callable[[ListQuery], Listing]
    actions: Sequence[BulkAction[ResourcesT]]
    unit: str
    link: str | None = None
    jobs: JobSet = field(default_factory=JobSet, init=False)

    def __post_init__(self) -> None:
        for action in self.actions:
            self._declare(action)

    def action(self, name: str) -> BulkAction[ResourcesT]:
        return next(action for action in self.actions if action.name == name)

    def job_of(self, action: BulkAction[ResourcesT]) -> str:
        return f"{self.name}.{action.name}_many"

    def read_id(self, text: str) -> Any:
        """The id behind a text.

        Raises:
            ValueError: it is none.
        """
        kind: Any = self.listing(ListQuery()).row_id.kind
        return kind(text)

    async def count(self, conn: Connection, action: BulkAction[ResourcesT], selection: Selection) -> tuple[int, int]:
        """How many items the selection has, and how many of them the action is for; counting ends at the limit."""
        among = await self._among(conn, selection)
        listing, most = self.listing(selection.query), MOST_ITEMS + 1
        matching = await listing.count(conn, selection.query, most=most, among=among)
        affected = await listing.count(conn, selection.query, most=most, also=action.applies, among=among)
        return matching, affected

    async def start(
        self,
        core: Core[Any],
        conn: Connection,
        action: BulkAction[ResourcesT],
        selection: Selection,
        *,
        options: BaseModel,
        expected: int | None,
        who: Identity,
    ) -> Enqueued:
        """Keep what is selected now and enqueue the run, in the caller's transaction.

        Raises:
            Conflict: `selection_changed`: it is not the number that the caller has seen.
            InvalidInput: `selection_too_large`.
            NotFound: `unknown_run`: the run to take back is not one of this list.
        """
        among = await self._among(conn, selection)
        listing = self.listing(selection.query)
        ids = await listing.ids(conn, selection.query, most=MOST_ITEMS + 1, also=action.applies, among=among)
        if len(ids) > MOST_ITEMS:
            raise InvalidInput(
                f"More than {MOST_ITEMS} items match; narrow the filter.",
                code="selection_too_large",
                params={"most": MOST_ITEMS},
            )
        if expected is not None and len(ids) != expected:
            raise Conflict(
                f"{len(ids)} items match now instead of {expected}. Look again, then confirm the new number.",
                code="selection_changed",
                params={"expected": expected, "matching": len(ids)},
            )
        params = BulkParams(
            count=len(ids),
            filter=selection.query.digested(),
            of=selection.of,
            options=options.model_dump(mode="json"),
            by=Actor(subject=who.subject, name=who.name, kind=who.kind),
        )
        trigger = Trigger("manual" if who.kind == "user" else "api", who.name)
        run = await core.ledger.enqueue(conn, self.job_of(action), params, trigger=trigger)
        await conn.execute(sql.keep_selection, run.id, [str(item) for item in ids])
        told = params.model_dump(mode="json", exclude={"by"}) | {"run_id": str(run.id)}
        await audit.record(conn, who, f"{self.name}.{action.name}_many", f"runs/{run.id}", after=told)
        return run

    async def _among(self, conn: Connection, selection: Selection) -> list[Any] | None:
        if selection.of is None:
            return None if selection.ids is None else list(selection.ids)
        run = await conn.fetchrow(sql.find_bulk_run, selection.of)
        if run is None or run["job"] not in {self.job_of(action) for action in self.actions}:
            raise NotFound(
                "There is no such run of this list.", code="unknown_run", params={"run_id": str(selection.of)}
            )
        return [self.read_id(row["key"]) for row in await conn.fetch(sql.items_done, selection.of)]

    def _declare(self, action: BulkAction[ResourcesT]) -> None:
        @self.jobs.job(
            self.job_of(action),
            title=action.title,
            payload=BulkParams,
            lane=LANE,
            timeout_seconds=4 * 3600,
            retry=PATIENT,
            startable=False,
            role=action.role,
        )
        async def act(run: RunContext[ResourcesT], params: BulkParams) -> Outcome:
            """Act on each item that was selected, one after the other; what happened to each is its record."""
            return await self._work(run, action, params)

    async def _work(self, run: RunContext[ResourcesT], action: BulkAction[ResourcesT], params: BulkParams) -> Outcome:
        options = action.options.model_validate(params.options)
        who = Identity(params.by.subject, params.by.name, params.by.kind, action.role)
        after, tally = int(run.checkpoint_data.get("after", 0)), await self._tally(run)
        settled = tally["done"] + tally["skipped"]
        while items := await self._next(run, after):
            for item in items:
                await run.checkpoint()
                await self._act(run, action, item["item"], who, options)
                settled += 1
                await run.progress(settled, params.count, self.unit)
            after = items[-1]["position"]
            await run.checkpoint({"after": after})
        tally = await self._tally(run)
        if tally["problems"]:
            await run.checkpoint({"after": 0})  # a retry asks what was refused once more, and nothing else
        return self._outcome(action, params.count, tally)

    async def _next(self, run: RunContext[ResourcesT], after: int) -> list[Any]:
        async with run.core.db.connection() as conn:
            return list(await conn.fetch(sql.next_items, run.id, after, BATCH))

    async def _tally(self, run: RunContext[ResourcesT]) -> dict[str, int]:
        async with run.core.db.connection() as conn:
            return dict(await conn.fetchrow(sql.tally, run.id) or {})

    async def _act(
        self,
        run: RunContext[ResourcesT],
        action: BulkAction[ResourcesT],
        item: str,
        who: Identity,
        options: BaseModel,
    ) -> None:
        link = self.link.format(service=run.core.service, id=item) if self.link else None
        try:
            async with run.core.db.transaction() as conn:
                await action.apply(BulkCall(conn, run.core, run.resources, self.read_id(item), who, options))
                await run.record(conn, [Record(item, link=link)])
        except (Unavailable, TooManyRequests):
            raise  # no matter of this item: the run goes on later from here
        except AppError as error:
            outcome: RecordOutcome = "skipped" if isinstance(error, Conflict | NotFound) else "problem"
            await run.record(None, [Record(item, outcome, error.code, error.detail, link)])

    def _outcome(self, action: BulkAction[ResourcesT], count: int, tally: dict[str, int]) -> Outcome:
        result: dict[str, Any] = {"count": count, **tally, "undo": action.undo if tally["done"] else None}
        if not count:
            return Outcome.nothing_to_do("Nothing was selected.")
        parts = [f"{tally['done']} of {count} {self.unit} done"]
        if tally["skipped"]:
            parts.append(f"{tally['skipped']} had changed meanwhile")
        if tally["problems"]:
            return Outcome.partial(
                ", ".join([*parts, f"{tally['problems']} refused."]), reason="items_refused", result=result
            )
        return Outcome.succeeded(", ".join(parts) + ".", result=result)
