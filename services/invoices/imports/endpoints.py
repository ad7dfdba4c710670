"""Files over HTTP: list, look into, download."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from common.auth import Viewer
from common.inside import CoreOf
from common.listing import Page
from common.problem import problems
from services.invoices.imports.repository import FILES, ROWS, FileRepository
from services.invoices.imports.schemas import File, FileQuery, FileRow, RowQuery

router = APIRouter(prefix="/files", tags=["files"])


@router.get("", operation_id="list_files", summary="Files, newest first")
async def list_files(core: CoreOf, _: Viewer, query: Annotated[FileQuery, Query()]) -> Page[File]:
    async with core.db.connection() as conn:
        return await FILES.page(conn, query, File.of)


@router.get("/{file_id}", operation_id="get_file", summary="One file", responses=problems(404))
async def get_file(file_id: UUID, core: CoreOf, _: Viewer) -> File:
    async with core.db.connection() as conn:
        return File.of_stored(await FileRepository(conn).get(file_id))


@router.get(
    "/{file_id}/content",
    operation_id="get_file_content",
    summary="The bytes of a file, unchanged",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems(404)},
)
async def get_file_content(file_id: UUID, core: CoreOf, _: Viewer) -> StreamingResponse:
    async with core.db.connection() as conn:
        file = await FileRepository(conn).get(file_id)
    return await core.files.download(file.sha256, name=file.name, media_type="text/plain")


@router.get(
    "/{file_id}/rows", operation_id="list_file_rows", summary="The lines of a file, in order", responses=problems(404)
)
async def list_file_rows(file_id: UUID, core: CoreOf, _: Viewer, query: Annotated[RowQuery, Query()]) -> Page[FileRow]:
    async with core.db.connection() as conn:
        await FileRepository(conn).get(file_id)
        return await ROWS.page(conn, query, FileRow.of, within={"file_id": file_id})
