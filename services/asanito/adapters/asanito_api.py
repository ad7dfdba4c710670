"""Asanito's REST API over HTTP. Source: domain page 2.

Property names of answers are read whatever their case; everything that is not what a call must answer is an error of
its own kind, so that no caller has to look twice.
"""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson

from common.errors import Ambiguous
from common.http import Answer, Token, TokenSource, open_http
from services.asanito.ports import Login, RemoteItem, RemotePerson

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from common.connections import Steps
    from common.http import HttpClient
    from common.limits import TargetLimit
    from services.asanito.ports import Payload
    from services.asanito.settings import AsanitoSettings

TARGET = "asanito"
LOGIN_SECONDS = 15
TAKE = 50
LARGEST_ID = 2**63 - 1
NUMBER = re.compile(r"-?[0-9]{1,19}")
MOST_FOUND = 2000
"""What a search may find; more of them are no answer to who this is."""


class AsanitoHttp:
    """Fulfils `AsanitoApi`."""

    def __init__(self, http: HttpClient, settings: AsanitoSettings) -> None:
        self._http = http
        self._settings = settings
        self._login: Login | None = None
        http.use(TokenSource(self._fetch_token))

    async def login(self) -> Login:
        if self._login is None:
            me = await self._get("/api/asanito/User/getUserByToken")
            self._login = Login(identifier(me, "getUserByToken"))
        return self._login

    async def add_person(self, payload: Payload) -> RemotePerson:
        return person_of(await self._send("POST", "/api/asanito/Person/addLean", payload))

    async def edit_person(self, payload: Payload) -> RemotePerson:
        return person_of(await self._send("PUT", "/api/asanito/Person/editLean", payload))

    async def add_address(self, payload: Payload) -> int:
        return identifier(await self._send("POST", "/api/asanito/PersonAddress", payload), "PersonAddress")

    async def edit_address(self, payload: Payload) -> None:
        await self._send("PUT", "/api/asanito/Address/edit", payload)

    async def edit_custom_fields(self, payload: Payload) -> None:
        await self._send("PUT", "/api/asanito/CustomField/EditCustomFields", payload)

    async def find_persons(self, value: str) -> list[RemotePerson]:
        body = {
            "acquaintionTypeIDs": "",
            "interactionIDs": "",
            "genderIDs": "",
            "orderType": False,
            "value": value,
            "filterCustomFields": [],
        }
        found = await self._search_all("/api/asanito/Person/advancedSearch", body)
        return [person_of(item) for item in found]

    async def list_categories(self) -> list[RemoteItem]:
        found = await self._get("/api/asanito/ProductCategory/getList", parentID=0)
        return [item_of(item) for item in listed(found)]

    async def add_category(self, payload: Payload) -> RemoteItem:
        return item_of(await self._send("POST", "/api/asanito/ProductCategory/addNew", payload))

    async def add_product(self, payload: Payload) -> RemoteItem:
        return item_of(await self._send("POST", "/api/asanito/Product/addNew", payload))

    async def edit_product(self, payload: Payload) -> RemoteItem:
        return item_of(await self._send("PUT", "/api/asanito/Product/edit", payload))

    async def find_products(self, value: str, *, skip: int = 0, take: int | None = None) -> list[RemoteItem]:
        path, body = "/api/asanito/Product/getList", search_body(value)
        found = await (self._search(path, body, skip, take) if take else self._search_all(path, body))
        return [item_of(item) for item in found]

    async def default_account(self, organisation_id: int) -> int | None:
        path = "/api/asanito/InvoiceSetting/getByOrganizationID"
        found = folded(await self._get(path, organizationID=organisation_id))
        return whole(found.get("defaultbankaccountid")) or None

    async def issue_invoice(self, payload: Payload) -> RemoteItem:
        return item_of(await self._send("POST", "/api/asanito/Invoice/issue", payload))

    async def edit_invoice(self, payload: Payload) -> RemoteItem:
        return item_of(await self._send("PUT", "/api/asanito/Invoice/edit", payload))

    async def set_invoice_status(self, invoice_ids: Sequence[int], status: int, sell_date: str) -> None:
        body = {"invoiceIDs": list(invoice_ids), "status": status, "sellDate": sell_date}
        await self._send("PUT", "/api/asanito/Invoice/groupUpdateStatus", body)

    async def find_invoices(self, value: str) -> list[RemoteItem] | None:
        return [item_of(item) for item in await self._search_all("/api/asanito/Invoice/getList", search_body(value))]

    async def add_income(self, payload: Payload) -> RemoteItem:
        answer = await self._answer("POST", "/api/asanito/OperatingIncome/addNew", payload)
        added = folded(answer.json()).get("addedincomes")
        if not isinstance(added, list) or not added:
            raise bad_reply(answer, "no income in it")
        return item_of(added[0])

    async def find_incomes(self, value: str) -> list[RemoteItem] | None:
        found = await self._search_all("/api/asanito/OperatingIncome/getList", search_body(value))
        return [item_of(item) for item in found]

    async def add_deal(self, payload: Payload) -> int:
        answer = await self._answer("POST", "/api/asanito/Negotiation/addNew", payload)
        found = answer.json()
        if isinstance(found, bool) or not isinstance(found, int) or found <= 0:
            raise bad_reply(answer, "no id in it")
        return found

    async def find_deals(self, value: str) -> list[RemoteItem] | None:
        found = await self._search_all("/api/asanito/Negotiation/getList", search_body(value))
        return [item_of(item) for item in found]

    async def funnel_levels(self, funnel_id: int) -> list[RemoteItem]:
        found = await self._get("/api/asanito/FunnelLevel/getListWith", funnelID=funnel_id)
        return [item_of(item) for item in listed(found)]

    async def probe(self, step: Steps) -> None:
        async with step("sign in", seconds=LOGIN_SECONDS) as said:
            said(f"user {(await self.login()).user_id}")
        async with step("read", seconds=LOGIN_SECONDS) as said:
            said(f"{len(await self.list_categories())} product categories")

    async def _fetch_token(self) -> Token:
        body = {
            "mobile": self._settings.mobile.get_secret_value(),
            "password": self._settings.password.get_secret_value(),
            "customerId": self._settings.customer_id,
        }
        answer = await self._http.send(
            "POST",
            "/api/auth/Account/LoginWithPhoneNumber",
            json=body,
            token=False,
            repeatable=True,
            timeout_seconds=LOGIN_SECONDS,
        )
        token = folded(answer.json()).get("access_token")
        if not isinstance(token, str) or not token:
            raise answer.call.refusal("Asanito answered without a token", "remote_unauthorized")
        self._login = None
        return Token(token)

    async def _get(self, path: str, **params: Any) -> Any:
        return (await self._http.send("GET", path, params=params)).json()

    async def _search(self, path: str, body: Payload, skip: int, take: int) -> list[Any]:
        answer = await self._http.send("POST", path, json={**body, "skip": skip, "take": take}, repeatable=True)
        return listed(answer.json())

    async def _search_all(self, path: str, body: Payload) -> list[Any]:
        """Everything that a search finds: whoever reads only its beginning takes what is further down for absent.

        Raises:
            Ambiguous: `remote_bad_reply`, it does not come to an end, or gives the same again.
        """
        found: dict[int, Any] = {}
        while len(found) < MOST_FOUND:
            page = await self._search(path, body, len(found), TAKE)
            fresh = {identifier(item, "a search"): item for item in page}
            if found.keys() & fresh.keys():
                break
            found |= fresh
            if len(page) < TAKE:
                return [item for item in found.values() if folded(item).get("deleted") is not True]
        raise Ambiguous("Asanito's search can't be read to its end.", target=TARGET, code="remote_bad_reply")

    async def _answer(self, method: str, path: str, body: Payload) -> Answer:
        return await self._http.send(method, path, json=body)

    async def _send(self, method: str, path: str, body: Payload) -> Any:
        answer = await self._answer(method, path, body)
        return answer.json() if answer.body.strip() else {}


