"""Presses Portico's buttons over its public REST API, for the demo that plays a whole day without a person.

It knows the address and the key from the file that `./dev up` writes (`--portico-file`); without it nobody is pressed.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT_SECONDS = 15


class Refused(Exception):
    """Portico answered, but not with what was asked. The text is for the page."""


class Operator:
    """One person with an API key."""

    def __init__(self, portico_file: Path) -> None:
        known = json.loads(portico_file.read_text(encoding="utf-8"))
        self._client = httpx.AsyncClient(
            base_url=f"{known['url'].rstrip('/')}/api/invoices/v1",
            headers={"Authorization": f"Bearer {known['api_key']}"},
            timeout=TIMEOUT_SECONDS,
        )

    async def check_inbox(self) -> None:
        await self._press("/jobs/imports.pick_up/runs", {"params": {}})

    async def start(self) -> None:
        await self._press("/session/start", {})

    async def session(self) -> dict[str, Any]:
        """Today's session; an empty one when there is none or Portico is busy."""
        try:
            answer = await self._client.get("/session")
        except httpx.HTTPError:
            return {}
        found: dict[str, Any] = answer.json() if answer.is_success else {}
        return found

    async def close(self) -> None:
        await self._client.aclose()

    async def _press(self, path: str, body: dict[str, Any]) -> None:
        try:
            answer = await self._client.post(path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
        except httpx.HTTPError as error:
            raise Refused(f"Portico does not answer ({type(error).__name__}).") from error
        if not answer.is_success:
            try:
                detail = answer.json().get("detail", "")
            except ValueError:
                detail = ""
            raise Refused(f"Portico refused: {detail or answer.status_code}")
