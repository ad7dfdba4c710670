"""Which headers pass the gateway, which it drops, which it says itself. Pure.

What a client says about itself in `X-Forwarded-*`, `X-User-*` or `X-Portico-*` never reaches a service, and neither do
its cookie and its key: a service believes the signed identity and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multidict import CIMultiDict

from common.errors import NotFound
from gateway.asgi import MalformedRequest

if TYPE_CHECKING:
    from gateway.asgi import RawHeaders, Scope

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
NOT_FORWARDED = HOP_BY_HOP | {
    b"authorization",
    b"cookie",
    b"expect",
    b"forwarded",
    b"host",
    b"via",
    b"x-csrf-token",
    b"x-http-method-override",
    b"x-original-url",
    b"x-real-ip",
    b"x-request-id",
    b"x-rewrite-url",
    b"x-roles",
}
SPOOFABLE = (b"x-forwarded-", b"x-user-", b"x-portico-")
# A service sets no cookies; server and date are said once, by the gateway's own server.
NOT_RETURNED = HOP_BY_HOP | {b"date", b"server", b"set-cookie", b"strict-transport-security", b"x-request-id"}


def forwarded_headers(scope: Scope, *, prefix: str, identity: str, request_id: str) -> CIMultiDict[str]:
    """The request's headers as the service gets them.

    Args:
        prefix: what the gateway takes off the path, so that a service can name its own public address.
    """
    outgoing: CIMultiDict[str] = CIMultiDict()
    named = _named_in_connection(scope["headers"])
    for name, value in scope["headers"]:
        # Some servers read `_` as `-`: an underscore must not smuggle a name past this list.
        plain = name.replace(b"_", b"-")
        if plain not in NOT_FORWARDED and not plain.startswith(SPOOFABLE) and plain not in named:
            outgoing.add(name.decode("latin-1"), value.decode("latin-1"))
    client = scope.get("client")
    outgoing["X-Forwarded-For"] = client[0] if client else ""
    outgoing["X-Forwarded-Proto"] = scope.get("scheme", "http")
    outgoing["X-Forwarded-Prefix"] = prefix
    outgoing["X-Request-ID"] = request_id
    outgoing["X-Portico-Identity"] = identity
    return outgoing


def returned_headers(raw: RawHeaders, *, prefix: str, url: str, request_id: str) -> list[tuple[bytes, bytes]]:
    """The answer's headers as the client gets them; `Location` leads through the gateway again."""
    raw = [(name.lower(), value) for name, value in raw]
    named = _named_in_connection(raw)
    returned = [(name, value) for name, value in raw if name not in NOT_RETURNED and name not in named]
    for index, (name, value) in enumerate(returned):
        if name == b"location":
            returned[index] = (name, prefixed_location(value.decode("latin-1"), prefix, url).encode("latin-1"))
    returned.append((b"x-request-id", request_id.encode()))
    return returned


def prefixed_location(location: str, prefix: str, url: str) -> str:
    """`/v1/runs/1` of a service as `/api/<service>/v1/runs/1`; foreign addresses stay."""
    location = location.removeprefix(url) if location.startswith(f"{url}/") else location
    return f"{prefix}{location}" if location.startswith("/") and not location.startswith("//") else location


def target_path(scope: Scope, prefix: str) -> str:
    """Path and query for the service, as they were sent.

    Raises:
        MalformedRequest: bytes that no address has.
        NotFound: dot segments, or a prefix that is only equal after decoding: two readers could read two paths.
    """
    try:
        path = scope["raw_path"].decode("ascii")
        query = scope["query_string"].decode("ascii")
    except UnicodeDecodeError as error:
        raise MalformedRequest("The address holds bytes that should be percent-encoded.") from error
    segments = scope["path"].replace("\\", "/").split("/")
    if not path.startswith(f"{prefix}/") or ".." in segments or "." in segments:
        raise NotFound("There is nothing at this address.")
    path = path[len(prefix) :]
    return f"{path}?{query}" if query else path


def _named_in_connection(raw: RawHeaders) -> frozenset[bytes]:
    """Headers that `Connection` declares hop-by-hop."""
    return frozenset(
        token.strip().lower() for name, value in raw if name == b"connection" for token in value.split(b",")
    )
