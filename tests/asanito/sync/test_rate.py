"""How hard Asanito is asked: what an administrator changes holds for the next run, and nothing is restarted."""

from __future__ import annotations

from time import monotonic

import pytest

from common import limits
from services.asanito.options import TargetOptions

pytestmark = [pytest.mark.servers, pytest.mark.timeout(60)]


async def test_a_changed_rate_holds_for_the_next_run(site, monkeypatch):
    monkeypatch.setattr(limits, "LOOK_EVERY_SECONDS", 0)
    site.outside.seed(size=60)
    await site.map_everything()
    await site.run("contacts", limit=1)
    seconds = []
    for rate in (100, 4):
        await site.put_options(TargetOptions, calls_per_second=rate)
        started = monotonic()
        await site.run("contacts", limit=4)
        seconds.append(monotonic() - started)
    assert seconds[0] + 1 < seconds[1]
