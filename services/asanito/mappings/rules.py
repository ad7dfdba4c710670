"""The types of mappings, and looking one up. Pure.

Source: domain page 1.5. Keys are compared the way people write: letters, digits, case and GUID spelling do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from services.asanito.formats.persian import comparison_key
from services.asanito.sync.rules import skip

if TYPE_CHECKING:
    from collections.abc import Mapping


class MappingType(StrEnum):
    """What is translated; the values are those of the old application."""

    GENDER = "Gender"
    PRODUCT_TYPE = "ProductType"
    ORGANIZATION = "Organization"
    CREATOR_USER = "CreatorUser"
    PRODUCT_UNIT = "ProductUnit"
    RECOGNITION_METHODS = "RecognitionMethods"
    RECEIPT_ACCOUNT = "ReceiptAccount"


@dataclass(frozen=True, slots=True)
class TypeRule:
    """One type of mapping.

    Args:
        discovered_in: (source table, column) where its keys are found.
        fixed: keys that are known beforehand, with their names.
        defaults: what holds where nobody saved anything else; facts of Asanito, not of a tenant.
        is_optional: a missing one is a warning, and the field is left out.
    """

    discovered_in: tuple[tuple[str, str], ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, int] = field(default_factory=dict)
    is_optional: bool = False


TYPES: dict[MappingType, TypeRule] = {
    MappingType.GENDER: TypeRule(fixed={"0": "men", "1": "women"}, defaults={"0": 1, "1": 2}),
    MappingType.PRODUCT_TYPE: TypeRule(fixed={"1": "goods", "2": "service"}, defaults={"1": 1, "2": 3}),
    MappingType.ORGANIZATION: TypeRule(
        discovered_in=(("invoiceHed", "OrganizationID"), ("ServiceInvoice", "OrganizationID"))
    ),
    MappingType.CREATOR_USER: TypeRule(
        discovered_in=(("invoiceHed", "CreatorUserVID"), ("ServiceInvoice", "CreatorUser"))
    ),
    MappingType.PRODUCT_UNIT: TypeRule(
        discovered_in=(("invoiceItem", "ProductUnitVID"), ("ServiceInvoice", "ProductUnitVID"), ("service", "unitref"))
    ),
    MappingType.RECOGNITION_METHODS: TypeRule(discovered_in=(("membership", "RecognitionMethods"),), is_optional=True),
    MappingType.RECEIPT_ACCOUNT: TypeRule(
        discovered_in=(("receipt", "BankAccount"), ("receipt", "BankName"), ("receipt", "ReceiveType"))
    ),
}


@dataclass(frozen=True, slots=True)
class MappingTable:
    """All mappings, as one run sees them: type → comparison key → Asanito's id."""

    ids: Mapping[MappingType, Mapping[str, int]]

    def find(self, kind: MappingType, source_id: object) -> int | None:
        """Asanito's id of a source value; None when nobody has mapped it."""
        key = comparison_key(str(source_id)) if source_id is not None else ""
        found = self.ids.get(kind, {}).get(key)
        return TYPES[kind].defaults.get(key) if found is None else found

    def get(self, kind: MappingType, source_id: object) -> int:
        """Asanito's id of a source value.

        Raises:
            NotSent: `mapping_missing`: skipped; heals once somebody saves the mapping.
        """
        found = self.find(kind, source_id)
        if found is None:
            shown = "(empty)" if source_id in (None, "") else str(source_id)
            raise skip(
                "mapping_missing",
                f"{kind} {shown} has no mapping yet.",
                map_type=kind.value,
                source_id=str(source_id) if source_id is not None else "",
            )
        return found
