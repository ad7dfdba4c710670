"""Mail templates over HTTP: which there are, whether they work, how a mail looks."""

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends

from common.auth import Admin
from common.inside import resources_of
from common.listing import Page
from services.invoices.mails.previews import Preview, PreviewRequest, TemplateState

if TYPE_CHECKING:
    from services.invoices.resources import Resources

    ResourcesOf: TypeAlias = Resources
else:
    ResourcesOf = Annotated[Any, Depends(resources_of)]

router = APIRouter(prefix="/mails", tags=["mails"])


@router.get("/templates", operation_id="list_mail_templates", summary="Mail templates by kind and language")
async def list_mail_templates(resources: ResourcesOf, _: Admin) -> Page[TemplateState]:
    return Page[TemplateState](items=await resources.mails.list_templates())


@router.post("/preview", operation_id="preview_mail", summary="A mail with made-up contents; nothing is sent")
async def preview_mail(resources: ResourcesOf, _: Admin, wanted: PreviewRequest) -> Preview:
    return await resources.mails.preview(wanted.kind, wanted.locale)
