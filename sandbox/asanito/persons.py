"""Persons (contacts) of the sandbox's Asanito: create, edit, search, addresses, custom fields, cities."""

from __future__ import annotations

from typing import Any

from sandbox.asanito.books import Person
from sandbox.asanito.calls import Call, endpoint, page
from sandbox.asanito.reading import Body, Refused, gregorian, unknown
from sandbox.asanito.tenants import CUSTOM_FIELDS, GENDERS

PERSON_PLACE, PERSON_FIELD = 4, 1
NOT_FOUND = "شخص مورد نظر یافت نشد"


def shown(call: Call, person: Person) -> dict[str, Any]:
    """A person as every endpoint answers it."""
    numbers = [(number, "mobile") for number in person.mobiles] + [(number, "phone") for number in person.phones]
    return {
        "id": person.id,
        "name": person.name,
        "lastName": person.last_name,
        "genderId": person.gender_id,
        "genderTitle": GENDERS[person.gender_id],
        "nationalCode": person.national_code,
        "birthDate": f"{person.birth_date}T00:00:00" if person.birth_date else None,
        "ownerUserId": person.owner_user_id,
        "acquaintionTypeId": person.acquaintion_type_id,
        "phoneNumbers": [
            {"id": place, "mobile": number if kind == "mobile" else None, "phone": number if kind == "phone" else None}
            | {"fax": None, "isDefault": place == 1, "type": kind, "deleted": False}
            for place, (number, kind) in enumerate(numbers, 1)
        ],
        "addresses": [_address(call, one) for one in person.addresses],
        "customFields": [
            {"key": key, "discriminator": "PersonCustomField", CUSTOM_FIELDS[key][2]: value}
            for key, value in person.custom.items()
        ],
        "jobPosition": None,
        "socials": [],
        "oldSystemID": None,
        "code": str(person.id),
        "deleted": False,
    }


def _address(call: Call, address: dict[str, Any]) -> dict[str, Any]:
    province = call.choices.cities[address["cityId"]][0]
    return {"id": address["id"], "cityId": address["cityId"], "provinceId": province, "address": address["address"]} | {
        "isDefault": address["isDefault"],
        "postalCode": None,
        "deleted": False,
        "description": None,
    }


@endpoint("GET", "User/getUserByToken")
def user_by_token(call: Call) -> Any:
    number = call.tenant.user_id
    return {"id": number, "name": call.choices.users[number], "mobile": call.tenant.account.mobile}


@endpoint("POST", "Person/addLean")
def add_person(call: Call) -> Any:
    body = call.body
    body.flag("isMinData")
    person = Person(id=0, **_core(call))
    person.mobiles, person.phones = body.texts("mobiles"), body.texts("phones")
    for number in person.mobiles:
        if not (number.isascii() and number.isdecimal() and len(number) == 11 and number.startswith("09")):  # noqa: PLR2004
            raise body.refuse("mobiles", f"شماره موبایل نامعتبر است: {number}")
    addresses = [_read_address(call, one) for one in body.bodies("addresses")]
    person.custom = _read_custom_fields(body, "customFields")
    person.id = call.books.next_id("Person")
    for address in addresses:
        _give_address(call, person, *address)
    call.books.put(person)
    call.did("person added", person.id)
    return shown(call, person)


@endpoint("PUT", "Person/editLean")
def edit_person(call: Call) -> Any:
    person = _existing(call, call.body.integer("id"))
    for name, value in _core(call).items():
        setattr(person, name, value)
    call.books.put(person)
    call.did("person edited", person.id)
    return shown(call, person)


@endpoint("DELETE", "Person/delete")
def delete_person(call: Call) -> Any:
    person = _existing(call, call.asked("ID"))
    person.deleted = True
    call.books.put(person)
    call.did("person deleted", person.id)
    return {}


@endpoint("POST", "Person/advancedSearch")
def search_persons(call: Call) -> Any:
    for name in ("acquaintionTypeIDs", "interactionIDs", "genderIDs"):
        call.body.text(name)
    value = " ".join(call.body.text("value").split()).casefold()
    found = [person for person in call.books.all(Person) if not value or _matches(person, value)]
    found.sort(key=lambda person: person.id, reverse=call.body.raw("orderType") is not True)
    return page(call, [shown(call, person) for person in found])


@endpoint("GET", "Person/getDetailedByID")
def person_detail(call: Call) -> Any:
    person = _existing(call, call.asked("ID"))
    return {**shown(call, person), "remainedAmount": call.books.remained(person.id)}


