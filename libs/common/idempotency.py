"""`Idempotency-Key`: the same request sent again has no second effect and gets the same answer.

Used by every service and the gateway, for every unsafe operation, without a word in any endpoint. A row per (principal,
method, path, key) says that the request runs, or how it ended. Final answers (2xx, 4xx) are kept for a day; a 5xx is
not, so that the retry may succeed. The row is not in the transaction of the effect: after a crash between the two the
request may run again, and the natural keys of what it does protect it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from common.auth import identity_of
from common.errors import Busy, Conflict, FieldError, InvalidInput, Unauthorized, Unavailable
from common.fingerprint import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from fastapi import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from common.db import Database

    Principal: TypeAlias = Callable[[Scope], Awaitable[str | None]]

log = structlog.get_logger()

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LONGEST_KEY = 255
LARGEST_ANSWER = 256 * 1024
KEPT_HEADERS = ("content-type", "location", "etag")
NOT_FINAL = frozenset({401, 403, 408, 413, 429})
PURGE_EVERY = 500
UNLIMITED = 1 << 60

# A request that has been running for two minutes has lost its process: nothing of ours runs as long.
_CLAIM = """
INSERT INTO idempotency_keys AS held (principal, method, route, key_digest, expires_at)
VALUES ($1, $2, $3, $4, clock_timestamp() + interval '24 hours')
ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO UPDATE
SET state = 'in_progress', claim = gen_random_uuid(), body_digest = NULL, status = NULL, headers = NULL, body = NULL,
    created_at = clock_timestamp(), expires_at = excluded.expires_at
WHERE held.expires_at < clock_timestamp()
   OR (held.state = 'in_progress' AND held.created_at < clock_timestamp() - interval '2 minutes')
