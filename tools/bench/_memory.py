"""How much a block of a bench grows this process by. Linux tells the peak since it was last asked to forget it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def memory(grown: list[float]) -> Iterator[None]:
    """Add by how many megabytes the process grew at most in the block."""
    # Writing 5 resets the peak.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _status_mb("VmRSS")
    yield
    grown.append(_status_mb("VmHWM") - before)


def _status_mb(name: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024
