"""What may be done to users. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.auth.rules import PORTICO, has_role

if TYPE_CHECKING:
    from collections.abc import Mapping


def is_admin(roles: Mapping[str, str], *, disabled: bool) -> bool:
    """Whether somebody with these roles can let others in."""
    return not disabled and has_role(roles, PORTICO, "admin")
