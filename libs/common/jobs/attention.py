"""What of the ledger needs a person, and what of it the search box finds. Used by `common.app` of every service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.attention import AttentionAction, AttentionItem
from common.db import queries_beside
from common.jobs.listed import NEWEST_RUNS, RunQuery
from common.jobs.schemas import Run
from common.search import SearchHit

if TYPE_CHECKING:
    from common.core import Core

sql = queries_beside(__file__, "endpoints.sql")

SEVERITY: dict[str, Any] = {"waiting": "question", "partial": "warning", "failed": "problem"}


async def ledger_attention(core: Core[Any]) -> list[AttentionItem]:
    """Unhappy runs that nobody has seen, effects in doubt, dead letters."""
    async with core.db.connection() as conn:
        runs = [Run.of(core, row) for row in await conn.fetch(sql.attention)]
        questions = await conn.fetch(sql.open_questions)
        effects = [] if core.settles_own_effects else await conn.fetch(sql.uncertain_effects)
        letters = await conn.fetch(sql.dead_letters)
    return [
        *map(_run, runs),
        *(_question(core, row) for row in questions),
        *map(_effect, effects),
        *map(_letter, letters),
    ]


async def find_in_ledger(core: Core[Any], text: str, limit: int) -> list[SearchHit]:
    """Runs whose job, message, parameters or starter contain the text."""
    async with core.db.connection() as conn:
        page = await NEWEST_RUNS.page(conn, RunQuery(q=text, limit=limit), lambda row: Run.of(core, row))
    return [
        SearchHit(
            kind="run", id=str(run.id), title=run.title, detail=run.message or run.state, link=f"/v1/runs/{run.id}"
        )
        for run in page.items
    ]


def _run(run: Run) -> AttentionItem:
    path = f"/v1/runs/{run.id}"
    return AttentionItem(
        id=f"run:{run.id}",
        kind="run",
        severity=SEVERITY[run.state],
        title=run.title,
        detail=run.message,
        since=run.finished_at or run.created_at,
        link=f"/v1/runs/{run.id}",
        code=run.reason_code or run.state,
        params=(run.error.params if run.error else {}) | {"run_id": str(run.id), "job": run.job},
        actions=[
            AttentionAction(name="retry", label_code="run.retry", path=f"{path}/retry"),
            AttentionAction(name="see", label_code="run.see", path=f"{path}/see", body={"note": ""}),
        ],
    )


def _question(core: Core[Any], row: Any) -> AttentionItem:
    job = core.ledger.registry.find(row["job"])
    path = f"/v1/questions/{row['id']}/answer"
    return AttentionItem(
        id=f"question:{row['id']}",
        kind="question",
        severity="question",
        title=job.title if job else row["job"],
        detail=row["text"],
        since=row["asked_at"],
        link=f"/v1/runs/{row['run_id']}",
        code=row["code"],
        params=row["params"] | row["counts"] | {"run_id": str(row["run_id"]), "job": row["job"]},
        actions=[
            AttentionAction(
                name=choice["name"],
                label_code=f"question.{choice['name']}",
                path=path,
                body={"choice": choice["name"], "note": ""},
                role=row["role"],
            )
            for choice in row["choices"]
        ],
    )


def _effect(row: Any) -> AttentionItem:
    def verdict(name: str) -> AttentionAction:
        path = f"/v1/effects/{row['id']}/resolve"
        return AttentionAction(name=name, label_code=f"effect.{name}", path=path, body={"verdict": name, "note": ""})

    return AttentionItem(
        id=f"effect:{row['id']}",
        kind="effect",
        severity="question",
        title=f"{row['op']} {row['key']}",
        detail=row["detail"],
        since=row["planned_at"],
        link=f"/v1/runs/{row['run_id']}",
        code="effect_uncertain",
        params={"target": row["target"], "op": row["op"], "key": row["key"], "run_id": str(row["run_id"])},
        actions=[verdict("happened"), verdict("absent"), verdict("check")],
    )


def _letter(row: Any) -> AttentionItem:
    retry = AttentionAction(name="retry", label_code="outbox.retry", path=f"/v1/outbox/{row['id']}/retry")
    return AttentionItem(
        id=f"outbox:{row['id']}",
        kind="outbox",
        severity="problem",
        title=f"{row['kind']} {row['key']}",
        detail=row["error"] or "",
        since=row["created_at"],
        link=f"/v1/outbox/{row['id']}",
        code="outbox_dead",
        params={"kind": row["kind"], "key": row["key"]},
        actions=[retry],
    )
