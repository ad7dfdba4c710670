"""Types what is expected into the sandbox's Asanito: what a service that makes no mistake would do.

It takes persons, products and whose document is whose from the accountant, but lines and amounts from the source's
rows: the totals of both sides are worked out apart from each other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import jdatetime

from sandbox.asanito.words import in_words
from tests.sandbox.asanito.client import Client, custom, person, product


class Clerk:
    """Enters what is not there yet, and edits what is."""

    def __init__(self, gym: Any, client: Client) -> None:
        self.gym, self.client = gym, client
        self.persons: dict[str, int] = {}
        self.products: dict[str, int] = {}
        self.categories: dict[str, int] = {}
        self.entered: set[str] = set()

    def enter_all(self) -> None:
        expected = self.gym.expected()
        for key, contact in expected["contacts"].items():
            self.contact(key, contact_body(contact))
        for key, item in expected["products"].items():
            body = product(self.category(item["category"]), title=item["title"], type=item["type"])
            self.product(key, body | {"unitID": item["unit"], "sellPrice": item["price"]})
        self.invoices(expected, self.gym.mappings())
        for title, income in expected["incomes"].items():
            if title not in self.entered:
                self.entered.add(title)
                self.income(title, income)

    def contact(self, key: str, body: dict[str, Any]) -> None:
        if key not in self.persons:
            self.persons[key] = self.client.made("Person/addLean", body)["id"]
            return
        edited = self.put("Person/editLean", {**body, "id": self.persons[key]})
        for address, wanted in zip(edited["addresses"], body["addresses"], strict=True):
            self.put("Address/edit", {"id": address["id"], **wanted})
        fields = {"entityId": self.persons[key], "fieldType": 1, "place": 4, "customFieldDtos": body["customFields"]}
        self.put("CustomField/EditCustomFields", fields)

    def product(self, key: str, body: dict[str, Any]) -> None:
        if key in self.products:
            self.put("Product/edit", {**body, "id": self.products[key]})
        else:
            self.products[key] = self.client.made("Product/addNew", body)["id"]

    def put(self, operation: str, body: dict[str, Any]) -> Any:
        answer = self.client.call("PUT", operation, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def invoices(self, expected: Any, maps: Any) -> None:
        lines: dict[str, list[dict[str, Any]]] = {}
        for row in self.gym.rows("invoiceItem"):
            if not row["isDelete"]:
                lines.setdefault(row["invoiceVID"], []).append(row)
        for row in self.gym.rows("invoiceHed"):
            self.invoice(expected, maps, row["Title"], row, lines.get(row["invoiceVID"], []))
        for row in self.gym.rows("ServiceInvoice"):
            line = {**row, "Title": row["ServiceTitle"], "DiscountAmount": row["discount"]}
            self.invoice(expected, maps, row["title"], {**row, "AdditionDeductionAmount": None}, [line])

    def category(self, title: str) -> int:
        if title not in self.categories:
            self.categories[title] = self.client.made("ProductCategory/addNew", {"title": title})["id"]
        return self.categories[title]

    def invoice(self, expected: Any, maps: Any, title: str, row: dict[str, Any], lines: list[dict[str, Any]]) -> None:
        bill = expected["invoices"].get(title)
        if bill is None or title in self.entered:
            return
        self.entered.add(title)
        issued = self.client.made(
            "Invoice/issue",
            {
                "title": title,
                "organizationID": bill["organization"],
                "invoiceType": 1,
                "date": jalali(datetime.fromisoformat(bill["date"])),
                "personID": self.persons[bill["person"]],
                "personIDs": [],
                "companyIDs": [],
                "items": [self.line(maps, line, index) for index, line in enumerate(lines, 1)],
                "additionDeductions": charges(row),
                "onlinePayment": False,
                "ownerUserID": bill["owner"],
                "bankAccountID": 34,
            },
        )
        body = {"invoiceIDs": [issued["id"]], "status": 3, "sellDate": jalali(datetime.fromisoformat(bill["date"]))}
        self.put("Invoice/groupUpdateStatus", body)

    def line(self, maps: Any, row: dict[str, Any], index: int) -> dict[str, Any]:
        discount = int(float(row["DiscountAmount"] or 0))
        return {
            "productID": self.products[row["ProducVtID"]],
            "title": row["Title"],
            "count": row["count"],
            "unitPrice": int(float(row["UnitPrice"])),
            "productUnitID": maps["ProductUnit"][str(row["ProductUnitVID"])],
            "hostWarehouseID": maps["Defaults"]["HostWarehouseID"],
            "productType": maps["ProductType"][str(row["ProductType"])],
            "index": index,
            "discountType": not discount,
            "discountAmount": str(discount),
            "discountPercent": "0",
        }

    def income(self, title: str, income: dict[str, Any]) -> None:
        payment = {"description": f"{title} [src]", "date": jalali(datetime.fromisoformat(income["date"]))}
        payment |= {"amount": income["amount"], "accountID": income["account"]}
        payment["amountInWord"] = in_words(income["amount"])
        body = {"personID": self.persons[income["person"]], "description": title, "paymentType": True}
        answer = self.client.made("OperatingIncome/addNew", {**body, "walletCharge": True, "cashPayments": [payment]})
        assert answer["error"] is None


def contact_body(contact: dict[str, Any]) -> dict[str, Any]:
    fields = [custom(key, value) for key, value in contact["custom"].items() if key != "registerationDate"]
    if joined := contact["custom"].get("registerationDate"):
        kind = {"$type": "DateTimeFieldSetting", "customFieldType": "DateTimeCustomField"}
        common = {"customName": "تاریخ عضویت", "key": "registerationDate", "discriminator": "PersonCustomField"}
        fields.append({**kind, **common, "dateValue": f"{joined}T00:00:00", "delete": False})
    return person(
        name=contact["name"],
        lastName=contact["last_name"],
        genderID=contact["gender"],
        mobiles=[contact["mobile"]] if contact["mobile"] else [],
        addresses=[{"cityID": 82, "address": contact["address"]}] if contact["address"] else [],
        birthDate=f"{contact['birth_date']}T00:00:00" if contact["birth_date"] else None,
        nationalCode=contact["national_code"],
        acquaintionTypeID=contact["method"],
        customFields=fields,
    )


def charges(row: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if row["TaxPercent"] and float(row["TaxPercent"]):
        found.append({"title": "مالیات", "type": 3, "calcType": True, "percent": float(row["TaxPercent"])})
    amount = int(float(row["AdditionDeductionAmount"] or 0))
    if amount:
        title, kind = ("اضافات", 1) if amount > 0 else ("کسورات", 2)
        found.append({"title": title, "type": kind, "calcType": False, "amount": abs(amount)})
    return found


def jalali(moment: datetime) -> str:
    when = jdatetime.datetime.fromgregorian(datetime=moment)
    return f"{when.month:02d}_{when.day:02d}_{when.year:04d} {when.hour:02d}:{when.minute:02d}"
