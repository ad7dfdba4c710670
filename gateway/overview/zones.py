"""In which zone each service's site lives: `zone` of its options `site`, which an administrator edits there.

That option is the one source. The gateway reads it with an identity of its own, since options are for administrators
and a clock is for everybody; it passes on this one word and nothing else. Used by the list of services.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.auth.principals import Principal
from gateway.overview.fanout import Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.auth.rules import Roles
    from gateway.overview.fanout import Fanout
    from gateway.upstreams import Upstream

BELIEVED_SECONDS = 10.0
# The list of services is what the console waits for first: a silent service must not hold it up.
DEADLINE_SECONDS = 1.0
SITE = Question("/v1/options/site", expects="value")


class Zones:
    """The zones by service, as they were told at most some seconds ago; of a service that is away, the last known."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self._known: dict[str, str] = {}
        self._asked_at: dict[str, float] = {}
        self._asking = asyncio.Lock()

    async def of(self, upstreams: Sequence[Upstream]) -> Mapping[str, str]:
        """IANA names by service; without those that have no site or were never heard."""
        if self._old(upstreams):
            async with self._asking:
                if old := self._old(upstreams):
                    await self._ask(old)
        return self._known

    def _old(self, upstreams: Sequence[Upstream]) -> list[Upstream]:
        before = monotonic() - BELIEVED_SECONDS
        return [upstream for upstream in upstreams if self._asked_at.get(upstream.name, before) <= before]

    async def _ask(self, upstreams: Sequence[Upstream]) -> None:
        roles: Roles = {upstream.name: "admin" for upstream in upstreams}
        reader = Principal(id=UUID(int=0), kind="system", name="Portico", roles=roles)
        answers = await self._fanout.ask(reader, upstreams, SITE, seconds=DEADLINE_SECONDS)
        for service, topic in answers.bodies.items():
            if zone := _zone_of(topic):
                self._known[service] = zone
        self._asked_at |= dict.fromkeys(roles, monotonic())


def _zone_of(topic: Mapping[str, Any]) -> str | None:
    """The zone in a topic of options; None when there is none that everybody knows."""
    value = topic["value"]
    zone = value.get("zone") if isinstance(value, dict) else None
    try:
        return ZoneInfo(zone).key if isinstance(zone, str) else None
    except (KeyError, ValueError, OSError):  # an unknown name, or one that is a path
        return None
