"""The list of runs: its filters, where it is in the database, what can be done with all that it shows.

Used by `/v1/runs`, by attention and search, and by `common.core`: every service has the jobs of its bulk actions.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, get_args
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from common import audit
from common.bulk import BulkAction, BulkCall, BulkList
from common.db import queries_beside
from common.errors import Conflict
from common.filters import Among, Instants, Terms, Text
from common.jobs.outcomes import TriggerType
from common.jobs.states import CANCELLABLE, REVIVABLE, UNHAPPY, RunState
from common.listing import Listing, ListQuery, Sort

if TYPE_CHECKING:
    from collections.abc import Iterable

sql = queries_beside(__file__, "endpoints.sql")

TRIGGERS: tuple[str, ...] = get_args(TriggerType)
COLUMNS: dict[str, str | tuple[str, ...]] = {
    "state": "state",
    "job": "job",
    "trigger": "trigger_type",
    "q": ("job", "message", "trigger_by", "params::text"),
    "created_at": "created_at",
    "hide_idle": "reason_code IS DISTINCT FROM 'nothing_to_do'",
}
ORDER: Any = {"sort": Sort("created_at", datetime), "row_id": Sort("id", UUID)}
RUNS = Listing(sql.runs, COLUMNS, **ORDER)
NEWEST_RUNS = Listing(sql.newest_runs, COLUMNS, **ORDER)


def _positive(words: tuple[str, ...], terms: Terms | None) -> Terms | None:
    """What is left of a closed set of words; an index answers that, and not what is excluded."""
    if terms is None or not terms.exclude:
        return terms
    return Terms(tuple(word for word in terms.include or words if word not in terms.exclude) or ("none",))


class RunQuery(ListQuery):
    state: Annotated[Terms | None, Among(RunState), AfterValidator(partial(_positive, tuple(RunState)))] = None
    job: Terms | None = None
    trigger: Annotated[Terms | None, Among(TRIGGERS), AfterValidator(partial(_positive, TRIGGERS))] = None
    q: Text = ""
    created_at: Instants | None = None
    hide_idle: bool = Field(True, description="Leave out runs that found nothing to do.")


def listing_of(query: ListQuery) -> Listing:
    """A text is looked for in the newest runs only; see the statement."""
    return NEWEST_RUNS if isinstance(query, RunQuery) and query.q else RUNS


class SeeBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: str = Field("", max_length=500)


async def retry_run(call: BulkCall[Any]) -> None:
    await call.core.ledger.retry(call.conn, call.id, call.who.name)
    await audit.record(call.conn, call.who, "run.retry", f"runs/{call.id}")


async def cancel_run(call: BulkCall[Any]) -> None:
    await call.core.ledger.cancel(call.conn, call.id, call.who.name)
    await audit.record(call.conn, call.who, "run.cancel", f"runs/{call.id}")


async def see_run(call: BulkCall[Any]) -> None:
    run = await call.core.ledger.lock(call.conn, call.id)
    if run["seen_at"]:
        raise Conflict("Somebody has marked it as seen before.", code="already_seen", params={"run_id": str(call.id)})
    await call.core.ledger.see(call.conn, call.id, call.who.name, call.options.note)
    await audit.record(call.conn, call.who, "run.seen", f"runs/{call.id}", after={"note": call.options.note})


async def unsee_run(call: BulkCall[Any]) -> None:
    await call.core.ledger.unsee(call.conn, call.id)
    await audit.record(call.conn, call.who, "run.unseen", f"runs/{call.id}")


def _in(states: Iterable[RunState]) -> str:
    """An SQL condition out of words of the code."""
    return "".join(("state IN (", ", ".join(f"'{state}'" for state in sorted(states)), ")"))


RUNS_IN_BULK: BulkList[Any] = BulkList(
    "runs",
    RunQuery,
    listing_of,
    [
        BulkAction("retry", "Retry many runs", retry_run, applies=_in(REVIVABLE)),
        BulkAction(
            "cancel", "Stop many runs", cancel_run, applies=f"{_in(CANCELLABLE)} AND cancel_requested_at IS NULL"
        ),
        BulkAction(
            "see",
            "Mark many runs as seen",
            see_run,
            applies=f"{_in(UNHAPPY)} AND seen_at IS NULL",
            options=SeeBody,
            undo="unsee",
        ),
        BulkAction("unsee", "Show many runs again", unsee_run, applies="seen_at IS NOT NULL"),
    ],
    unit="runs",
    link="/runs/{service}/{id}",
)
