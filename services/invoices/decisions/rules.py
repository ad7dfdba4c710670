"""Which files which decision is for, pure."""

from __future__ import annotations

from typing import NamedTuple

from services.invoices.imports.rules import FileState


class Decision(NamedTuple):
    """One thing that a person may decide; `code` and `sentence` are the answer when the file is in no such state."""

    action: str
    states: frozenset[FileState]
    code: str
    sentence: str


ACCEPT = Decision(
    "file.accepted", frozenset({FileState.HELD}), "not_acceptable", "{name} is {state}: there is no count to accept."
)
IMPORT = Decision(
    "file.imported",
    frozenset({FileState.STALE, FileState.LATE}),
    "not_importable",
    "{name} is {state}: only a late file, or one of another day, is imported by hand.",
)
DISCARD = Decision(
    "file.discarded",
    frozenset({FileState.HELD, FileState.STALE, FileState.LATE, FileState.INVALID}),
    "not_discardable",
    "{name} is {state}: it can't be discarded.",
)
