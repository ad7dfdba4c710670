"""Invoices of the sandbox's Asanito: issue (draft), edit while a draft, confirm (3) or cancel (6).

Percentages of additions, deductions and tax are of all lines after their discounts, halves of a Rial rounded up.
"""

from __future__ import annotations

from typing import Any

from sandbox.asanito.books import ADDITION, CANCELLED, CONFIRMED, DEDUCTION, DRAFT, TAX, Charge, Invoice, Line, Person
from sandbox.asanito.books import Product as SoldProduct
from sandbox.asanito.calls import Call, endpoint, newest_first, page
from sandbox.asanito.reading import Body, Refused, unknown
from sandbox.asanito.tenants import PRODUCT_TYPES

SALE = 1
STATUSES = {DRAFT: "پیش‌نویس", CONFIRMED: "تایید شده", CANCELLED: "باطل شده"}
# From a status to those that may follow; the same one again changes nothing and is no error.
MOVES = {DRAFT: {CONFIRMED, CANCELLED}, CONFIRMED: {CANCELLED}, CANCELLED: set[int]()}


def shown(call: Call, invoice: Invoice) -> dict[str, Any]:
    person = call.books.get(Person, invoice.person_id)
    organization = call.choices.organizations[invoice.organization_id]
    return {
        "id": invoice.id,
        "title": invoice.title,
        "number": {"series": "A", "number": invoice.id, "putSeriesAfterNumber": False},
        "organization": {"id": invoice.organization_id, "title": organization},
        "contact": {"personId": invoice.person_id, "companyId": None, "userId": None}
        | {"title": f"{person.name} {person.last_name}".strip() if person else None},
        "date": f"{invoice.date}:00",
        "dueDate": None,
        "totalDiscountedAmount": invoice.net,
        "totalTax": invoice.tax,
        "remainedAmount": invoice.total,
        "status": {"id": invoice.status, "title": STATUSES[invoice.status]},
        "editable": invoice.status == DRAFT,
        "type": {"id": SALE, "title": "فروش"},
        "sellDate": f"{invoice.sell_date}:00" if invoice.sell_date else None,
        "ownerUserId": invoice.owner_user_id,
        "items": [
            {"id": line.id, "productId": line.product_id, "title": line.title, "index": line.index}
            | {"count": line.count, "unitPrice": line.unit_price}
            for line in invoice.lines
        ],
    }


@endpoint("GET", "InvoiceSetting/getByOrganizationID")
def invoice_setting(call: Call) -> Any:
    number = call.asked("organizationID")
    if number not in call.choices.organizations:
        raise Refused(404, {"message": "سازمان یافت نشد"})
    return {"organizationID": number, "defaultBankAccountID": call.choices.default_accounts[number]}


@endpoint("POST", "Invoice/issue")
def issue(call: Call) -> Any:
    body = call.body
    person = body.integer("personID")
    if call.books.get(Person, person) is None:
        raise unknown("شخص", person)
    if body.integers("personIDs") or body.integers("companyIDs"):
        raise body.refuse("personIDs", "باید خالی باشد")
    head = _head(call)
    lines = [_line(call, item) for item in body.bodies("items")]
    if not lines:
        raise body.refuse("items", "فاکتور بدون کالا ثبت نمی‌شود")
    invoice = Invoice(id=0, person_id=person, lines=lines, **head)
    _check_total(body, invoice)
    invoice.id = call.books.next_id("Invoice")
    for line in invoice.lines:
        line.id = call.books.next_id("Line")
    call.books.put(invoice)
    call.did("invoice issued", invoice.id)
    return shown(call, invoice)


@endpoint("PUT", "Invoice/edit")
def edit(call: Call) -> Any:
    body = call.body
    invoice = call.found(Invoice, body.integer("id"), "فاکتور")
    if invoice.status != DRAFT and not call.habits.edit_confirmed:
        raise Refused(409, {"message": "فاکتور قطعی شده است و قابل ویرایش نیست"})
    person = body.integer("personID")
    if call.books.get(Person, person) is None:
        raise unknown("شخص", person)
    changed = Invoice(id=invoice.id, person_id=person, status=invoice.status, **_head(call))
    changed.lines = _edited_lines(call, invoice)
    changed.sell_date = invoice.sell_date
    _check_total(body, changed)
    call.books.put(changed)
    call.did("invoice edited", invoice.id)
    return shown(call, changed)


