"""Looks at how runs ended and writes the mails that are due; each once, by its key."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from common.clock import business_date
from services.asanito.alerts.repository import AlertRepository
from services.asanito.alerts.rules import deadline, find_troubles, start_of_day, trouble_of
from services.asanito.mails.schemas import CycleMissed, MoneyLine, Morning, Recovered, Trouble
from services.asanito.options import MailOptions, SourceOptions
from services.asanito.sync.service import JOB_OF

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import date, datetime

    from common.core import Core
    from common.db import Connection
    from services.asanito.alerts.repository import EndedCycle
    from services.asanito.mails.service import Mails
    from services.asanito.money.service import MoneyService
    from services.asanito.settings import AsanitoSettings

DONE = frozenset({"succeeded", "partial"})


class AlertService:
    """Decides what is worth a mail."""

    def __init__(self, core: Core[AsanitoSettings], *, mails: Mails, money: MoneyService) -> None:
        self._db = core.db
        self._options = core.options
        self._mails = mails
        self._money = money

    async def look(self, now: datetime, guard: Callable[[Connection], Awaitable[None]]) -> list[str]:
        """Write every mail that is due; the keys of the new ones."""
        zone = (await self._options.get(SourceOptions)).tz
        today = business_date(now, zone)
        by = (await self._options.get(MailOptions)).cycle_by
        async with self._db.connection() as conn:
            cycles = await AlertRepository(conn).ended_cycles()
        money = await self._money_line() if cycles else None
        told: list[str] = []
        async with self._db.transaction() as conn:
            await guard(conn)
            told += await self._tell_troubles(conn, today)
            told += await self._tell_recoveries(conn, today)
            for cycle in cycles:
                told += await self._tell_morning(conn, cycle, business_date(cycle.finished_at, zone), money)
            if until := deadline(now, by, zone):
                told += await self._tell_missed(conn, start_of_day(until) - timedelta(hours=12), until, by)
        return told

    async def _money_line(self) -> MoneyLine:
        found = await self._money.check()
        names = set(MoneyLine.model_fields)
        return MoneyLine(**{name: value for name, value in dict(found).items() if name in names})

    async def _tell_troubles(self, conn: Connection, today: date) -> list[str]:
        told = []
        for found in find_troubles(await AlertRepository(conn).failed_attempts(list(JOB_OF.values()))):
            newest = found.newest
            data = Trouble(
                business_date=today, job=newest.job, since=found.first.at, code=newest.code, error=newest.error
            )
            if await self._mails.put(conn, found.kind, found.key, data):
                told.append(found.key)
        return told

    async def _tell_recoveries(self, conn: Connection, today: date) -> list[str]:
        told = []
        for over in await AlertRepository(conn).recovered(list(JOB_OF.values())):
            key = f"recovered:{over.key}"
            data = Recovered(business_date=today, trouble=trouble_of(over.key), since=over.since, at=over.at)
            if await self._mails.put(conn, "recovered", key, data):
                told.append(key)
        return told

    async def _tell_morning(self, conn: Connection, cycle: EndedCycle, day: date, money: MoneyLine | None) -> list[str]:
        repository = AlertRepository(conn)
        stand = await repository.stand()
        data = Morning(
            business_date=day,
            state=cycle.state,
            reason=cycle.reason_code,
            started_at=cycle.started_at,
            finished_at=cycle.finished_at,
            steps=await repository.steps(cycle.id),
            kinds=stand.kinds,
            reasons=stand.reasons,
            uncertain=sum(one.uncertain for one in stand.kinds),
            failed=sum(one.failed for one in stand.kinds),
            gaps=stand.gaps,
            questions=await repository.open_questions(),
            money=money,
        )
        key = f"morning:{cycle.id}"
        return [key] if await self._mails.put(conn, "morning", key, data) else []

    async def _tell_missed(self, conn: Connection, since: datetime, until: datetime, by: str) -> list[str]:
        due = await AlertRepository(conn).due_cycle(since, until)
        if due is None or due[1] in DONE:
            return []
        key = f"cycle_missed:{until.date()}"
        data = CycleMissed(business_date=until.date(), due_at=due[0], by=by, state=due[1])
        return [key] if await self._mails.put(conn, "cycle_missed", key, data) else []