def search_body(value: str) -> Payload:
    """The body of the getList calls, without the part of the list that is wanted."""
    return {"searchValue": value, "sortProp": "ID", "orderType": False}


def folded(found: Any) -> dict[str, Any]:
    """An object with its names in lower case: the other side does not care about case, so neither do we."""
    return {str(name).lower(): value for name, value in found.items()} if isinstance(found, dict) else {}


def objects_in(found: Any) -> list[dict[str, Any]]:
    """The objects of a list inside an answer, their names in lower case; empty when there is no list."""
    return [folded(item) for item in found] if isinstance(found, list) else []


def listed(found: Any) -> list[Any]:
    """The items of a list, plain or inside `resultList`."""
    inner = folded(found).get("resultlist", found)
    return inner if isinstance(inner, list) else []


def bad_reply(answer: Answer, what: str) -> Exception:
    """A good status without the answer that must come with it: what was asked may or may not have happened."""
    return answer.call.doubt(f"Asanito's answer has {what}", "remote_bad_reply", status=answer.status)


def whole(value: Any) -> int | None:
    """A whole number out of an answer, else None: of a call that was made, nothing may break the reading."""
    try:
        return None if isinstance(value, bool) or value != value // 1 else int(value)
    except TypeError:
        return int(value) if isinstance(value, str) and NUMBER.fullmatch(value) else None


