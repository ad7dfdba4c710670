"""Deals: their titles and payload, the marker by which one is found again, what a person may do with one. Pure.

Source: domain page 2.6, 2.8.
"""

from __future__ import annotations

import json
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from services.asanito.sync.rules import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from services.asanito.ports import Payload

DIGITS_OF_A_VERSION = 17
"""As many as an ETag holds."""


class DealAction(StrEnum):
    """A button of a deal."""

    RETRY = "retry"
    CHECK = "check"
    BIND = "bind"
    CONFIRM_ABSENT = "confirm_absent"


ALLOWED: dict[DealAction, frozenset[State]] = {
    DealAction.RETRY: frozenset({State.FAILED, State.SKIPPED, State.PENDING}),
    DealAction.CHECK: frozenset({State.UNCERTAIN}),
    DealAction.BIND: frozenset({State.UNCERTAIN}),
    DealAction.CONFIRM_ABSENT: frozenset({State.UNCERTAIN}),
}


UNKNOWN_ITEM = "نامشخص"
UNKNOWN_INVOICE = "خدمات"
EMPTY_LISTS = (
    *("productCategoryIDs", "companyContectIDs", "failureReasonIDs", "successReasonIDs", "companyPartnerIDs"),
    *("personPartnerIDs", "customFields", "relatedNegotiationIDs"),
)


def actions_for(state: State) -> list[DealAction]:
    """The buttons of a deal, in the order in which they are shown."""
    return [action for action, states in ALLOWED.items() if state in states]


def version_of(triggers: Iterable[Mapping[str, Any]]) -> int:
    """The version of a list of trigger products: what it says, so that whoever changed it, a run too, is noticed."""
    listed = sorted((dict(one) for one in triggers), key=lambda one: int(one["asanito_product_id"]))
    said = json.dumps(listed, sort_keys=True, default=str).encode()
    modulus: int = 10**DIGITS_OF_A_VERSION
    return int.from_bytes(blake2b(said, digest_size=8).digest(), "big") % modulus


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
