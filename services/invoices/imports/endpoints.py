"""Files over HTTP: upload, list, look into, download."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response, UploadFile
from fastapi import File as FormFile
from fastapi.responses import StreamingResponse

from common.auth import Operator, Viewer
from common.errors import TooLarge
from common.inside import CoreOf, resources_of
from common.listing import Page
from common.problem import problems
from common.shell import body_limit
from services.invoices.imports.repository import FILES, ROWS, FileRepository
from services.invoices.imports.rules import FileState
from services.invoices.imports.schemas import File, FileQuery, FileRow, ImportReport, RowQuery, UploadQuery
from services.invoices.options import MEBI, PickUpOptions

if TYPE_CHECKING:
    from services.invoices.resources import Resources

    ResourcesOf: TypeAlias = Resources
else:
    ResourcesOf = Annotated[Any, Depends(resources_of)]

router = APIRouter(prefix="/files", tags=["files"])

BLOCK_BYTES = MEBI
LONGEST_NAME = 200
# What surrounds the bytes in a form; the file itself is held to the option.
FORM_BYTES = 33 * MEBI


@router.post(
    "",
    status_code=201,
    operation_id="upload_file",
    summary="Import a file into today's session",
    responses={
        200: {"model": ImportReport, "description": "A duplicate, or only validated: nothing was kept."},
        **problems(409, 413),
    },
    openapi_extra=body_limit(FORM_BYTES),
)
async def upload_file(
    resources: ResourcesOf,
    operator: Operator,
    response: Response,
    file: Annotated[UploadFile, FormFile(description="The file, in the form of the inbox's.")],
    choices: Annotated[UploadQuery, Query()],
) -> ImportReport:
    limit = (await resources.core.options.get(PickUpOptions)).max_upload_bytes
    if (file.size or 0) > limit:
        raise TooLarge(f"The file is larger than {limit // MEBI} MiB.", params={"limit": limit, "size": file.size})

    async def content() -> AsyncIterator[bytes]:
        await file.seek(0)
        while block := await file.read(BLOCK_BYTES):
            yield block

    report = await resources.imports.upload(
        plain_name(file.filename),
        content,
        operator,
        validate_only=choices.validate_only,
        accept_count=choices.accept_count,
    )
    if choices.validate_only or report.file.state is not FileState.IMPORTED:
        response.status_code = 200
    else:
        response.headers["Location"] = f"/v1/files/{report.file.id}"
    return ImportReport.of(report, validated_only=choices.validate_only)


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


def plain_name(given: str | None) -> str:
    """The file's own name, whatever path and characters a browser sent along."""
    name = (given or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in name if char.isprintable())[:LONGEST_NAME].strip() or "upload.txt"
