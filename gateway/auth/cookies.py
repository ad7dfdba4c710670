"""The session cookie, written and read by hand: the door reads raw headers, before any framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.settings import GatewaySettings


class SessionCookie:
    """`__Host-sid` over https and on loopback; `sid` on a local network without TLS, where that would be dropped."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.name = "__Host-sid" if settings.secure_cookie else "sid"
        self._flags = "Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if settings.secure_cookie else "")
        self._wanted = f"{self.name}=".encode()

    def set(self, token: str) -> str:
        """The `Set-Cookie` value. No lifetime: it ends with the browser, or earlier with the session."""
        return f"{self.name}={token}; {self._flags}"

    def clear(self) -> str:
        return f"{self.name}=; {self._flags}; Max-Age=0"

    def read(self, header: bytes) -> str | None:
        """The token in a `Cookie` header."""
        for part in header.split(b";"):
            part = part.strip()  # noqa: PLW2901
            if part.startswith(self._wanted):
                return part[len(self._wanted) :].decode("latin-1")
        return None
