"""A member as Asanito's contact: the three payloads. Pure.

Source: domain page 2.3 (fields, custom fields, dates) and 7.7 (what is required).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.asanito.formats.jalali import NotADateError, gregorian_text, read_date
from services.asanito.formats.persian import ascii_digits, normalise_mobile, normalise_national_code, tidy
from services.asanito.sync.rules import Warned, fail

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from services.asanito.ports import Payload

EMPTY_LISTS = (
    *("relatedCompanies", "emails", "webs", "faxes", "companyPartners", "personPartners", "workFieldIDs"),
    "interactionTypeIDs",
)
# Key → Asanito's own name of the field, the source column, and the kind of its value.
CUSTOM_FIELDS = (
    ("MembershipCode", "کد عضویت", "MembershipCode", "long"),
    ("FinancialAccountCode", "شناسه حساب مالی", "FinancialAccountCode", "long"),
    ("DebtorAmount", "مانده حساب در ورزش سافت", "DebtorAmount", "long"),
    ("wallet", "موجودی کیف پول در ورزش سافت", "wallet", "long"),
    ("VSdescription", "توضیحات ورزش سافت", "Description", "text"),
    ("jobpost", "عنوان شغلی", "jobpost", "text"),
    ("registerationDate", "تاریخ عضویت", "PersianMembershipDate", "date"),
)
MONEY_FIELDS = frozenset({"DebtorAmount", "wallet"})


@dataclass(frozen=True, slots=True)
class Contact:
    """A member, read: what `create`, `edit` and custom fields are made of."""

    name: str
    last_name: str
    gender_id: int
    mobile: str | None
    phones: list[str]
    address: str
    birth_date: date | None
    national_code: str
    acquaintance_id: int | None
    custom_fields: list[Payload]
    warnings: tuple[Warned, ...]


def read_contact(
    row: dict[str, Any],
    *,
    gender: Callable[[Any], int],
    acquaintance: Callable[[str], int | None],
    rial_factor: int = 1,
) -> Contact:
    """A member's row as a contact.

    Args:
        gender: Asanito's id of a source gender; raises `NotSent` when it is not mapped.
        acquaintance: Asanito's id of a recognition method; None when it is not mapped.

    Raises:
        NotSent: `invalid_data`, there is no last name; `mapping_missing`.
    """
    last_name = tidy(row["lastname"])
    if not last_name:
        raise fail("invalid_data", "The member has no last name.", column="lastname")
    warnings: list[Warned] = []
    birth_date = _date(row, "Birthday", warnings)
    mobile = normalise_mobile(row["MobilePhoneNumber1"])
    typed = tidy(row["MobilePhoneNumber1"])
    phones = [ascii_digits(tidy(row["TelNumber1"]))] if tidy(row["TelNumber1"]) else []
    if typed and mobile is None:  # a landline in the mobile's field is still a phone
        phones.append(ascii_digits(typed))
    method = tidy(row["RecognitionMethods"])
    acquaintance_id = acquaintance(method) if method else None
    if method and acquaintance_id is None:
        warnings.append(Warned("recognition_unmapped", f"The recognition method {method!r} has no mapping: left out."))
    code = tidy(row["CodeMelli"])
    return Contact(
        name=tidy(row["name"]),
        last_name=last_name,
        gender_id=gender(row["gender"]),
        mobile=mobile,
        phones=phones,
        address=tidy(row["Address1"]),
        birth_date=birth_date,
        national_code=normalise_national_code(code) or ascii_digits(code),
        acquaintance_id=acquaintance_id,
        custom_fields=custom_fields(row, warnings, rial_factor),
        warnings=tuple(warnings),
    )


def create_payload(contact: Contact, *, owner: int, city: int | None) -> Payload:
    """The body of `Person/addLean`."""
    return {
        "name": contact.name,
        "lastName": contact.last_name,
        "genderID": contact.gender_id,
        "mobiles": [contact.mobile] if contact.mobile else [],
        "phones": contact.phones,
        "addresses": [{"cityID": city, "address": contact.address}] if contact.address and city else [],
        "birthDate": gregorian_text(contact.birth_date),
        "ownerUserID": owner,
        "nationalCode": contact.national_code,
        **({"acquaintionTypeID": contact.acquaintance_id} if contact.acquaintance_id else {}),
        "isMinData": False,
        "customFields": contact.custom_fields,
        **{name: [] for name in EMPTY_LISTS},
        "introducerName": "",
    }


def edit_payload(contact: Contact, *, asanito_id: int, owner: int) -> Payload:
    """The body of `Person/editLean`; phones can't be changed by it."""
    return {
        "id": asanito_id,
        "name": contact.name,
        "lastName": contact.last_name,
        "genderID": contact.gender_id,
        "ownerUserID": owner,
        "nationalCode": contact.national_code,
        "birthDate": gregorian_text(contact.birth_date),
        **({"acquaintionTypeID": contact.acquaintance_id} if contact.acquaintance_id else {}),
        "contactLabelPriority": 1,
        "supportLevelID": None,
        "interactionTypeIDs": [],
        "workFieldIDs": [],
        "introducerName": "",
    }


def custom_fields_payload(contact: Contact, asanito_id: int) -> Payload:
    """The body of `CustomField/EditCustomFields`."""
    return {"entityId": asanito_id, "fieldType": 1, "place": 4, "customFieldDtos": contact.custom_fields}


def custom_fields(row: dict[str, Any], warnings: list[Warned], rial_factor: int) -> list[Payload]:
    """The custom fields that have a value: numbers when not null (0 is one), texts and dates when not empty."""
    fields: list[Payload] = []
    for key, name, column, kind in CUSTOM_FIELDS:
        common = {"customName": name, "key": key, "discriminator": "PersonCustomField", "delete": False}
        if kind == "long" and row[column] is not None:
            value = int(row[column]) * (rial_factor if key in MONEY_FIELDS else 1)
            typed: Payload = {"$type": "LongCustomField", "customFieldType": "LongCustomField", "longValue": value}
        elif kind == "text" and tidy(row[column]):
            typed = {
                "$type": "StringFieldSetting",
                "customFieldType": "StringCustomField",
                "stringValue": tidy(row[column]),
            }
        elif kind == "date" and (day := _date(row, column, warnings)):
            typed = {
                "$type": "DateTimeFieldSetting",
                "customFieldType": "DateTimeCustomField",
                "dateValue": gregorian_text(day),
            }
        else:
            continue
        fields.append({**typed, **common})
    return fields


def _date(row: dict[str, Any], column: str, warnings: list[Warned]) -> date | None:
    try:
        return read_date(row[column])
    except NotADateError:
        warnings.append(Warned("bad_date", f"{column} is no date: left out.", {"column": column}))
        return None
