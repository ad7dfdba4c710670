"""Who a request comes from: a person with a session, an API key, or the gateway itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from common.identity import Identity
from gateway.auth.rules import PORTICO, has_role, has_role_somewhere

if TYPE_CHECKING:
    from uuid import UUID

    from common.identity import Role
    from gateway.auth.repository import KeyRow, SessionRow
    from gateway.auth.rules import Roles


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who was let in.

    Args:
        name: what audit rows and runs call them: the username, or the key's name; neither can be chosen freely.
        session: the person's session; None for a key.
    """

    id: UUID
    kind: Literal["user", "key", "system"]
    name: str
    roles: Roles
    session: SessionRow | None = None

    def has(self, service: str, least: Role) -> bool:
        return has_role(self.roles, service, least)

    def has_somewhere(self, least: Role) -> bool:
        """For what concerns all services at once: the role for one of them, or for Portico."""
        return has_role_somewhere(self.roles, least)

    def identity(self, service: str) -> Identity:
        """What `service` is told about this principal."""
        return Identity(str(self.id), self.name, self.kind, self.roles.get(service))

    @property
    def must_change_password(self) -> bool:
        return self.session is not None and self.session.must_change_password

    @property
    def is_admin(self) -> bool:
        return self.has(PORTICO, "admin")


def principal_of_session(row: SessionRow) -> Principal:
    return Principal(id=row.user_id, kind="user", name=row.username, roles=row.roles, session=row)


def principal_of_key(row: KeyRow) -> Principal:
    return Principal(id=row.id, kind="key", name=row.name, roles=row.roles)
