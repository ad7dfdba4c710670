"""Which files which decision is for, pure."""

from __future__ import annotations

from enum import Enum

from services.invoices.imports.rules import FileState


class Decision(Enum):
    """One thing that a person may decide: what the audit calls it, and the states of files that it is for."""

    ACCEPT = ("file.accepted", frozenset({FileState.HELD}))
    IMPORT = ("file.imported", frozenset({FileState.STALE, FileState.LATE}))
    DISCARD = ("file.discarded", frozenset({FileState.HELD, FileState.STALE, FileState.LATE, FileState.INVALID}))

    def __init__(self, action: str, states: frozenset[FileState]) -> None:
        self.action = action
        self.states = states