RETURNING claim
"""
_FIND = """
SELECT state, body_digest, status, headers, body FROM idempotency_keys
WHERE principal = $1 AND method = $2 AND route = $3 AND key_digest = $4
"""
_COMPLETE = """
UPDATE idempotency_keys SET state = 'completed', body_digest = $2, status = $3, headers = $4, body = $5 WHERE claim = $1
"""
_RELEASE = "DELETE FROM idempotency_keys WHERE claim = $1"
_PURGE = "DELETE FROM idempotency_keys WHERE expires_at < clock_timestamp()"


def withhold_answer(request: Request) -> None:
    """Called by an endpoint whose answer carries a secret: it is never stored, and never given twice."""
    request.scope["portico.secret_answer"] = True


async def principal_of_identity(scope: Scope) -> str | None:
    """Whose key it is, in a service; None leaves the refusal to the endpoint."""
    try:
        identity = identity_of(scope)
    except Unauthorized:
        return None
    return identity.subject if identity else None


class Idempotency:
    """The layer inside `common.shell`.

    Args:
        principal: who sent the request; a key belongs to one principal.
        database: where the keys are, once the application has started.
    """

    def __init__(self, app: ASGIApp, principal: Principal, database: Callable[[Scope], Database]) -> None:
        self._app = app
        self._principal = principal
        self._database = database
        self._claims = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" and scope["method"] in UNSAFE else Headers()
        key = headers.get("idempotency-key")
        principal = await self._principal(scope) if key is not None else None
        if key is None or principal is None:
            await self._app(scope, receive, send)
            return
        if not 0 < len(key) <= LONGEST_KEY:
            wrong = f"An Idempotency-Key has 1 to {LONGEST_KEY} characters."
            raise InvalidInput(wrong, errors=[FieldError("Idempotency-Key", "length", wrong)])
        name = (principal, scope["method"], scope["path"], hashlib.sha256(key.encode()).hexdigest())
        fingerprint = Fingerprint(key, headers.get("content-type", ""), scope["query_string"])
        claim, held = await self._claim(self._database(scope), name)
        if claim is None:
            await _replay(held, fingerprint, scope, receive, send)
        else:
            await self._run(claim, fingerprint, scope, receive, send)

    async def _claim(self, db: Database, name: tuple[str, str, str, str]) -> tuple[UUID | None, asyncpg.Record | None]:
        self._claims += 1
        async with db.connection() as conn:
            if self._claims % PURGE_EVERY == 0:
                await conn.execute(_PURGE)
            claim: UUID | None = await conn.fetchval(_CLAIM, *name)
            return claim, None if claim else await conn.fetchrow(_FIND, *name)

    async def _run(self, claim: UUID, fingerprint: Fingerprint, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(fingerprint, receive, send)
        kept = False
        try:
            await self._app(scope, answer.receive, answer.send)
            await answer.drain()
            kept = await self._keep(claim, answer, scope)
        finally:
            if not kept:
                await self._settle(scope, _RELEASE, claim)
        await answer.flush()

    async def _keep(self, claim: UUID, answer: _Answer, scope: Scope) -> bool:
        digest = answer.fingerprint.hexdigest()
        if digest is None or not answer.is_final():
            return False
        if scope.get("portico.secret_answer"):
            await self._settle(scope, _COMPLETE, claim, digest, None, None, None)
        else:
            kept = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
            await self._settle(scope, _COMPLETE, claim, digest, answer.status, kept, b"".join(answer.parts))
        return True

    async def _settle(self, scope: Scope, statement: str, *values: Any) -> None:
        """The effect has happened: a database that is gone by now must not take its answer away."""
        try:
            async with self._database(scope).connection() as conn:
                await conn.execute(statement, *values)
        except (Unavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("idempotency.not_settled", error=type(error).__name__)


async def _replay(
    held: asyncpg.Record | None, fingerprint: Fingerprint, scope: Scope, receive: Receive, send: Send
) -> None:
    if held is None or held["state"] == "in_progress":
        raise Busy(
            "The same request is being carried out right now.",
            code="idempotency_in_progress",
            headers={"Retry-After": "1"},
        )
    scope["portico.body_limit"] = UNLIMITED  # nothing is kept of it, and the route that knows the limit is not asked
    while not fingerprint.complete:
        message = await receive()
        if message["type"] != "http.request":
            return
        fingerprint.feed(message.get("body", b""), more=message.get("more_body", False))
    if fingerprint.hexdigest() != held["body_digest"]:
        raise InvalidInput(
            "This Idempotency-Key was used for another request. Take a new key for each new request.",
            code="idempotency_key_reused",
        )
    if held["status"] is None:
        raise Conflict(
            "This was carried out before; its answer held a secret and was shown only once.",
            code="idempotency_answer_withheld",
        )
    headers = MutableHeaders(headers={**held["headers"], "Idempotent-Replayed": "true"})
    headers["Content-Length"] = str(len(held["body"]))
    await send({"type": "http.response.start", "status": held["status"], "headers": headers.raw})
    await send({"type": "http.response.body", "body": held["body"]})


@dataclass
class _Answer:
    """The answer of the application, held back until it is kept; beyond a size it passes through and is not kept."""

    fingerprint: Fingerprint
    _receive: Receive
    _send: Send
    status: int = 0
    headers: Headers = field(default_factory=Headers)
    parts: list[bytes] = field(default_factory=list)
    _messages: list[Message] = field(default_factory=list)
    _size: int = 0
    _passing: bool = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.fingerprint.feed(message.get("body", b""), more=message.get("more_body", False))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], Headers(raw=message["headers"])
        else:
            self.parts.append(message.get("body", b""))
            self._size += len(self.parts[-1])
        self._messages.append(message)
        if self._passing or self._size > LARGEST_ANSWER:
            self._passing = True
            await self.flush()

    async def drain(self) -> None:
        """Read what the application left of the body: it belongs to the question."""
        while not self.fingerprint.complete and not self._passing:
            try:
                message = await self.receive()
            except HTTPException:  # too large; such an answer is not kept
                return
            if message["type"] != "http.request":
                return

    def is_final(self) -> bool:
        """Whether asking again would give the same."""
        if self._passing or "retry-after" in self.headers:
            return False
        return 200 <= self.status < 300 or (400 <= self.status < 500 and self.status not in NOT_FINAL)  # noqa: PLR2004

    async def flush(self) -> None:
        for message in self._messages:
            await self._send(message)
        self._messages.clear()
        self.parts.clear()
