"""The sandbox's Asanito by a client that is not ours: what it takes, what it refuses, what its books say afterwards."""

from __future__ import annotations

import pytest

from tests.sandbox.asanito.client import Client, custom, income, invoice, line, person, product

pytestmark = pytest.mark.servers


@pytest.fixture
def client(gym):
    with Client(gym) as logged_in:
        logged_in.log_in(gym)
        yield logged_in


@pytest.fixture
def sold(client):
    """A contact and a product: ids."""
    category = client.made("ProductCategory/addNew", {"title": "کلاس‌ها", "parentID": 0})["id"]
    return client.made("Person/addLean", person())["id"], client.made("Product/addNew", product(category))["id"]


def test_money_adds_up_from_invoice_to_wallet(gym, client, sold):
    somebody, thing = sold
    issued = client.made("Invoice/issue", invoice(somebody, line(thing)))
    assert (issued["totalDiscountedAmount"], issued["totalTax"], issued["remainedAmount"]) == (2000000, 190000, 2190000)
    assert issued["status"]["id"] == 1
    assert gym.books()["wallets"][str(somebody)] == 0
    assert client.call("GET", "Person/getDetailedByID", ID=somebody).json()["remainedAmount"] == 0
    confirm = {"invoiceIDs": [issued["id"]], "status": 3, "sellDate": "12_30_1403 18:05"}
    assert client.call("PUT", "Invoice/groupUpdateStatus", confirm).status_code == 200
    added = client.made("OperatingIncome/addNew", income(somebody))
    assert added["error"] is None
    assert gym.books()["wallets"][str(somebody)] == 2190000 - 12345
    detail = client.call("GET", "Person/getDetailedByID", ID=somebody).json()
    assert detail["remainedAmount"] == 2190000 - 12345


def test_names_and_routes_are_found_in_any_case(client):
    body = {name.upper(): value for name, value in person().items()}
    assert client.post("/API/Asanito/PERSON/addlean", json=body).json()["lastName"] == "احمدی"


def test_equal_records_are_taken_twice_without_a_word(gym, client):
    first, second = (client.made("Person/addLean", person())["id"] for _ in range(2))
    assert second == first + 1
    assert len(gym.books()["contacts"]) == 2


def test_a_number_typed_anywhere_is_found_again(client):
    number = client.made("Person/addLean", person())["id"]
    client.made("Person/addLean", person(mobiles=["09120000002"], nationalCode="0790419904", customFields=[]))
    for value in ("09120000001", "0499370899", "7"):
        search = {"acquaintionTypeIDs": "", "interactionIDs": "", "genderIDs": "", "orderType": False}
        found = client.made("Person/advancedSearch", {**search, "value": value, "skip": 0, "take": 10})
        assert number in [one["id"] for one in found["resultList"]]
        assert found["queriedCnt"] == len(found["resultList"])


@pytest.mark.parametrize(
    "changes",
    [
        {"genderID": 9},
        {"ownerUserID": 1},
        {"acquaintionTypeID": 99},
        {"addresses": [{"cityID": 1, "address": "x"}]},
        {"birthDate": "1375-03-15T00:00:00"},
        {"birthDate": "1996-06-04"},
        {"birthDate": "2090-01-01T00:00:00"},
        {"lastName": ""},
        {"nationalCode": "499370899"},
        {"mobiles": ["+989120000001"]},
        {"customFields": [custom("Nonsense", 1)]},
        {"customFields": [{**custom("MembershipCode", 1), "$type": "StringFieldSetting"}]},
    ],
    ids=str,
)
def test_a_person_with_something_wrong_is_refused(gym, client, changes):
    assert client.call("POST", "Person/addLean", person(**changes)).status_code == 400
    assert gym.books()["contacts"] == []


@pytest.mark.parametrize(
    ("head", "item"),
    [
        ({"date": "1403_12_30 18:05"}, {}),
        ({"date": "30_12_1403 18:05"}, {}),
        ({"date": "03_20_2025 18:05"}, {}),
        ({"date": "2025-03-20T18:05:00"}, {}),
        ({"date": "12_30_1402 00:00"}, {}),
        ({"date": "01_01_1450 00:00"}, {}),
        ({"organizationID": 13}, {}),
        ({"personID": 1}, {}),
        ({"items": []}, {}),
        ({}, {"unitPrice": 1000.5}),
        ({}, {"unitPrice": 1000.0}),
        ({}, {"discountType": False, "discountAmount": "10.50"}),
        ({}, {"discountType": True, "discountAmount": 5}),
        ({}, {"discountType": False, "discountAmount": 2_000_001}),
        ({}, {"productID": 1}),
        ({}, {"productUnitID": 99}),
        ({}, {"hostWarehouseID": 1}),
        ({}, {"count": 0}),
    ],
    ids=str,
)
def test_an_invoice_with_something_wrong_is_refused(gym, client, sold, head, item):
    somebody, thing = sold
    refused = client.call("POST", "Invoice/issue", invoice(somebody, line(thing, **item)) | head)
    assert refused.status_code == 400
    assert gym.books()["invoices"] == []


