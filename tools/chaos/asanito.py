"""A long stormy day of the Asanito bridge: random faults, workers killed at random, three cycles, the books compared.

The scene is the test `tests/asanito/day/test_stormy_day.py` with more records, so that both are one text.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from tools.checks import ROOT

if TYPE_CHECKING:
    import argparse

    from tools.chaos.lab import Lab

RECORDS = 5000
STORY = "tests/asanito/day/test_stormy_day.py"


async def stormy_day(_lab: Lab, _url: str, options: argparse.Namespace) -> tuple[bool, str]:
    """Whether the books were right in the end, and how it is told."""
    values = {"ASANITO_DAY_RECORDS": str(RECORDS), "ASANITO_DAY_SEED": str(options.seed)}
    command = [sys.executable, "-m", "pytest", STORY, "-q", "-p", "no:randomly", "--no-header"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=os.environ | values)
    passed = await process.wait() == 0
    return passed, f"{RECORDS} records, three cycles, seed {options.seed}"
