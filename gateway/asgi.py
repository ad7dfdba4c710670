"""Reading raw ASGI requests, for what runs outside the framework: the proxy and the outermost callable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from secrets import token_hex
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from common.errors import AppError

if TYPE_CHECKING:
    from collections.abc import Iterable

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
AsgiApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
RawHeaders: TypeAlias = "Iterable[tuple[bytes, bytes]]"


class MalformedRequest(AppError):
    """Says two things about its own length, or repeats what must be said once: two readers could read two requests."""

    code = "malformed_request"
    status = 400
    title = "Malformed request"


def single_headers(raw: RawHeaders) -> dict[bytes, bytes]:
    """The headers as a mapping; cookies that were split are joined.

    Raises:
        MalformedRequest: a header that decides about identity, length or address comes twice, or lengths contradict.
    """
    headers: dict[bytes, bytes] = {}
    for name, value in raw:
        if name in headers:
            if name in _ONCE:
                raise MalformedRequest(f"The header {name.decode('latin-1')} was sent more than once.")
            headers[name] += (b"; " if name == b"cookie" else b", ") + value
        else:
            headers[name] = value
    coding = headers.get(b"transfer-encoding")
    if coding is not None and (b"content-length" in headers or coding.strip().lower() != b"chunked"):
        raise MalformedRequest("The length of the body is ambiguous: send Content-Length or chunked, not both.")
    length = headers.get(b"content-length")
    if length is not None and not length.isdigit():
        raise MalformedRequest("Content-Length is not a number.")
    return headers


_ONCE = frozenset(
    {
        b"content-length",
        b"transfer-encoding",
        b"host",
        b"authorization",
        b"x-csrf-token",
        b"x-portico-act-as",
        b"origin",
    }
)


def request_id_of(headers: dict[bytes, bytes]) -> str:
    """The client's request id when it is a UUID, else a new one."""
    sent = headers.get(b"x-request-id")
    if sent:
        try:
            return str(UUID(sent.decode("latin-1")))
        except ValueError:
            pass
    digits = token_hex(16)  # a version 4 UUID but for its six fixed bits, in a tenth of the time
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