def test_a_date_of_the_future_passes_by_flag_only(gym, client, sold):
    somebody, thing = sold
    body = invoice(somebody, line(thing), date="01_01_1450 00:00")
    assert client.call("POST", "Invoice/issue", body).status_code == 400
    gym.change(future_dates=True)
    assert client.call("POST", "Invoice/issue", body).status_code == 200
    assert gym.books()["invoices"][0]["date"] == "2071-03-21T00:00"


def test_a_confirmed_invoice_is_not_edited_and_a_cancelled_one_not_confirmed(gym, client, sold):
    somebody, thing = sold
    issued = client.made("Invoice/issue", invoice(somebody, line(thing)))
    lines = [line(thing, id=issued["items"][0]["id"], count=3)]
    edit = {**invoice(somebody), "id": issued["id"], "DeletedItemIDs": [], "EditedItems": lines, "NewItems": []}
    assert client.call("PUT", "Invoice/edit", edit).json()["totalDiscountedAmount"] == 3_000_000
    status = {"invoiceIDs": [issued["id"]], "sellDate": "01_01_1404 10:00"}
    for number, code in ((3, 200), (3, 200), (6, 200), (3, 409)):
        assert client.call("PUT", "Invoice/groupUpdateStatus", {**status, "status": number}).status_code == code
    assert client.call("PUT", "Invoice/edit", edit).status_code == 409
    assert gym.books()["invoices"][0]["status"] == 6
    assert [one["effect"] for one in gym.requests("Invoice/groupUpdateStatus")].count([]) == 2


def test_business_errors_of_an_income_come_with_status_200(gym, client, sold):
    somebody, _ = sold
    for body in (income(1), income(somebody, accountID=99)):
        answer = client.made("OperatingIncome/addNew", body)
        assert answer["error"]
        assert answer["addedIncomes"] == []
    assert client.call("POST", "OperatingIncome/addNew", income(somebody, words="یک")).status_code == 400
    assert gym.books()["incomes"] == []


def test_a_deal_is_answered_with_a_bare_number(gym, client, sold):
    somebody, thing = sold
    body = {"title": "فرصت", "amount": 5_000_000_000, "funnelLevelID": 71, "personContectIDs": [somebody]}
    number = client.made("Negotiation/addNew", {**body, "productIDs": [thing], "ownerUserID": 502, "description": "x"})
    assert number == gym.books()["deals"][0]["id"] == 80001
    refused = client.call("POST", "Negotiation/addNew", {**body, "productIDs": [], "ownerUserID": 502} | {"amount": -1})
    assert refused.status_code == 400


def test_what_is_not_there_is_told_by_text_or_by_404(client):
    edited = client.call("PUT", "Person/editLean", person(id=5))
    assert (edited.status_code, "یافت نشد" in edited.text) == (400, True)
    category = client.made("ProductCategory/addNew", {"title": "کلاس‌ها"})["id"]
    assert client.call("PUT", "Product/edit", product(category, id=5)).status_code == 404
    assert client.call("POST", "No/suchThing", {}).status_code == 404


def test_tenants_share_nothing(gym, client, sold):
    other = gym.other_tenant
    login = {"mobile": other["mobile"], "password": other["password"], "customerId": other["customer_id"]}
    answer = client.post("/api/auth/Account/LoginWithPhoneNumber", json=login)
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert client.call("PUT", "Person/editLean", person(id=sold[0], ownerUserID=10501)).status_code == 400
    assert gym.books(other["customer_id"])["contacts"] == []
    assert min(one["id"] for one in gym.options(other["customer_id"])["organizations"]) == 10011


def test_a_token_lasts_as_many_calls_as_it_is_told_to(gym, client):
    gym.change(token_calls=2)
    client.log_in(gym)
    codes = [client.call("GET", "User/getUserByToken").status_code for _ in range(3)]
    assert codes == [200, 200, 401]
    gym.change(token_calls=None)
    client.log_in(gym)
    assert gym.expire_tokens() == 2
    assert client.call("GET", "User/getUserByToken").status_code == 401


def test_passwords_are_in_no_journal(gym, client):
    client.log_in(gym)
    told = gym.client.get("/_sandbox/journal").text + str(gym.requests())
    assert gym.mobile in told
    assert gym.password not in told


def test_a_proposed_search_can_be_switched_off(gym, client, sold):
    somebody, thing = sold
    client.made("Invoice/issue", invoice(somebody, line(thing)))
    search = {"searchValue": "S-1", "skip": 0, "take": 5, "sortProp": "ID", "orderType": False}
    assert client.made("Invoice/getList", search)["queriedCnt"] == 1
    gym.switch_off("Invoice/getList")
    assert client.call("POST", "Invoice/getList", search).status_code == 404
    gym.switch_off()
    assert client.made("Invoice/getList", search)["queriedCnt"] == 1


def test_books_are_put_back_from_a_snapshot(gym, client, sold):
    gym.snapshot()
    client.made("Person/addLean", person())
    gym.restore()
    assert [one["id"] for one in gym.books()["contacts"]] == [sold[0]]
    assert client.made("Person/addLean", person())["id"] == sold[0] + 1
