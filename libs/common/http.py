"""Calling other systems over HTTP. Used by the adapters of asanito, bursar, infoenergia and scraper.

    async with open_http("https://crm.example", target="crm", limit=limit, find_error=error_inside) as http:
        tokens = TokenSource(log_in)                      # log_in itself asks with `token=False`
        http.use(tokens)
        answer = await http.send("POST", "/api/Person/addLean", json=body)

Every failure becomes one of our errors, decided per call. What never left the house, or may be repeated without harm,
is `Transient`. What may have happened and must not happen twice (by default POST and PATCH, once bytes were sent and no
proper answer came) is `Ambiguous`. What the other side refused is `Permanent`. Nothing is sent twice by itself, but for
one thing: a request that was refused with 401 goes once more with a new token.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from common.clock import SystemClock
from common.errors import Ambiguous, Permanent, RemoteError, Transient
from common.metrics import OUTBOUND_REQUESTS, OUTBOUND_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping

    from common.limits import TargetLimit

TIMEOUT_SECONDS = 20.0
CONNECT_SECONDS = 10.0
IDLE_SECONDS = 3.0  # below what servers keep idle connections for: a POST on one that is just closing can't be judged
MOST_BYTES = 16 * 1024 * 1024
SHOWN_LETTERS = 200
DEEPEST_WORDS = 8  # nobody explains a refusal further down, and what nests by the thousand is no explanation

REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
NEVER_HAPPENED = frozenset({408, 425, 429})
UNAUTHORIZED, TOO_MANY_REQUESTS, SERVER_ERROR = 401, 429, 500
CODES = {  # what the reference of errors tells besides those that stand where they are raised
    "remote_unauthorized": "It does not take our credentials, a new token neither.",
    "remote_forbidden": "It does not let us do this.",
    "remote_not_found": "It does not know what was asked for.",
    "remote_rejected": "It refused what was sent.",
    "remote_failed": "It broke down over the request; whether it was done is not known.",
    "remote_no_answer": "No proper answer came; whether it was done is not known.",
    "remote_bad_reply": "Its answer can't be read; whether it was done is not known.",
    "remote_too_many_requests": "It was asked too often; it was not done.",
}
REFUSALS = {401: "remote_unauthorized", 403: "remote_forbidden", 404: "remote_not_found"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: what it asks, and whether it may be asked twice."""

    target: str
    method: str
    path: str
    repeatable: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path.partition('?')[0]}"

    def doubt(self, detail: str, code: str, *, wish: float | None = None, **params: Any) -> RemoteError:
        """It was sent, and nobody knows what became of it."""
        told = f"{detail} ({self})"
        if self.repeatable:
            return Transient(told, target=self.target, code=code, params=params, retry_after_seconds=wish)
        return Ambiguous(told, target=self.target, code=code, params=params)

    def refusal(self, detail: str, code: str, **params: Any) -> Permanent:
        """The other side said no: nothing happened."""
        return Permanent(f"{detail} ({self})", target=self.target, code=code, params=params)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, read into memory."""

    call: Call
    status: int
    headers: httpx.Headers
    body: bytes

    def json(self) -> Any:
        """The decoded body.

        Raises:
            Ambiguous, Transient: `remote_bad_reply`, it is not JSON; by the call, as for any doubt.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise self.call.doubt("The answer is not JSON", "remote_bad_reply", status=self.status) from error

    def words(self) -> str:
        """What the answer says went wrong: the usual places of JSON, else the beginning of the text."""
        try:
            found = _words_in(orjson.loads(self.body))
        except orjson.JSONDecodeError:
            found = self.body.decode("utf-8", "replace")
        return " ".join(found.split())[:SHOWN_LETTERS]


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A credential that was handed out.

    Args:
        expires: when it ends, on this process's monotonic clock; None: nobody said.
    """

    value: str
    expires: float | None = None

    @classmethod
    def lasting(cls, value: str, seconds: float | None) -> Token:
        """A token that was handed out just now for so many seconds."""
        return cls(value, None if seconds is None else monotonic() + seconds)


class TokenSource:
    """One token for all callers of a process; whoever needs a new one first fetches it for the others too.

    Args:
        fetch: logs in. What it raises is raised to everybody who waited for it, and tried anew by the next caller.
        early_seconds: a token that ends within this time is not used any more.
    """

    def __init__(
        self, fetch: Callable[[], Awaitable[Token]], *, scheme: str = "Bearer", early_seconds: float = 30
    ) -> None:
        self._fetch = fetch
        self._scheme = scheme
        self._early = early_seconds
        self._token: Token | None = None
        self._fetching: asyncio.Task[Token] | None = None

    async def get(self) -> Token:
        token = self._token
        if token and (token.expires is None or token.expires - self._early > monotonic()):
            return token
        return await self._fetched()

    async def renew(self, refused: Token) -> Token:
        """Another token than the one that was refused; somebody else may have fetched it already."""
        if self._token is refused:
            self._token = None
        return await self.get()

    def header(self, token: Token) -> dict[str, str]:
        return {"Authorization": f"{self._scheme} {token.value}"}

    async def _fetched(self) -> Token:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch_for_all(), name="token")
            self._fetching.add_done_callback(
                lambda task: task.cancelled() or task.exception()
            )  # its waiters may be gone
        return await asyncio.shield(self._fetching)  # one caller that gives up leaves the others their log-in

    async def _fetch_for_all(self) -> Token:
        try:
            self._token = await self._fetch()
        finally:
            self._fetching = None
        return self._token


class HttpClient:
    """One outside system over HTTP; made by `open_http`."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        target: str,
        limit: TargetLimit | None = None,
        find_error: Callable[[Answer], str | None] | None = None,
        never_happened: Collection[int] = NEVER_HAPPENED,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.target = target
        self._client = client
        self._limit = limit
        self._find_error = find_error
        self._never_happened = never_happened
        self._timeout = timeout_seconds
        self._tokens: TokenSource | None = None

    def use(self, tokens: TokenSource) -> None:
        """Send a token with each request from now on."""
        self._tokens = tokens

    async def send(
        self,
        method: str,
        path: str,
        *,
        repeatable: bool | None = None,
        accept: Collection[int] = (),
        token: bool = True,
        timeout_seconds: float | None = None,
        **request: Any,
    ) -> Answer:
        """Ask, and give the answer when it is a good one.

        Args:
            repeatable: whether asking twice does no harm; by the method when left out. A POST that only searches is.
            accept: statuses besides 2xx that the caller wants to see instead of an error.
            token: False for what needs none, such as logging in.
            request: `json`, `content`, `params`, `headers`, as httpx takes them.

        Raises:
            Transient: away, busy, or in doubt and repeatable.
            Ambiguous: it may have happened, and must not happen twice.
            Permanent: refused; `params.status` has the status. `find_error` found an error inside a good answer.
        """
        call = Call(self.target, method, path, method in REPEATABLE if repeatable is None else repeatable)
        seconds = timeout_seconds or self._timeout
        tokens = self._tokens if token else None
        used = await tokens.get() if tokens else None
        answer = await self._ask(call, seconds, request, tokens.header(used) if tokens and used else {})
        if answer.status == UNAUTHORIZED and tokens and used and UNAUTHORIZED not in accept:
            renewed = await tokens.renew(used)
            answer = await self._ask(call, seconds, request, tokens.header(renewed))
        if answer.status not in accept:
            self._judge(answer)
        return answer

    async def _ask(self, call: Call, seconds: float, request: dict[str, Any], extra: Mapping[str, str]) -> Answer:
        async with AsyncExitStack() as held:
            if self._limit:
                await held.enter_async_context(self._limit.turn())
            started, outcome = monotonic(), "failed"
            try:
                answer = await self._exchange(call, seconds, request, extra)
                outcome = f"{answer.status // 100}xx"
            finally:
                OUTBOUND_REQUESTS.labels(self.target, outcome).inc()
                OUTBOUND_SECONDS.labels(self.target).observe(monotonic() - started)
        wish = _retry_after(answer)
        if self._limit and wish:
            self._limit.hold_off(wish)
        return answer

    async def _exchange(self, call: Call, seconds: float, request: dict[str, Any], extra: Mapping[str, str]) -> Answer:
        sent = False

        async def watch(event: str, _info: Mapping[str, Any]) -> None:
            nonlocal sent
            sent = sent or event.endswith("send_request_headers.started")

        headers = {**request.get("headers", {}), **extra}
        wanted = self._client.build_request(
            call.method,
            call.path,
            **{**request, "headers": headers},
            extensions={"trace": watch},
            timeout=httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
        )
        try:
            async with asyncio.timeout(seconds):
                response = await self._client.send(wanted, stream=True)
                try:
                    return Answer(call, response.status_code, response.headers, await _whole_body(call, response))
                finally:
                    await response.aclose()
        except (httpx.HTTPError, TimeoutError, ssl.SSLError) as error:
            raise self._not_answered(call, error, sent=sent) from error

    def _not_answered(self, call: Call, error: Exception, *, sent: bool) -> RemoteError:
        if sent:
            slow = isinstance(error, (TimeoutError, httpx.TimeoutException))
            why = "did not answer in time" if slow else "broke off before its answer was complete"
            return call.doubt(f"{self.target} {why}", "remote_no_answer")
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return Permanent(
                f"{self.target} shows a certificate that is not trusted.",
                target=self.target,
                code="certificate_refused",
            )
        return Transient(f"{self.target} can't be reached.", target=self.target, code="remote_unreachable")

    def _judge(self, answer: Answer) -> None:
        call, status = answer.call, answer.status
        if httpx.codes.is_success(status):
            found = self._find_error(answer) if self._find_error else None
            if found is not None:
                raise call.refusal(f"{self.target} refused: {found}", "remote_rejected", status=status)
            return
        said = answer.words()
        detail = f"{self.target} answered {status}{f': {said}' if said else ''}"
        wish = _retry_after(answer)
        if status in self._never_happened:
            code = "remote_too_many_requests" if status == TOO_MANY_REQUESTS else "remote_unavailable"
            raise Transient(detail, target=self.target, code=code, params={"status": status}, retry_after_seconds=wish)
        if status >= SERVER_ERROR:
            raise call.doubt(detail, "remote_failed", wish=wish, status=status)
        raise call.refusal(detail, REFUSALS.get(status, "remote_rejected"), status=status)


