"""A month of a warehouse with faults drawn at random: nothing lost, nothing sent twice, every day explained.

The seed is printed; `PORTICO_MONTH_SEED=<number>` lives the same month again, `PORTICO_MONTH_DAYS=<n>` only its start.
"""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.month_check import Check
from tests.support.month_life import Life
from tests.support.month_plan import FIRST, draw_month
from tests.support.month_site import ROME, open_month

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.servers import DatabaseUrl

pytestmark = [pytest.mark.servers, pytest.mark.kill, pytest.mark.timeout(600)]


async def test_a_month_of_faults_loses_nothing_sends_nothing_twice_and_explains_every_day(
    make_database: Callable[..., DatabaseUrl], tmp_path: Path
) -> None:
    seed = int(os.environ.get("PORTICO_MONTH_SEED") or secrets.randbelow(1_000_000))
    wanted = os.environ.get("PORTICO_MONTH_DAYS")
    days = draw_month(seed, int(wanted) if wanted else None)
    print(f"PORTICO_MONTH_SEED={seed}")
    print("\n".join(day.name for day in days))
    evening = datetime.combine(FIRST - timedelta(days=1), time(20), ROME).astimezone(UTC)
    async with open_month(make_database, tmp_path, evening) as month:
        await Life(month).live(days)
        check = Check(month, days)
        broken = await check.everything()
        print("\n".join(f"{day}: {why}" for day, why in check.explained.items()))
        if os.environ.get("PORTICO_MONTH_STORIES"):
            print("\n".join(f"{day} {line}" for day, lines in check.stories.items() for line in lines))
        assert not broken, f"PORTICO_MONTH_SEED={seed}\n" + "\n".join(broken)
