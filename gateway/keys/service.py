"""Making and ending API keys."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from common.audit import record
from common.errors import Conflict, FieldError, InvalidInput, NotFound
from gateway.auth.rules import join_api_key, make_token, token_digest
from gateway.keys.repository import KeyRow, KeysRepository

if TYPE_CHECKING:
    from uuid import UUID

    from common.clock import Clock
    from common.db import Database
    from common.identity import Identity
    from gateway.auth.doorman import Doorman
    from gateway.keys.schemas import KeyCreate

PUBLIC_ID_BYTES = 5


class KeysService:
    """What administrators do."""

    def __init__(self, db: Database, clock: Clock, doorman: Doorman) -> None:
        self._db = db
        self._clock = clock
        self._doorman = doorman

    async def create(self, wanted: KeyCreate, by: Identity) -> tuple[KeyRow, str]:
        """A new key and the whole of it, which is stored nowhere.

        Raises:
            Conflict: another key has this name.
            InvalidInput: it would have expired already.
        """
        if wanted.expires_at and wanted.expires_at <= self._clock.now():
            detail = "The key would have expired already."
            raise InvalidInput(detail, errors=[FieldError("/expires_at", "in_the_past", detail)])
        public_id, secret = secrets.token_hex(PUBLIC_ID_BYTES), make_token()
        async with self._db.transaction() as conn:
            key = await KeysRepository(conn).insert(
                public_id=public_id,
                secret_sha256=token_digest(secret),
                name=wanted.name,
                roles=wanted.roles,
                created_by=by.name,
                expires_at=wanted.expires_at,
            )
            if key is None:
                raise Conflict(f"There is already a key named {wanted.name}.", code="key_name_taken")
            expires_at = key.expires_at.isoformat() if key.expires_at else None
            await record(
                conn, by, "key.created", f"key/{key.name}", after={"roles": key.roles, "expires_at": expires_at}
            )
        return key, join_api_key(public_id, secret)

    async def delete(self, key_id: UUID, by: Identity) -> None:
        """End a key at once.

        Raises:
            NotFound: there is none.
        """
        async with self._db.transaction() as conn:
            key = await KeysRepository(conn).delete(key_id)
            if key is None:
                raise NotFound("There is no such key.", code="no_such_key")
            await record(conn, by, "key.deleted", f"key/{key.name}", before={"roles": key.roles})
        self._doorman.forget()
