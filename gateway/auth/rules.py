"""Decisions about logins, roles and tokens. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from common.identity import ROLES, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

Roles = dict[str, Role]
RANK: dict[str, int] = {role: rank for rank, role in enumerate(ROLES, 1)}
PORTICO = "portico"

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)

TOKEN_BYTES = 32
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Failures that cost nothing: people mistype. An address may stand for a whole office.
FREE_FAILURES: dict[str, int] = {"account": 3, "address": 20}
LONGEST_DELAY = timedelta(minutes=1)
FORGET_FAILURES_AFTER = timedelta(minutes=15)


def has_role(roles: Mapping[str, str], service: str, least: str) -> bool:
    """Whether `roles` hold `least` or more for `service`."""
    return RANK.get(roles.get(service, ""), 0) >= RANK[least]


def has_role_somewhere(roles: Mapping[str, str], least: str) -> bool:
    return any(RANK.get(role, 0) >= RANK[least] for role in roles.values())


def login_delay(kind: str, failures: int) -> timedelta:
    """How long the next try must wait after so many failures in a row: 1, 2, 4 … 60 seconds, never for good."""
    excess = failures - FREE_FAILURES[kind]
    if excess <= 0:
        return timedelta()
    return min(timedelta(seconds=2 ** min(excess - 1, 10)), LONGEST_DELAY)


def throttle_subject(kind: str, value: str) -> bytes:
    return hashlib.sha256(f"{kind}:{value}".encode()).digest()


def make_token() -> str:
    """256 random bits for a cookie or a key."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_digest(token: str) -> bytes:
    """What is stored of a token. A fast hash is enough: nobody guesses 256 bits."""
    return hashlib.sha256(token.encode()).digest()


def csrf_token(session_token: str) -> str:
    """Bound to the session without being stored: who has it can't get back to the session's token."""
    digest = hmac.digest(session_token.encode(), b"portico csrf", "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_same_site(*, fetch_site: str | None, origin: str | None, host: str | None, public_origin: str) -> bool:
    """Whether a change comes from our own pages, by what the browser says about it.

    A client that says nothing is no browser (or an old one); the token then decides alone.
    """
    if fetch_site is not None and fetch_site not in {"same-origin", "none"}:
        return False
    if origin is None:
        return True
    return origin == public_origin or (bool(host) and urlsplit(origin).netloc == host)


def split_api_key(value: str) -> tuple[str, str] | None:
    """`pk_<public id>_<secret>` as (public id, secret)."""
    prefix, _, rest = value.partition("_")
    public_id, _, secret = rest.partition("_")
    return (public_id, secret) if prefix == "pk" and public_id and secret else None


def join_api_key(public_id: str, secret: str) -> str:
    return f"pk_{public_id}_{secret}"
