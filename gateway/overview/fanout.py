"""Asking all services at once, each with the same short deadline: one that is slow or away never holds up the rest."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from aiohttp import ClientError, ClientTimeout

from common.identity import HEADER
from gateway.overview.schemas import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.auth.principals import Principal
    from gateway.auth.signer import Signer
    from gateway.upstreams import Upstream

log = structlog.get_logger()

READINESS = "/readyz"
MOST_BYTES = 32_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """What every service is asked.

    Args:
        expects: a field that a proper answer has.
    """

    path: str
    expects: str = "items"
    method: str = "GET"
    query: Mapping[str, str] | None = None
    body: Any = None


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back in time, by service, and who is missing."""

    bodies: dict[str, Any]
    errors: list[ServiceError]


class Fanout:
    """Asks with the identity of whoever asked us, so that each service decides for itself what it shows."""

    def __init__(self, signer: Signer, *, seconds: float) -> None:
        self._signer = signer
        self._seconds = seconds

    async def ask(
        self, principal: Principal, upstreams: Iterable[Upstream], question: Question, *, seconds: float | None = None
    ) -> Answers:
        """Put the question to all of them in parallel.

        Args:
            seconds: a shorter deadline than usual.
        """
        asked = list(upstreams)
        deadline = min(seconds or self._seconds, self._seconds)
        replies = await asyncio.gather(*(self._ask_one(principal, upstream, question, deadline) for upstream in asked))
        bodies: dict[str, Any] = {}
        errors: list[ServiceError] = []
        for upstream, reply in zip(asked, replies, strict=True):
            if isinstance(reply, ServiceError):
                errors.append(reply)
            else:
                bodies[upstream.name] = reply
        return Answers(bodies, errors)

    async def _ask_one(self, principal: Principal, upstream: Upstream, question: Question, seconds: float) -> Any:
        bound = structlog.contextvars.get_contextvars()
        headers = {
            HEADER: self._signer.identity(principal, upstream.name),
            "X-Request-ID": str(bound.get("request_id", "")),
            "X-Forwarded-For": str(bound.get("ip", "")),
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        try:
            async with upstream.requests.request(
                question.method,
                upstream.url + question.path,
                params=question.query,
                data=None if question.body is None else orjson.dumps(question.body),
                headers=headers,
                timeout=ClientTimeout(total=seconds),
                allow_redirects=False,
            ) as response:
                content = await response.content.read(MOST_BYTES)
                while not response.content.at_eof() and len(content) < MOST_BYTES:
                    content += await response.content.read(MOST_BYTES)
                body = orjson.loads(content) if content else None
        except (TimeoutError, ClientError, OSError, ValueError) as error:
            return _missing(upstream, error)
        told = body if isinstance(body, dict) else {}
        # A service that is not ready answers 503 and says why: that is an answer as well.
        if question.expects in told and (response.ok or question.path == READINESS):
            return told
        code = told.get("code", "answer_unreadable")
        detail = told.get("detail", f"{upstream.title} answered {response.status}, in no known form.")
        return ServiceError(service=upstream.name, code=str(code), detail=str(detail))


def _missing(upstream: Upstream, error: Exception) -> ServiceError:
    told = upstream.timed_out() if isinstance(error, TimeoutError) else upstream.unreachable()
    log.info("overview.service_missing", service=upstream.name, error=type(error).__name__)
    return ServiceError(service=upstream.name, code=told.code, detail=told.detail)
