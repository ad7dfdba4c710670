"""Operating incomes (payments that came in), deals, funnels and finance figures of the sandbox's Asanito."""

from __future__ import annotations

from typing import Any

from sandbox.asanito.books import CONFIRMED, Deal, Income, Invoice, Person, Product
from sandbox.asanito.calls import Call, endpoint, newest_first, page
from sandbox.asanito.reading import Body, Refused, unknown
from sandbox.asanito.words import in_words, same_words


def shown_income(call: Call, income: Income) -> dict[str, Any]:
    person = call.books.get(Person, income.person_id)
    return {
        "id": income.id,
        "code": str(income.id),
        "contact": {"personId": income.person_id}
        | {"title": f"{person.name} {person.last_name}".strip() if person else None},
        "paymentType": income.payment == "cash",
        "amount": income.amount,
        "account": {"id": income.account_id, "title": call.choices.accounts[income.account_id], "bankLogoUrl": None},
        "date": f"{income.date}:00",
        "checkStatus": None if income.payment == "cash" else 1,
        "dueDate": f"{income.due_date}:00" if income.due_date else None,
        "description": income.description,
        "paymentDescription": income.payment_description,
    }


@endpoint("POST", "OperatingIncome/addNew")
def add_income(call: Call) -> Any:
    """What is wrong with the business is told with 200 and `error`; what cannot be read with 400."""
    body = call.body
    body.flag("paymentType")
    wallet = body.flag("walletCharge")
    person = body.integer("personID")
    payments = [_payment(call, item, "cash") for item in body.bodies("cashPayments")]
    payments += [_payment(call, item, "cheque") for item in body.bodies("checkPayments")]
    description = body.text("description")
    trouble = _trouble(call, person, payments)
    if trouble:
        return {"addedIncomes": [], "error": trouble}
    added = []
    for payment in payments:
        income = Income(call.books.next_id("Income"), person, description, **payment, charges_wallet=wallet)
        call.books.put(income)
        call.did("income added", income.id)
        added.append(shown_income(call, income))
    return {"addedIncomes": added, "error": None}


@endpoint("POST", "OperatingIncome/getList")
def list_incomes(call: Call) -> Any:
    """Proposed: nobody has seen it at the real one."""
    value = call.body.text("searchValue").casefold()
    found = [
        one
        for one in call.books.all(Income)
        if value in one.description.casefold() or value in one.payment_description.casefold()
    ]
    return page(call, [shown_income(call, one) for one in newest_first(call, found)])


@endpoint("POST", "Negotiation/addNew")
def add_deal(call: Call) -> Any:
    """Answers a bare number."""
    body = call.body
    persons, products = body.integers("personContectIDs"), body.integers("productIDs")
    for person in persons:
        if call.books.get(Person, person) is None:
            raise unknown("شخص", person)
    for product in products:
        if call.books.get(Product, product) is None:
            raise unknown("محصول", product)
    deal = Deal(
        id=0,
        title=body.text("title", required=True),
        amount=body.money("amount"),
        funnel_level_id=body.one_of("funnelLevelID", call.choices.levels, "مرحله قیف"),
        person_ids=persons,
        product_ids=products,
        owner_user_id=body.one_of("ownerUserID", call.choices.users, "کاربر"),
        description=body.text("description"),
    )
    deal.id = call.books.next_id("Deal")
    call.books.put(deal)
    call.did("deal added", deal.id)
    return deal.id


@endpoint("POST", "Negotiation/getList")
def list_deals(call: Call) -> Any:
    """Proposed: nobody has seen it at the real one."""
    value = call.body.text("searchValue").casefold()
    found = [one for one in call.books.all(Deal) if value in f"{one.title}\n{one.description}".casefold()]
    shown = [
        {"id": one.id, "title": one.title, "amount": one.amount, "funnelLevelId": one.funnel_level_id}
        | {"description": one.description, "personContectIDs": one.person_ids, "productIDs": one.product_ids}
        for one in newest_first(call, found)
    ]
    return page(call, shown)


@endpoint("GET", "FunnelLevel/getListWith")
def list_levels(call: Call) -> Any:
    funnel = call.asked("funnelID")
    if funnel not in call.choices.funnels:
        raise Refused(404, {"message": "قیف یافت نشد"})
    return [{"id": one, "title": title} for one, (of, title) in call.choices.levels.items() if of == funnel]


@endpoint("GET", "Finance/getFinanceStatistics")
def finance_statistics(call: Call) -> Any:
    person = call.asked("personID")
    sold = [one for one in call.books.all(Invoice) if one.status == CONFIRMED and person in {0, one.person_id}]
    return {"sellAmount": sum(one.total for one in sold), "buyAmount": 0}


def _payment(call: Call, item: Body, kind: str) -> dict[str, Any]:
    amount = item.money("amount", positive=True)
    words = item.text("amountInWord", required=True)
    if call.habits.strict_words and not same_words(words, amount):
        raise item.refuse("amountInWord", f"مبلغ به حروف باید «{in_words(amount)}» باشد")
    payment = {
        "amount": amount,
        "account_id": item.integer("accountID"),
        "payment": kind,
        "payment_description": item.text("description"),
    }
    if kind == "cash":
        return {**payment, "date": item.jalali("date", latest=call.latest)}
    due_date = item.jalali("dueDate", latest=None)
    return {**payment, "date": item.jalali("reciptDate", latest=call.latest), "due_date": due_date}


def _trouble(call: Call, person: int, payments: list[dict[str, Any]]) -> str:
    if call.books.get(Person, person) is None:
        return f"شخص با شناسه {person} معتبر نیست"
    if not payments:
        return "هیچ پرداختی ثبت نشده است"
    for payment in payments:
        if payment["account_id"] not in call.choices.accounts:
            return f"حساب {payment['account_id']} معتبر نیست"
    return ""
