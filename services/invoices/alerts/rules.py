"""When to raise an alarm, pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from services.invoices.options import SiteOptions

FAILURES_BEFORE_MAIL = 3
"""A look that fails once is a hiccup; three in a row are an outage."""


def is_alert_time(now: datetime, site: SiteOptions) -> bool:
    """Whether a day without a file is to be told by now: on a working day, from the alert time on."""
    local = now.astimezone(site.tz)
    return site.is_work_day(local.date()) and local.time() >= site.alert_time


def is_outage(failures: int, now: datetime, site: SiteOptions) -> bool:
    """Whether a source that does not answer is to be told by now."""
    return failures >= FAILURES_BEFORE_MAIL or is_alert_time(now, site)