@endpoint("POST", "PersonAddress")
def add_address(call: Call) -> Any:
    person = _existing(call, call.body.integer("contactId"))
    city, text = _read_address(call, call.body)
    address = _give_address(call, person, city, text)
    call.books.put(person)
    call.did("address added", address["id"])
    return _address(call, address)


@endpoint("PUT", "Address/edit")
def edit_address(call: Call) -> Any:
    number = call.body.integer("id")
    city, text = _read_address(call, call.body)
    for person in call.books.all(Person):
        for address in person.addresses:
            if address["id"] == number:
                address.update(cityId=city, address=text)
                call.books.put(person)
                call.did("address edited", number)
                return _address(call, address)
    raise Refused(404, {"message": "آدرس یافت نشد"})


@endpoint("PUT", "CustomField/EditCustomFields")
def edit_custom_fields(call: Call) -> Any:
    person = _existing(call, call.body.integer("entityId"))
    if call.body.integer("fieldType") != PERSON_FIELD or call.body.integer("place") != PERSON_PLACE:
        raise call.body.refuse("place", "فیلدهای شخص fieldType 1 و place 4 دارند")
    person.custom.update(_read_custom_fields(call.body, "customFieldDtos"))
    call.books.put(person)
    call.did("custom fields edited", person.id)
    return {}


@endpoint("POST", "Province/getDropListWith")
def provinces(call: Call) -> Any:
    value = call.body.text("value")
    return [{"id": one, "title": title} for one, title in call.choices.provinces.items() if value in title]


@endpoint("POST", "City/getDropListWith")
def cities(call: Call) -> Any:
    province, value = call.asked("provinceID"), call.body.text("value")
    return [
        {"id": one, "title": title, "provinceId": of}
        for one, (of, title) in call.choices.cities.items()
        if of == province and value in title
    ]


def _existing(call: Call, number: int) -> Person:
    """Told by its text alone: the status is the same as for any bad request."""
    person = call.books.get(Person, number)
    if person is None:
        raise Refused(400, {"message": NOT_FOUND})
    return person


def _core(call: Call) -> dict[str, Any]:
    """What create and edit have in common."""
    body, choices = call.body, call.choices
    national_code = body.text("nationalCode")
    if national_code and not (national_code.isascii() and national_code.isdecimal() and len(national_code) == 10):  # noqa: PLR2004
        raise body.refuse("nationalCode", f"کد ملی باید ۱۰ رقم باشد: {national_code}")
    method = None
    if body.has("acquaintionTypeID"):
        method = body.one_of("acquaintionTypeID", choices.recognition_methods, "نحوه آشنایی")
    birth_date = body.birth_date("birthDate")
    if birth_date and birth_date > call.now.date().isoformat():
        raise body.refuse("birthDate", f"تاریخ تولد در آینده است: {birth_date}")
    return {
        "name": body.text("name", longest=400),
        "last_name": body.text("lastName", required=True, longest=400),
        "gender_id": body.one_of("genderID", GENDERS, "جنسیت"),
        "owner_user_id": body.one_of("ownerUserID", choices.users, "کاربر"),
        "national_code": national_code,
        "birth_date": birth_date,
        "acquaintion_type_id": method,
    }


def _read_address(call: Call, body: Body) -> tuple[int, str]:
    city = body.one_of("cityID", call.choices.cities, "شهر")
    return city, body.text("address", required=True)


def _give_address(call: Call, person: Person, city: int, text: str) -> dict[str, Any]:
    number = call.books.next_id("Address")
    address = {"id": number, "cityId": city, "address": text, "isDefault": not person.addresses}
    person.addresses.append(address)
    return address


def _read_custom_fields(body: Body, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in body.bodies(name):
        key = item.text("key", required=True)
        if key not in CUSTOM_FIELDS:
            raise unknown("فیلد سفارشی", key)
        kind, field_type, value_name = CUSTOM_FIELDS[key]
        if kind not in str(item.raw("$type")) or item.raw("customFieldType") != field_type:
            raise item.refuse("$type", f"نوع فیلد {key} باید {kind} باشد")
        if item.raw("discriminator") != "PersonCustomField" or item.flag("delete"):
            raise item.refuse("discriminator", "باید PersonCustomField باشد")
        item.text("customName", required=True)
        if value_name == "longValue":
            found[key] = item.integer(value_name)
        elif value_name == "dateValue":
            found[key] = gregorian(item, value_name)
        else:
            found[key] = item.text(value_name, required=True)
    return found


def _matches(person: Person, value: str) -> bool:
    texts = [f"{person.name} {person.last_name}", person.national_code, *person.mobiles, *person.phones]
    texts += [str(one) for one in person.custom.values()]
    return any(value in text.casefold() for text in texts)
