"""The manual upload over HTTP."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Response, UploadFile
from fastapi import File as FormFile

from common.auth import Operator
from common.errors import TooLarge
from common.problem import problems
from common.shell import body_limit
from services.invoices.imports.rules import FileState
from services.invoices.inside import ResourcesOf
from services.invoices.options import MEBI, PickUpOptions
from services.invoices.uploads.schemas import ImportReport, UploadQuery

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

    report = await resources.uploads.upload(
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


def plain_name(given: str | None) -> str:
    """The file's own name, whatever path and characters a browser sent along."""
    name = (given or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in name if char.isprintable())[:LONGEST_NAME].strip() or "upload.txt"
