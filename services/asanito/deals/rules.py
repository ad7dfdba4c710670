"""Deals: their titles and payload, and the marker by which one is found again. Pure. Source: domain page 2.6, 2.8."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from services.asanito.ports import Payload

UNKNOWN_ITEM = "نامشخص"
UNKNOWN_INVOICE = "خدمات"
EMPTY_LISTS = (
    *("productCategoryIDs", "companyContectIDs", "failureReasonIDs", "successReasonIDs", "companyPartnerIDs"),
    *("personPartnerIDs", "customFields", "relatedNegotiationIDs"),
)


def marker(invoice_kind: str, invoice_key: UUID, item_key: UUID) -> str:
    """What we write into the description so that the deal can be found again."""
    return f"[src:{invoice_kind}:{invoice_key}:{item_key}]"


def deal_title(item: str, invoice: str) -> str:
    """What a deal is called, in Persian: sales opportunity for a product from an invoice."""
    return f"فرصت فروش برای محصول: {item or UNKNOWN_ITEM} - از فاکتور شماره: {invoice or UNKNOWN_INVOICE}"


def deal_payload(*, title: str, amount: int, level: int, person: int, product: int, owner: int, mark: str) -> Payload:
    """The body of `Negotiation/addNew`."""
    return {
        "title": title,
        "amount": amount,
        "funnelLevelID": level,
        "personContectIDs": [person],
        "productIDs": [product],
        "ownerUserID": owner,
        "description": mark,
        **{name: [] for name in EMPTY_LISTS},
    }
