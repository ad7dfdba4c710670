"""Passwords: hashed with argon2id in a thread, a few at a time (each takes 64 MiB and a core for a while)."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from functools import partial

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from common.errors import FieldError, InvalidInput

LEAST_CHARACTERS = 15
MOST_CHARACTERS = 1024
AT_ONCE = 2


@dataclass(slots=True)
class Passwords:
    """Hashes and verifies. One object per process: the cap on parallel work is in it."""

    _hasher: PasswordHasher = field(default_factory=PasswordHasher)
    _slots: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, AT_ONCE))
    # Verified in place of an unknown user's, so that the answer takes as long as for a known one.
    _nobody: str = field(default="", init=False)

    async def hash(self, password: str) -> str:
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether `password` is right; `None` (no such user) takes as long and is never right."""
        if not self._nobody:
            self._nobody = await self.hash(secrets.token_urlsafe(32))
        async with self._slots:
            return await asyncio.to_thread(self._verify, password_hash, password)

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str | None, password: str) -> bool:
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        return password_hash is not None


def check_new_password(password: str, *, pointer: str) -> None:
    """Length is the only rule: long beats odd.

    Raises:
        InvalidInput: too short or absurdly long.
    """
    if len(password) < LEAST_CHARACTERS:
        raise _refused(pointer, "password_too_short", f"The password needs at least {LEAST_CHARACTERS} characters.")
    if len(password) > MOST_CHARACTERS:
        raise _refused(pointer, "password_too_long", f"The password has more than {MOST_CHARACTERS} characters.")


def _refused(pointer: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput(
        detail, code=code, params={"least": LEAST_CHARACTERS}, errors=[FieldError(pointer, code, detail)]
    )


def make_password() -> str:
    """A random password that can be typed: five groups of five, 125 bits."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(5))
