"""`/v1/questions`: what runs ask before they go on, and the answers of people. Mounted by every service."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from common import audit
from common.auth import Operator, Viewer
from common.db import queries_beside
from common.errors import Forbidden, NotFound
from common.filters import Among, Terms
from common.identity import Role
from common.inside import CoreOf
from common.jobs.endpoints import accepted, find_run
from common.jobs.schemas import Body, Run
from common.listing import Listing, ListQuery, Page, Sort
from common.problem import problems

sql = queries_beside(__file__, "endpoints.sql")

STATES = ("open", "answered", "withdrawn")
QUESTIONS = Listing(
    sql.questions, {"state": "state", "job": "job"}, sort=Sort("asked_at", datetime), row_id=Sort("id", UUID)
)


class ChoiceView(BaseModel):
    name: str
    ends: bool = Field(description="The run is cancelled by this answer.")


class QuestionView(BaseModel):
    """What a run asks: it waits until somebody answers."""

    id: UUID
    run_id: UUID
    job: str
    code: str
    subject: str
    text: str
    params: dict[str, Any]
    counts: dict[str, int]
    samples: list[dict[str, Any]]
    choices: list[ChoiceView]
    role: Role
    state: Literal["open", "answered", "withdrawn"]
    asked_at: datetime
    choice: str | None
    note: str
    answered_by: str | None
    closed_at: datetime | None


class QuestionQuery(ListQuery):
    state: Annotated[Terms | None, Among(STATES)] = None
    job: Terms | None = None


class AnswerBody(Body):
    choice: str = Field(max_length=100)
    note: str = Field("", max_length=500)


QuestionsOf = Annotated[QuestionQuery, Query()]
router = APIRouter(tags=["runs"])


@router.get("/questions", operation_id="list_questions", summary="What runs ask, newest first")
async def list_questions(core: CoreOf, _: Viewer, query: QuestionsOf) -> Page[QuestionView]:
    async with core.db.connection() as conn:
        return await QUESTIONS.page(conn, query, lambda row: QuestionView(**row))


@router.get(
    "/runs/{run_id}/questions",
    operation_id="list_questions_of_run",
    summary="What a run asked, and who answered",
    responses=problems(404),
)
async def list_questions_of_run(
    run_id: Annotated[UUID, Path()], core: CoreOf, _: Viewer, query: QuestionsOf
) -> Page[QuestionView]:
    await find_run(core, run_id)
    async with core.db.connection() as conn:
        return await QUESTIONS.page(conn, query, lambda row: QuestionView(**row), within={"run_id": run_id})


@router.post(
    "/questions/{question_id}/answer",
    operation_id="answer_question",
    summary="Let the run go on, or end it",
    status_code=202,
    responses=problems(404, 409),
)
async def answer_question(
    question_id: Annotated[UUID, Path()], body: AnswerBody, core: CoreOf, operator: Operator, response: Response
) -> Run:
    async with core.db.transaction() as conn:
        needed = await conn.fetchval(sql.who_may_answer, question_id)
        if needed is None:
            raise NotFound("There is no such question here.", code="unknown_question")
        if not operator.may(needed):
            raise Forbidden(f"Answering needs the role {needed}.", params={"needed": needed, "role": operator.role})
        run_id = await core.ledger.answer(conn, question_id, body.choice, by=operator.name, note=body.note)
        await audit.record(conn, operator, "question.answered", f"questions/{question_id}", after=body.model_dump())
    return await accepted(core, run_id, response)
