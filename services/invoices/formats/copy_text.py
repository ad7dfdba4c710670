"""PostgreSQL's text form of COPY: a line for each row, tabs between the values.

Made here, in a thread, where big tables are staged: asyncpg would pack values one by one in the event loop. Used by the
staging of imports and by the dispatch. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

NONE = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def escaped(text: str | None) -> str:
    """A text as COPY reads it; numbers, dates and our own codes need no escaping."""
    if text is None:
        return NONE
    # Nearly all texts are printable, and looking is much cheaper than translating.
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


def plain(value: object) -> str:
    """A number or a date, or none."""
    return NONE if value is None else str(value)


async def stream(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    """The pieces as asyncpg takes them: one message each."""
    for piece in pieces:
        yield piece
