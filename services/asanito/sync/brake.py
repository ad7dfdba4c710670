"""The brake: a run that would create far more than usual, or anything for the first time, asks a person first.

Source: domain page, opening box (Brake). It guards against a wrong start point, a wrong tenant, a restored backup.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from common.jobs import Question

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.asanito.options import SyncOptions
    from services.asanito.source.rules import Kind

BRAKE = "brake"
TIMES_THE_USUAL = 3
ALWAYS_FINE = 20
"""So few may be created whatever is usual: three times a median of 2 would ask every other day."""


def allowed(creations: Sequence[int], options: SyncOptions) -> int:
    """How many a run may create without asking, after what the last runs created."""
    if not creations:
        return 0 if options.brake_first_run else options.brake_creates
    usual = max(ALWAYS_FINE, int(TIMES_THE_USUAL * median(creations)))
    return min(options.brake_creates, usual)


def question(kind: Kind, creates: int, limit: int, samples: Sequence[tuple[UUID, str]]) -> Question:
    """What the run asks; samples carry keys and first letters only."""
    return Question(
        code=BRAKE,
        subject=kind,
        text=f"Up to {creates} would be created; {limit} may be without asking.",
        params={"kind": kind.value, "limit": limit},
        counts={"create": creates},
        samples=[{"key": str(key), "label": label} for key, label in samples],
    )