@endpoint("PUT", "Invoice/groupUpdateStatus")
def update_status(call: Call) -> Any:
    body = call.body
    status = body.one_of("status", STATUSES, "وضعیت")
    sell_date = body.jalali("sellDate", latest=call.latest)
    numbers = body.integers("invoiceIDs")
    if not numbers:
        raise body.refuse("invoiceIDs", "این فیلد الزامی است")
    invoices = [call.found(Invoice, number, "فاکتور") for number in numbers]
    for invoice in invoices:
        if status != invoice.status and status not in MOVES[invoice.status]:
            raise Refused(409, {"message": f"تغییر وضعیت از «{STATUSES[invoice.status]}» مجاز نیست"})
    for invoice in invoices:
        if invoice.status != status:
            invoice.status, invoice.sell_date = status, sell_date
            call.books.put(invoice)
            call.did(f"invoice status {status}", invoice.id)
    return {"succeeded": True}


@endpoint("POST", "Invoice/getList")
def list_invoices(call: Call) -> Any:
    """Proposed: nobody has seen it at the real one."""
    value = call.body.text("searchValue").casefold()
    found = [one for one in call.books.all(Invoice) if value in one.title.casefold() or value == str(one.id)]
    return page(call, [shown(call, one) for one in newest_first(call, found)])


def _head(call: Call) -> dict[str, Any]:
    body, choices = call.body, call.choices
    if body.integer("invoiceType") != SALE:
        raise unknown("نوع فاکتور", body.raw("invoiceType"))
    body.flag("onlinePayment")
    return {
        "title": body.text("title", required=True, longest=400),
        "organization_id": body.one_of("organizationID", choices.organizations, "سازمان"),
        "date": body.jalali("date", latest=call.latest),
        "owner_user_id": body.one_of("ownerUserID", choices.users, "کاربر"),
        "bank_account_id": body.one_of("bankAccountID", choices.accounts, "حساب بانکی"),
        "charges": [_charge(item) for item in body.bodies("additionDeductions")],
    }


def _line(call: Call, item: Body) -> Line:
    product = item.integer("productID")
    if call.books.get(SoldProduct, product) is None:
        raise unknown("محصول", product)
    count = item.integer("count")
    if count <= 0:
        raise item.refuse("count", f"تعداد نامعتبر است: {count}")
    by_percent = item.flag("discountType")
    percent = item.percent("discountPercent")
    amount = item.money("discountAmount") if item.has("discountAmount") else 0
    if (by_percent and amount) or (not by_percent and float(percent)):
        raise item.refuse("discountType", "true تخفیف درصدی و false تخفیف مبلغی است")
    line = Line(
        id=0,
        product_id=product,
        title=item.text("title", required=True, longest=400),
        count=count,
        unit_price=item.money("unitPrice"),
        unit_id=item.one_of("productUnitID", call.choices.units, "واحد"),
        warehouse_id=item.one_of("hostWarehouseID", call.choices.warehouses, "انبار"),
        product_type=item.one_of("productType", PRODUCT_TYPES, "نوع محصول"),
        index=item.integer("index"),
        discount_percent=percent,
        discount_amount=amount,
    )
    if line.net < 0:
        raise item.refuse("discountAmount", "تخفیف بیشتر از مبلغ است")
    return line


def _charge(item: Body) -> Charge:
    kind = item.integer("type")
    if kind not in {ADDITION, DEDUCTION, TAX}:
        raise unknown("نوع اضافات و کسورات", kind)
    title = item.text("title", required=True)
    if item.flag("calcType"):
        return Charge(title, kind, percent=item.percent("percent"))
    return Charge(title, kind, amount=item.money("amount"))


def _check_total(body: Body, invoice: Invoice) -> None:
    if invoice.total < 0:
        raise body.refuse("additionDeductions", "جمع فاکتور منفی است")


def _edited_lines(call: Call, invoice: Invoice) -> list[Line]:
    """Lines by their id, or by their index where no id is given, as the one known client sends them."""
    body = call.body
    kept = {line.id: line for line in invoice.lines}
    for number in body.integers("DeletedItemIDs"):
        if kept.pop(number, None) is None:
            raise unknown("ردیف فاکتور", number)
    for item in body.bodies("EditedItems"):
        line = _line(call, item)
        given = item.optional_integer("id")
        if given is not None and given not in kept:
            raise unknown("ردیف فاکتور", given)
        same = [one.id for one in kept.values() if one.index == line.index]
        line.id = given or (same[0] if same else call.books.next_id("Line"))
        kept[line.id] = line
    for item in body.bodies("NewItems"):
        line = _line(call, item)
        line.id = call.books.next_id("Line")
        kept[line.id] = line
    if not kept:
        raise body.refuse("DeletedItemIDs", "فاکتور بدون کالا ثبت نمی‌شود")
    return sorted(kept.values(), key=lambda line: (line.index, line.id))
