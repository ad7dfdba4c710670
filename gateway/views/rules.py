"""Who may see, share and change a saved view. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.auth.rules import PORTICO, has_role, has_role_somewhere

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def service_of(screen: str, services: Collection[str]) -> str | None:
    """The service whose screen it is, by its first part; None for the screens over all services."""
    first = screen.strip("/").partition("/")[0]
    return first if first in services else None


def may(roles: Mapping[str, str], screen: str, services: Collection[str], least: str) -> bool:
    """Whether somebody has `least` for the screen: of its service, or of any when it shows all."""
    service = service_of(screen, services)
    return has_role(roles, service, least) if service else has_role_somewhere(roles, least)


def may_change(roles: Mapping[str, str], *, own: bool, shared: bool) -> bool:
    """One's own views; shared ones also whoever administers Portico."""
    return own or (shared and has_role(roles, PORTICO, "admin"))
