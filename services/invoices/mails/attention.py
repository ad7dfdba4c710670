"""What of the mails needs a person: recipients that the mail server refused although others got the mail."""

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
