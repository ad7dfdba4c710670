"""The HTTP door of the sandbox's Asanito: routes in any case, tokens, faults, and the journal of what was asked."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sandbox.asanito import invoices, money, persons, products
from sandbox.asanito.calls import ENDPOINTS, Call, Habits
from sandbox.asanito.connections import reset
from sandbox.asanito.reading import Body, Refused, invalid
from sandbox.kit import Fault, Kind, Kit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Receive, Scope, Send

    from sandbox.asanito.tenants import Tenant, Tenants

SYSTEM = "asanito"
LISTED = (persons, products, invoices, money)  # importing them fills ENDPOINTS
LOGINS = {
    "/api/auth/account/loginwithphonenumber": "Account/LoginWithPhoneNumber",
    "/api/auth/account/loginbyidentity": "Account/Loginbyidentity",
}
# Proposed in the domain page, seen by nobody.
PROPOSED = ("Invoice/getList", "OperatingIncome/getList", "Negotiation/getList")
REMEMBERED = 50_000
STALL_SECONDS = 600
ARGUMENT_LENGTH = 2_000
INSTEAD = {"reply", "error", "expire", "absent", "reset_before", "drop", "stall"}
WEATHER_KINDS = ("reply", "reset_before", "reset_after", "no_id", "garbage", "empty", "reply_after", "error")
BROKEN = (500, 502, 503, 504)
WEATHER_STATUSES = (429, *BROKEN)


@dataclass
class Weather:
    """Random faults from a seed: each call is struck with probability `rate`, until `limit` have struck."""

    seed: int = 0
    rate: float = 0.0
    kinds: Sequence[Kind] = field(default_factory=lambda: cast("Sequence[Kind]", WEATHER_KINDS))
    operations: Sequence[str] = ()
    limit: int | None = None
    struck: int = 0
    _dice: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def strike(self, operation: str) -> Fault | None:
        if not self.rate or (self.operations and operation not in self.operations):
            return None
        if self._dice.random() >= self.rate or (self.limit is not None and self.struck >= self.limit):
            return None
        self.struck += 1
        kind = self._dice.choice(list(self.kinds))
        # Who answers 429 has refused: after something has happened it would be a lie that no client can see through.
        status = self._dice.choice(BROKEN if kind == "reply_after" else WEATHER_STATUSES)
        return Fault(system=SYSTEM, operation=operation, kind=kind, status=status, text="هوای بد")

    def describe(self) -> dict[str, Any]:
        shown = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return {**shown, "kinds": list(self.kinds), "operations": list(self.operations)}


@dataclass
class Asked:
    """One request as it came and was answered; `effect` names what it changed, whatever the answer said."""

    seq: int
    at: str
    tenant: int | None
    method: str
    path: str
    operation: str
    query: dict[str, str]
    body: Any
    request_id: str
    status: int | None = None
    fault: str = ""
    effect: list[str] = field(default_factory=list)


@dataclass
class Answer:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        if self.body is None:
            return Response(status_code=self.status, headers=self.headers)
        if isinstance(self.body, str):
            return Response(self.body, self.status, self.headers, "text/plain; charset=utf-8")
        text = json.dumps(self.body, ensure_ascii=False)
        return Response(text, self.status, self.headers, "application/json; charset=utf-8")


class Door:
    """An ASGI application. What it was asked is in `asked`, counted in `counters`."""

    def __init__(self, kit: Kit, tenants: Tenants) -> None:
        self._kit = kit
        self._tenants = tenants
        self.habits = Habits()
        self.weather = Weather()
        self.forget()

    def forget(self) -> None:
        """Empty the journal of requests and the counters."""
        self.asked: deque[Asked] = deque(maxlen=REMEMBERED)
        self.counters: dict[str, Counter[str]] = {}
        self.in_flight = 0
        self.most_in_flight = 0
        self._seq = 0
        self._recent: deque[float] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            answer = await self._attend(request)
            if answer is not None:
                await answer.response()(scope, receive, send)
        except ClientDisconnect:
            pass
        finally:
            self.in_flight -= 1

    async def _attend(self, request: Request) -> Answer | None:
        """The answer, or none when the connection is gone."""
        raw = await request.body()
        path = request.url.path.rstrip("/").casefold()
        operation = LOGINS.get(path) or ENDPOINTS.get((request.method, path), ("",))[0]
        asked = self._note(request, operation, raw)
        argument = f"{request.url.query} {raw.decode('utf-8', 'replace')}".strip()
        fault = self._kit.faults.strike(SYSTEM, operation or request.url.path, argument)
        fault = fault or self.weather.strike(operation)
        asked.fault = fault.kind if fault else ""
        if self.habits.latency_seconds:
            await asyncio.sleep(self.habits.latency_seconds)
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind in INSTEAD:
            answer = await self._misbehave(fault, request)
        else:
            answer = self._obey(request, path, asked, raw)
            if fault:
                answer = await self._spoil(fault, answer, request)
        self._count(asked, answer)
        return answer

    def _obey(self, request: Request, path: str, asked: Asked, raw: bytes) -> Answer:
        if self._too_fast():
            return Answer(429, {"message": "تعداد درخواست‌ها بیش از حد مجاز است"}, {"Retry-After": "1"})
        try:
            parsed = _parsed(raw)
            if path in LOGINS:
                return Answer(200, self._log_in(path, parsed))
            tenant = self._tenants.spend(_bearer(request))
            if tenant is None:
                return Answer(401, None, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
            asked.tenant = tenant.account.customer_id
            operation, obey = ENDPOINTS.get((request.method, path), ("", None))
            if obey is None or operation in tenant.switched_off:
                return Answer(404)
            call = self._call(tenant, request, parsed)
            asked.effect = call.effect
            return Answer(200, obey(call))
        except Refused as refused:
            return Answer(refused.status, refused.body)

    def _call(self, tenant: Tenant, request: Request, parsed: Any) -> Call:
        now = self._kit.clock.now().replace(tzinfo=None)
        query = {name.casefold(): value for name, value in request.query_params.items()}
        items = parsed if isinstance(parsed, list) else []
        return Call(tenant, Body(parsed if isinstance(parsed, dict) else {}), items, query, now, self.habits)

    def _log_in(self, path: str, parsed: Any) -> dict[str, Any]:
        body = Body(parsed if isinstance(parsed, dict) else {})
        password = body.text("password", required=True)
        by_phone = path.endswith("loginwithphonenumber")
        for tenant in self._tenants.by_customer.values():
            account = tenant.account
            if by_phone:
                named = (body.text("mobile"), body.raw("customerId")) == (account.mobile, account.customer_id)
            else:
                named = body.text("username") == account.username
            if named and password == account.password:
                return {"access_token": self._tenants.log_in(tenant), "token_type": "Bearer"}
        raise Refused(401, {"message": "شماره موبایل یا رمز عبور اشتباه است"})

    async def _misbehave(self, fault: Fault, request: Request) -> Answer | None:
        """Something else happens instead."""
        if fault.kind == "reply":
            headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            return Answer(fault.status or 500, {"message": fault.text} if fault.text else None, headers)
        if fault.kind == "error":
            return Answer(200, {"addedIncomes": [], "error": fault.text or "خطا در ثبت اطلاعات"})
        if fault.kind == "expire":
            self._tenants.expire(_bearer(request))
            return Answer(401, None, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if fault.kind == "absent":
            return Answer(404)
        await _cut(request, stall=fault.kind == "stall")
        return None

    async def _spoil(self, fault: Fault, answer: Answer, request: Request) -> Answer | None:
        """It has happened; the answer does not tell so."""
        if fault.kind in {"reset_after", "stall_after"}:
            await _cut(request, stall=fault.kind == "stall_after")
            return None
        if fault.kind == "reply_after":
            return Answer(fault.status or 502, {"message": fault.text} if fault.text else None)
        if fault.kind == "garbage":
            return Answer(200, "<!DOCTYPE html><html><body>درگاه موقتاً در دسترس نیست</body></html>")
        if fault.kind == "empty":
            return Answer(204)
        if fault.kind == "no_id" and answer.status == 200:  # noqa: PLR2004 - only a success has an id
            return Answer(200, _without_ids(answer.body))
        return answer

    def _too_fast(self) -> bool:
        allowed = self.habits.calls_per_second
        if allowed is None:
            return False
        now = time.monotonic()
        while self._recent and now - self._recent[0] >= 1:
            self._recent.popleft()
        if len(self._recent) >= allowed:
            return True
        self._recent.append(now)
        return False

    def _note(self, request: Request, operation: str, raw: bytes) -> Asked:
        self._seq += 1
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = raw.decode("utf-8", "replace")
        if isinstance(body, dict):
            body = {name: "…" if name.casefold() == "password" else value for name, value in body.items()}
        elif operation in LOGINS.values():
            body = "…"
        asked = Asked(
            seq=self._seq,
            at=self._kit.clock.now().isoformat(timespec="milliseconds"),
            tenant=None,
            method=request.method,
            path=request.url.path,
            operation=operation,
            query=dict(request.query_params),
            body=body,
            request_id=request.headers.get("x-request-id", ""),
        )
        self.asked.append(asked)
        return asked

    def _count(self, asked: Asked, answer: Answer | None) -> None:
        asked.status = answer.status if answer else None
        counter = self.counters.setdefault(asked.operation or asked.path, Counter())
        counter["calls"] += 1
        counter[str(asked.status) if answer else "no answer"] += 1
        counter["effects"] += len(asked.effect)
        shown = json.dumps(asked.body, ensure_ascii=False) if asked.body is not None else ""
        told = ", ".join([str(asked.status or "no answer"), *asked.effect])
        argument = f"{'&'.join(f'{k}={v}' for k, v in asked.query.items())} {shown}".strip()[:ARGUMENT_LENGTH]
        self._kit.journal.note(SYSTEM, asked.operation or asked.path, argument, told, asked.fault)


def _parsed(raw: bytes) -> Any:
    """Numbers with a point stay exact, so that money with one can be told."""
    if not raw:
        return {}
    try:
        return json.loads(raw, parse_float=Decimal)
    except ValueError as error:
        raise invalid("$", "بدنه درخواست JSON نیست") from error


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else ""


async def _cut(request: Request, *, stall: bool) -> None:
    if stall:
        async with asyncio.timeout(STALL_SECONDS):
            while (await request.receive())["type"] != "http.disconnect":
                pass
        return
    reset(request.scope["sandbox.transport"])
    await asyncio.sleep(0.01)  # until the protocol knows


def _without_ids(body: Any) -> Any:
    """A bare number is an id as a whole."""
    return None if isinstance(body, int) else _stripped(body)


def _stripped(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _stripped(value) for name, value in body.items() if name != "id"}
    return [_stripped(one) for one in body] if isinstance(body, list) else body
