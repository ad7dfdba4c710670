"""Mails over HTTP: templates and how a mail looks; what to do about recipients that were refused."""

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from common.auth import Admin, Operator
from common.inside import resources_of
from common.listing import Page
from common.problem import problems
from services.invoices.mails.previews import MailPreview, PreviewRequest, TemplateState

if TYPE_CHECKING:
    from services.invoices.resources import Resources

    ResourcesOf: TypeAlias = Resources
else:
    ResourcesOf = Annotated[Any, Depends(resources_of)]

router = APIRouter(prefix="/mails", tags=["mails"])


# Seen in a frame of the console only: nothing of it runs, loads anything or gets out of the frame.
FRAMED = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "Cache-Control": "no-store",
}


@router.get("/templates", operation_id="list_mail_templates", summary="Mail templates by kind and language")
async def list_mail_templates(resources: ResourcesOf, _: Admin) -> Page[TemplateState]:
    return Page[TemplateState](items=await resources.mails.list_templates())


@router.post("/preview", operation_id="preview_mail", summary="A mail with made-up contents; nothing is sent")
async def preview_mail(resources: ResourcesOf, _: Admin, wanted: PreviewRequest) -> MailPreview:
    return await resources.mails.preview(wanted.kind, wanted.locale)


@router.get(
    "/preview.html",
    operation_id="show_mail",
    summary="The HTML of a made-up mail, for a frame that runs nothing",
    response_class=HTMLResponse,
)
async def show_mail(resources: ResourcesOf, _: Admin, wanted: Annotated[PreviewRequest, Query()]) -> HTMLResponse:
    shown = await resources.mails.preview(wanted.kind, wanted.locale)
    return HTMLResponse(shown.html, headers=FRAMED)


@router.post(
    "/{message_id}/resend",
    operation_id="resend_mail",
    summary="Send a mail again to the recipients who have not got it",
    status_code=204,
    responses=problems(404, 409),
)
async def resend_mail(message_id: UUID, resources: ResourcesOf, who: Operator) -> None:
    await resources.mails.resend(message_id, who)


@router.post(
    "/{message_id}/dismiss",
    operation_id="dismiss_mail",
    summary="Leave it at that some recipients were refused",
    status_code=204,
    responses=problems(404, 409),
)
async def dismiss_mail(message_id: UUID, resources: ResourcesOf, who: Operator) -> None:
    await resources.mails.dismiss(message_id, who)