def identifier(found: Any, what: str) -> int:
    """The id of what was answered.

    Raises:
        Ambiguous: `remote_bad_reply`: a good answer without an id.
    """
    value = whole(folded(found).get("id"))
    if value is None or not 0 < value <= LARGEST_ID:
        raise Ambiguous(f"Asanito's answer to {what} has no id.", target=TARGET, code="remote_bad_reply")
    return value


def person_of(found: Any) -> RemotePerson:
    """A contact out of Asanito's answer."""
    at = folded(found)
    numbers = objects_in(at.get("phonenumbers"))
    codes = [
        item.get("longvalue") for item in objects_in(at.get("customfields")) if item.get("key") == "MembershipCode"
    ]
    addresses = [whole(item.get("id")) for item in objects_in(at.get("addresses"))]
    return RemotePerson(
        id=identifier(found, "a contact"),
        name=str(at.get("name") or ""),
        last_name=str(at.get("lastname") or ""),
        national_code=str(at.get("nationalcode") or ""),
        mobiles=tuple(
            str(number["mobile"]) for number in numbers if number.get("mobile") and not number.get("deleted")
        ),
        address_ids=tuple(number for number in addresses if number),
        membership_code=whole(codes[0]) if codes else None,
    )


def item_of(found: Any) -> RemoteItem:
    """A category, product, invoice, income or deal out of Asanito's answer."""
    at = folded(found)
    contact = folded(at.get("contact"))
    return RemoteItem(
        id=identifier(found, "an item"),
        title=str(at.get("title") or ""),
        code=str(at.get("abbreviationcode") or at.get("code") or ""),
        abbreviation=str(at["abbreviationcode"] or "") if "abbreviationcode" in at else None,
        person_id=whole(contact.get("personid", at.get("personid"))) or None,
        date=str(at.get("date") or ""),
        amount=whole(at.get("totaldiscountedamount", at.get("amount"))),
        text=" ".join(str(at[name]) for name in ("description", "paymentdescription") if at.get(name)),
        status=whole(folded(at.get("status")).get("id")),
        lines=lines_of(objects_in(at.get("items"))),
    )


def lines_of(items: Sequence[dict[str, Any]]) -> tuple[tuple[int, int], ...]:
    """Index and id of each line; none when one of them has not both: with half of them nothing may be changed."""
    found = [(whole(line.get("index")), whole(line.get("id"))) for line in items]
    lines = tuple((index, number) for index, number in found if index is not None and number)
    return lines if len(lines) == len(found) else ()


def error_inside(answer: Answer) -> str | None:
    """A refusal that comes as 200: a non-null `error` (domain 2.5)."""
    if not answer.body.lstrip().startswith(b"{"):
        return None
    try:
        found = folded(orjson.loads(answer.body))
    except orjson.JSONDecodeError:
        return None
    said = found.get("error")
    return str(said) if said else None


@asynccontextmanager
async def open_asanito(settings: AsanitoSettings, limit: TargetLimit) -> AsyncIterator[AsanitoHttp]:
    """Asanito behind one client; nothing is connected before the first call."""
    async with open_http(
        str(settings.base_url).rstrip("/"),
        target=TARGET,
        limit=limit,
        find_error=error_inside,
        timeout_seconds=settings.call_seconds,
    ) as http:
        yield AsanitoHttp(http, settings)
