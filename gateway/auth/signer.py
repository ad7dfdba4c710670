"""Signed identities for the services: minted per person and service, used again while they are young."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from common.identity import Identity, mint

if TYPE_CHECKING:
    from joserfc.jwk import OKPKey

    from gateway.auth.principals import Principal

REUSED_SECONDS = 30.0
MOST_REMEMBERED = 10_000


class Signer:
    """Mints the value of `X-Portico-Identity`."""

    def __init__(self, key: OKPKey) -> None:
        self._key = key
        self._minted: dict[Identity, dict[str, tuple[str, float]]] = {}

    def identity(self, principal: Principal, service: str) -> str:
        """An identity for `service`; a changed role or name is a new one at once."""
        identity = principal.identity(service)
        minted = self._minted.setdefault(identity, {})
        known = minted.get(service)
        now = monotonic()
        if known and now - known[1] < REUSED_SECONDS:
            return known[0]
        token = mint(self._key, audience=service, identity=identity)
        if len(self._minted) > MOST_REMEMBERED:
            self._minted.clear()
            minted = self._minted.setdefault(identity, {})
        minted[service] = (token, now)
        return token
