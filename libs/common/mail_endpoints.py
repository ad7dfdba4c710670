"""Mails over HTTP: templates and how a mail looks; recipients that were refused, and what to do about them.

Used by asanito and invoices, over the `MailService` that their resources hold as `mails`.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field, create_model

from common.attention import AttentionAction, AttentionItem
from common.auth import Admin, Operator
from common.inside import resources_of
from common.listing import Page
from common.problem import problems

if TYPE_CHECKING:
    ResourcesOf = Any
else:
    ResourcesOf = Annotated[Any, Depends(resources_of)]

# Seen in a frame of the console only: nothing of it runs, loads anything or gets out of the frame.
FRAMED = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "Cache-Control": "no-store",
}


class TemplateState(BaseModel):
    """The templates of one kind in one language."""

    kind: str
    locale: str
    source: Literal["built_in", "own"] = Field(
        description="Whose texts are sent; a broken own template is passed over."
    )
    own_parts: list[str] = Field(description="Which of `subject`, `txt`, `html` you have written yourself.")
    error: str | None = Field(description="What is wrong with your own templates.")


class PreviewRequest(BaseModel):
    """Which mail to show."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    locale: str = "en"


def mails_router(kind: Any, locale: Any) -> APIRouter:
    """The endpoints below `/mails`, whose models name the service's own kinds and languages.

    Args:
        kind, locale: `Literal` types.
    """
    router = APIRouter(prefix="/mails", tags=["mails"])
    narrow: dict[str, Any] = {"kind": (kind, ...), "locale": (locale, ...)}
    state: Any = create_model("TemplateState", __base__=TemplateState, __doc__=TemplateState.__doc__, **narrow)
    wording: dict[str, Any] = {"subject": (str, ...), "text": (str, ...), "html": (str, ...)}
    about = "A mail with made-up contents, as it would be sent now."
    preview: Any = create_model("MailPreview", __base__=state, __doc__=about, **wording)
    wanted_type: Any = create_model(
        "PreviewRequest",
        __base__=PreviewRequest,
        __doc__=PreviewRequest.__doc__,
        **narrow | {"locale": (locale, "en")},
    )

    async def list_mail_templates(resources: ResourcesOf, _: Admin) -> Any:
        return {"items": [_stated(facts) for facts in await resources.mails.list_templates()]}

    async def preview_mail(resources: ResourcesOf, _: Admin, wanted: Any) -> Any:
        facts, mail = await resources.mails.preview(wanted.kind, wanted.locale)
        return _stated(facts) | {"subject": mail.subject, "text": mail.text, "html": mail.html}

    async def show_mail(resources: ResourcesOf, _: Admin, wanted: Any) -> HTMLResponse:
        _facts, mail = await resources.mails.preview(wanted.kind, wanted.locale)
        return HTMLResponse(mail.html, headers=FRAMED)

    preview_mail.__annotations__["wanted"] = wanted_type
    show_mail.__annotations__["wanted"] = Annotated[wanted_type, Query()]
    router.get(
        "/templates",
        operation_id="list_mail_templates",
        summary="Mail templates by kind and language",
        response_model=Page[state],
    )(list_mail_templates)
    router.post(
        "/preview",
        operation_id="preview_mail",
        summary="A mail with made-up contents; nothing is sent",
        response_model=preview,
    )(preview_mail)
    router.get(
        "/preview.html",
        operation_id="show_mail",
        summary="The HTML of a made-up mail, for a frame that runs nothing",
        response_class=HTMLResponse,
    )(show_mail)
    _add_refusals(router)
    return router


def _add_refusals(router: APIRouter) -> None:
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


def _stated(facts: Any) -> dict[str, Any]:
    return asdict(facts) | {"source": facts.source}


async def refused_recipients(resources: Any) -> Sequence[AttentionItem]:
    """Mails that some did not get. A mail that nobody got is a dead letter, which the outbox itself shows."""
    return [
        AttentionItem(
            id=f"mail:{mail.id}",
            kind="mail",
            severity="warning",
            title=f"Not everybody got the mail {mail.key}",
            detail="; ".join(f"{address}: {words}" for address, words in mail.refused.items()),
            since=mail.sent_at,
            link=f"/v1/outbox/{mail.id}",
            code="mail_refused",
            params={"key": mail.key, "kind": mail.kind, "refused": ", ".join(mail.refused)},
            actions=[
                AttentionAction(name="resend", label_code="mail.resend", path=f"/v1/mails/{mail.id}/resend"),
                AttentionAction(name="dismiss", label_code="mail.dismiss", path=f"/v1/mails/{mail.id}/dismiss"),
            ],
        )
        for mail in await resources.mails.list_refused()
    ]


async def broken_templates(resources: Any) -> Sequence[AttentionItem]:
    """Own templates with a fault. Mails of that kind are sent all the same, with our texts."""
    return [
        AttentionItem(
            id=f"template:{facts.kind}:{facts.locale}",
            kind="mail",
            severity="warning",
            title=f"Your mail template {facts.kind} ({facts.locale}) is broken",
            detail=f"{facts.error}. Mails are sent with the built-in text.",
            since=resources.core.clock.now(),
            link="/settings",
            code="mail_template_broken",
            params={"kind": facts.kind, "locale": facts.locale, "error": facts.error},
        )
        for facts in await resources.mails.list_faults()
    ]
