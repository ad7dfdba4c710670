"""Decisions on files over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from common.auth import Operator
from common.problem import problems
from services.invoices.decisions.schemas import Discard, ImportChoices
from services.invoices.imports.schemas import File
from services.invoices.inside import ResourcesOf

router = APIRouter(prefix="/files", tags=["files"])


@router.post(
    "/{file_id}/accept",
    operation_id="accept_file",
    summary="Import a held file today although its count is wrong",
    responses=problems(404, 409, 502),
)
async def accept_file(file_id: UUID, resources: ResourcesOf, operator: Operator) -> File:
    return File.of_stored(await resources.decisions.accept(file_id, operator))


@router.post(
    "/{file_id}/import",
    operation_id="import_file",
    summary="Import a late file, or one of another day, today",
    responses=problems(404, 409, 502),
)
async def import_file(
    file_id: UUID, resources: ResourcesOf, operator: Operator, choices: Annotated[ImportChoices, Query()]
) -> File:
    file = await resources.decisions.import_today(file_id, operator, accept_count=choices.accept_count)
    return File.of_stored(file)


@router.post(
    "/{file_id}/discard",
    operation_id="discard_file",
    summary="Say that a file is not wanted",
    responses=problems(404, 409),
)
async def discard_file(file_id: UUID, resources: ResourcesOf, operator: Operator, why: Discard) -> File:
    return File.of_stored(await resources.decisions.discard(file_id, operator, why.reason))
