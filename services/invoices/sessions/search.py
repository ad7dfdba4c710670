"""How a session is found: by its day. Read by the console's search box."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from common.search import SearchHit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.invoices.resources import Resources

DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


async def search_sessions(resources: Resources, text: str, _limit: int) -> Sequence[SearchHit]:
    """The session of the day that the text names, as 2026-11-20 or 20261120."""
    match = DAY.fullmatch(text.strip())
    if match is None:
        return []
    try:
        day = date(*(int(part) for part in match.groups()))
    except ValueError:
        return []
    session = (await resources.sessions.overview(day)).session
    if session is None:
        return []
    detail = f"{session.state}, {session.processed} of {session.total} shipments"
    link = f"/invoices/sessions/{day}"
    return [SearchHit(kind="session", id=str(day), title=f"Session of {day}", detail=detail, link=link)]
