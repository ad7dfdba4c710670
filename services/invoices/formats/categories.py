"""A category of a description (`Toys,Pet mat` names two): one has one key, however it is spelt."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

LONGEST = 200
"""Characters of a category; what a sender writes beyond is cut, since it can't be a word that anybody looks for."""


class Category(NamedTuple):
    """`key` is what makes two spellings one; `name` is this spelling, tidied."""

    key: str
    name: str


def find_category(part: str) -> Category | None:
    """The category that one part of a description names; None for a blank one."""
    # NFKC turns the no-break space into a blank.
    name = " ".join(unicodedata.normalize("NFKC", part).split())[:LONGEST].rstrip()
    return Category(name.casefold(), name) if name else None
