"""A client of the sandbox's Asanito that is not ours: httpx, with payloads as the original application sent them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from tests.support.asanito_sandbox import AsanitoSandbox


class Client(httpx.Client):
    """Logs in as the first tenant."""

    def __init__(self, gym: AsanitoSandbox) -> None:
        super().__init__(base_url=gym.api_url, timeout=5)

    def log_in(self, gym: AsanitoSandbox) -> None:
        body = {"mobile": gym.mobile, "password": gym.password, "customerId": gym.customer_id}
        answer = self.post("/api/auth/Account/LoginWithPhoneNumber", json=body)
        self.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method: str, operation: str, body: Any = None, **query: Any) -> httpx.Response:
        return self.request(method, f"/api/asanito/{operation}", json=body, params=query)

    def made(self, operation: str, body: Any) -> Any:
        answer = self.call("POST", operation, body)
        assert answer.status_code == 200, answer.text
        return answer.json()


def person(**changes: Any) -> dict[str, Any]:
    return {
        "name": "مریم",
        "lastName": "احمدی",
        "genderID": 2,
        "mobiles": ["09120000001"],
        "phones": [],
        "addresses": [{"cityID": 82, "address": "تهران، خیابان انقلاب"}],
        "birthDate": "1996-06-04T00:00:00",
        "ownerUserID": 501,
        "nationalCode": "0499370899",
        "acquaintionTypeID": 21,
        "isMinData": False,
        "customFields": [custom("MembershipCode", 7)],
        **changes,
    }


def custom(key: str, value: Any) -> dict[str, Any]:
    kinds = {
        int: ("LongCustomField", "LongCustomField", "longValue"),
        str: ("StringFieldSetting", "StringCustomField", "stringValue"),
    }
    kind, field_type, name = kinds[type(value)]
    return {
        "$type": kind,
        "customFieldType": field_type,
        name: value,
        "customName": "کد عضویت",
        "key": key,
        "discriminator": "PersonCustomField",
        "delete": False,
    }


def product(category: int, **changes: Any) -> dict[str, Any]:
    prices = {"sellPrice": 1_000_000, "initialBuyPrice": 0, "endPrice": 0}
    return {"title": "دوره یوگا", "categoryID": category, "type": 3, "unitID": 2, "abbreviationCode": "17"} | {
        **prices,
        **changes,
    }


def line(product_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "productID": product_id,
        "title": "دوره یوگا",
        "count": 2,
        "unitPrice": 1_000_000,
        "productUnitID": 2,
        "hostWarehouseID": 2082,
        "productType": 3,
        "index": 1,
        "discountType": True,
        "discountAmount": 0,
        "discountPercent": "0",
        **changes,
    }


def invoice(person_id: int, *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "title": "S-1",
        "organizationID": 11,
        "invoiceType": 1,
        "date": "12_30_1403 18:05",
        "personID": person_id,
        "personIDs": [],
        "companyIDs": [],
        "items": list(lines),
        "additionDeductions": [{"title": "مالیات", "type": 3, "calcType": True, "percent": 9.5}],
        "onlinePayment": False,
        "ownerUserID": 502,
        "bankAccountID": 34,
        **changes,
    }


def income(person_id: int, amount: int = 12_345, words: str = "دوازده هزار و سیصد و چهل و پنج", **changes: Any) -> Any:
    payment = {"description": "نقد", "date": "01_01_1404 00:00", "amount": amount, "accountID": 1}
    return {
        "personID": person_id,
        "description": "دریافت شماره 1",
        "paymentType": True,
        "walletCharge": True,
        "invoices": [],
        "cashPayments": [{**payment, "amountInWord": words, **changes}],
        "checkPayments": [],
    }
