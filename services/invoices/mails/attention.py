"""What of the mails needs a person: recipients that were refused, own templates that are broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.attention import AttentionAction, AttentionItem
from services.invoices.mails.repository import MailRepository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.invoices.resources import Resources


async def refused_recipients(resources: Resources) -> Sequence[AttentionItem]:
    """Mails that some did not get. A mail that nobody got is a dead letter, which the outbox itself shows."""
    async with resources.core.db.connection() as conn:
        mails = await MailRepository(conn).list_refused()
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
        for mail in mails
    ]


async def broken_templates(resources: Resources) -> Sequence[AttentionItem]:
    """Own templates with a fault. Mails of that kind are sent all the same, with our texts."""
    return [
        AttentionItem(
            id=f"template:{state.kind}:{state.locale}",
            kind="mail",
            severity="warning",
            title=f"Your mail template {state.kind} ({state.locale}) is broken",
            detail=f"{state.error}. Mails are sent with the built-in text.",
            since=resources.core.clock.now(),
            link="/settings",
            code="mail_template_broken",
            params={"kind": state.kind, "locale": state.locale, "error": state.error},
        )
        for state in await resources.mails.list_faults()
    ]