@asynccontextmanager
async def open_http(
    base_url: str,
    *,
    target: str,
    headers: Mapping[str, str] | None = None,
    ca_file: str | None = None,
    certificate: tuple[str, str] | None = None,
    connections: int = 10,
    **options: Any,
) -> AsyncIterator[HttpClient]:
    """A client of one outside system; nothing is connected before the first request. Redirects are not followed.

    Args:
        target: the name of the connection, as `/v1/connections` lists it.
        ca_file: authorities to trust instead of the machine's.
        certificate: paths of our own certificate and key, for systems that ask for one.
        options: the other arguments of `HttpClient`: `limit`, `find_error` (gives the sentence of an error inside a
            good answer), `never_happened` (statuses after which nothing was done), `timeout_seconds` (of each request).

    Raises:
        OSError, ssl.SSLError: a certificate can't be read.
    """
    trust = ssl.create_default_context(cafile=ca_file)
    if certificate:
        trust.load_cert_chain(*certificate)
    async with httpx.AsyncClient(
        base_url=base_url,
        headers=headers,
        verify=trust,
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(
            max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=IDLE_SECONDS
        ),
    ) as client:
        yield HttpClient(client, target=target, **options)


async def _whole_body(call: Call, response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            raise call.doubt(f"The answer is longer than {MOST_BYTES} bytes", "remote_bad_reply")
    return bytes(body)


def _retry_after(answer: Answer) -> float | None:
    """How long the other side wants to be left alone: seconds, or a date."""
    if answer.status < 400 or not (text := answer.headers.get("retry-after", "").strip()):  # noqa: PLR2004
        return None
    if text.isascii() and text.isdigit():
        return min(float(text), 86_400)
    try:
        until = parsedate_to_datetime(text)
        now = parsedate_to_datetime(answer.headers["date"]) if "date" in answer.headers else SystemClock().now()
        return min(max((until - now).total_seconds(), 0), 86_400)
    except (ValueError, TypeError):
        return None


def _words_in(body: Any, levels: int = DEEPEST_WORDS) -> str:
    if isinstance(body, str):
        return body
    if not levels:
        return ""
    if isinstance(body, list):
        return "; ".join(filter(None, (_words_in(item, levels - 1) for item in body)))
    if isinstance(body, dict):
        lower = {str(key).lower(): value for key, value in body.items()}
        for name in ("detail", "message", "errormessage", "error_description", "error", "errors", "title"):
            if words := _words_in(lower.get(name), levels - 1):
                return words
        return "; ".join(
            filter(None, (_words_in(item, levels - 1) for item in body.values() if isinstance(item, list | str)))
        )
    return ""
