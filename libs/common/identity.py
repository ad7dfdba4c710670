"""The identity that the gateway signs and the services verify: both halves, so that they can't drift apart.

Used by every service (verify) and the gateway (mint); tests and `portico-admin token` mint as well. A short-lived JWT,
signed with Ed25519, for one audience. Nothing else that a request carries says who asks.
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from common.errors import Unauthorized

HEADER = "X-Portico-Identity"
ISSUER = "portico-gateway"
TYPE = "portico-identity+jwt"
ALGORITHMS = ["Ed25519"]
LIFETIME_SECONDS = 60
LEEWAY_SECONDS = 5

Role: TypeAlias = Literal["viewer", "operator", "admin"]
Kind: TypeAlias = Literal["user", "key", "system"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. `role` is the one in the service that was asked; None: known, but nothing is allowed there."""

    subject: str
    name: str
    kind: Kind
    role: Role | None

    def may(self, role: Role) -> bool:
        """Whether this identity has at least `role`."""
        return self.role is not None and ROLES.index(self.role) >= ROLES.index(role)


SYSTEM = Identity("system", "Portico", "system", "admin")


def make_key() -> OKPKey:
    """A new signing key, named by its thumbprint."""
    return OKPKey.generate_key("Ed25519", parameters={"use": "sig", "alg": "Ed25519"}, auto_kid=True)


def load_key(private_jwk: str) -> OKPKey:
    """The gateway's signing key from its JSON form."""
    return OKPKey.import_key(json.loads(private_jwk))


def private_json(key: OKPKey) -> str:
    """What only the gateway may read."""
    return json.dumps(key.as_dict(private=True))


def public_set_json(*keys: OKPKey) -> str:
    """The JWKS that services trust; several keys while one replaces another."""
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def mint(key: OKPKey, *, audience: str, identity: Identity, lifetime_seconds: int = LIFETIME_SECONDS) -> str:
    """Sign `identity` for the service named `audience`."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": audience,
        "sub": identity.subject,
        "name": identity.name,
        "kind": identity.kind,
        "iat": now,
        "exp": now + lifetime_seconds,
        "jti": str(uuid.uuid4()),
    }
    if identity.role:
        claims["role"] = identity.role
    return jwt.encode({"alg": "Ed25519", "typ": TYPE, "kid": key.kid}, claims, key, algorithms=ALGORITHMS)


class Verifier:
    """Verifies identities for one audience; what was verified once is remembered until it expires.

    Args:
        public_set: JWKS of the keys that are trusted.
        remember: how many identities at most.
    """

    def __init__(self, public_set: str, audience: str, *, remember: int = 4096) -> None:
        self._keys = KeySet.import_key_set(json.loads(public_set))
        self._known = {key.kid for key in self._keys.keys}
        self._audience = audience
        self._remember = remember
        self._seen: dict[str, tuple[float, Identity]] = {}

    def verify(self, token: str) -> Identity:
        """Who the token speaks for.

        Raises:
            Unauthorized: not signed by a known key, not for this audience, not now, or not an identity at all.
        """
        now = time.time()
        remembered = self._seen.get(token)
        if remembered and remembered[0] > now:
            return remembered[1]
        expires, identity = self._read(token, now)
        if len(self._seen) >= self._remember:
            self._seen.clear()
        self._seen[token] = (expires, identity)
        return identity

    def _read(self, token: str, now: float) -> tuple[float, Identity]:
        try:
            decoded = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _refused() from error
        header, claims = decoded.header, decoded.claims
        if header.get("typ") != TYPE or header.get("kid") not in self._known:
            raise _refused()
        if claims.get("iss") != ISSUER or claims.get("aud") != self._audience:
            raise _refused()
        issued, not_before, expires = (_instant(claims, name) for name in ("iat", "nbf", "exp"))
        if max(issued, not_before) > now + LEEWAY_SECONDS or expires <= now:
            raise _refused()
        return expires, _identity(claims)


def _instant(claims: dict[str, Any], name: str) -> float:
    at = claims.get(name, 0 if name == "nbf" else None)
    if not isinstance(at, int):
        raise _refused()
    return float(at)


def _identity(claims: dict[str, Any]) -> Identity:
    subject, name = claims.get("sub"), claims.get("name")
    kind: Any = claims.get("kind")
    role: Any = claims.get("role")
    if not isinstance(subject, str) or not isinstance(name, str) or not subject:
        raise _refused()
    if kind not in get_args(Kind) or (role is not None and role not in ROLES):
        raise _refused()
    return Identity(subject, name, kind, role)


def _refused() -> Unauthorized:
    return Unauthorized("The identity of this request is not valid (any more). Sign in again.", code="identity_invalid")
