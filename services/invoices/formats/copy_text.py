"""PostgreSQL's text form of COPY: a line for each row, tabs between the values.

Made here, in a thread, where big tables are staged: asyncpg would pack values one by one in the event loop. Used by the
staging of imports and by the dispatch. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

NONE = "\\N"
_SPECIAL = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_ESCAPES = str.maketrans(_SPECIAL)


def escaped(text: str | None) -> str:
    """A text as COPY reads it; numbers, dates and our own codes need no escaping."""
    if text is None:
        return NONE
    # Nearly all texts are printable, and looking is much cheaper than translating.
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


def escaped_all(texts: Sequence[str]) -> Sequence[str]:
    """The same for many texts, which hardly ever need it: all of them are looked at in one go."""
    joined = "".join(texts)
    return [escaped(text) for text in texts] if any(character in joined for character in _SPECIAL) else texts


def plain(value: object) -> str:
    """A number or a date, or none."""
    return NONE if value is None else str(value)


async def stream(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    """The pieces as asyncpg takes them: one message each."""
    for piece in pieces:
        yield piece
