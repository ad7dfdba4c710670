"""Alerts after each look at the inbox: no file today, inbox not reached. Each is told once, by the key of its mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common import audit
from common.clock import business_date
from common.identity import Identity
from common.jobs import keep_zone
from services.invoices.alerts.repository import AlertRepository
from services.invoices.alerts.rules import is_alert_time, is_outage
from services.invoices.mails.schemas import NoFile, SourceUnreachable
from services.invoices.options import SiteOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import date, datetime

    from common.core import Core
    from common.db import Connection
    from common.errors import RemoteError
    from common.transfer import FileServer
    from services.invoices.mails.service import Mails
    from services.invoices.settings import InvoicesSettings

INBOX = "inbox"
LOOKS = "imports.pick_up"
SYSTEM = Identity("system", "Portico", "system", "admin")


class AlertService:
    """Decides what is worth a mail."""

    def __init__(self, core: Core[InvoicesSettings], *, mails: Mails) -> None:
        self._db = core.db
        self._clock = core.clock
        self._ledger = core.ledger
        self._options = core.options
        self._mails = mails

    async def after_look(
        self,
        now: datetime,
        *,
        site: SiteOptions,
        source: FileServer,
        failure: RemoteError | None,
        guard: Callable[[Connection], Awaitable[None]],
    ) -> None:
        """Note how the look went and put the mails that are due, in one transaction."""
        async with self._db.transaction() as conn:
            await guard(conn)
            if failure is None:
                await AlertRepository(conn).note_reached(source.name, now)
                await self._tell_missing_file(conn, now, site, source)
            else:
                await self._tell_outage(conn, now, site, source, failure)

    async def recovery_warnings(self) -> list[str]:
        """What the next summary says about an outage that is over."""
        async with self._db.transaction() as conn:
            return ["source_recovered"] if await AlertRepository(conn).take_recovery(INBOX) else []

    async def has_file(self, day: date) -> bool:
        """Whether a file of `day` has come, good or bad."""
        async with self._db.connection() as conn:
            return await AlertRepository(conn).has_file(day)

    async def keep_zone(self) -> list[str]:
        """Let the looks at the inbox follow the site's zone, which is kept in one place: the option. What changed."""
        zone = (await self._options.get(SiteOptions)).zone
        async with self._db.transaction() as conn:
            changed = await keep_zone(conn, self._ledger, LOOKS, zone, self._clock.now())
            for name in changed:
                await audit.record(conn, SYSTEM, "schedule.changed", f"schedules/{name}", after={"zone": zone})
        return changed

    async def _tell_missing_file(self, conn: Connection, now: datetime, site: SiteOptions, source: FileServer) -> None:
        today = business_date(now, site.tz)
        repository = AlertRepository(conn)
        if not is_alert_time(now, site) or await repository.has_file(today):
            return
        following = await repository.next_look(now)
        data = NoFile(business_date=today, checked_at=now, next_check_at=following, source_name=source.address)
        await self._mails.put(conn, "no_file", f"no_file:{today}", data)

    async def _tell_outage(
        self, conn: Connection, now: datetime, site: SiteOptions, source: FileServer, failure: RemoteError
    ) -> None:
        repository = AlertRepository(conn)
        outage = await repository.note_failure(source.name, now, failure.detail)
        if outage.told_at is not None or not is_outage(outage.failures, now, site):
            return
        day = business_date(outage.failing_since, site.tz)
        data = SourceUnreachable(
            business_date=business_date(now, site.tz),
            source_name=source.address,
            since=outage.failing_since,
            error=failure.detail,
        )
        await self._mails.put(conn, "source_unreachable", f"source_unreachable:{day}:{outage.outages}", data)
        await repository.note_told(source.name, now)
