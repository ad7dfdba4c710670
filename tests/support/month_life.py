"""A month lived: the days of `month_plan` happen to the warehouse of `month_site`, tick by tick."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.support.month_plan import EVENING, HOLIDAY, NIGHT, TICKS
from tests.support.month_site import DEPUTY, ROME

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tests.support.month_plan import Day
    from tests.support.month_site import Dropped, Month

HALF_AN_HOUR = timedelta(minutes=30)
RETRYABLE = {"no_records", "view_unavailable", "upload_failed"}
WHOLE_AFTER = {"growing": 1, "short_then_whole": 3}
"""Ticks until a half file is whole."""

CALLS: dict[str, dict[str, Any]] = {
    "inbox_truncates": {"system": "inbox", "operation": "RETR", "kind": "truncate"},
    "inbox_drops": {"system": "inbox", "operation": "RETR", "kind": "drop", "bytes": 100},
    "inbox_forgets_listing": {"system": "inbox", "operation": "MLSD", "kind": "reset_before"},
    "delete_answer_lost": {"system": "inbox", "operation": "DELE", "kind": "reset_after"},
    "disk_full": {"system": "delivery", "operation": "STOR", "kind": "reply", "status": 552, "text": "Disk full."},
    "upload_truncated": {"system": "delivery", "operation": "STOR", "kind": "truncate", "bytes": 50},
    "rename_answer_lost": {"system": "delivery", "operation": "RNTO", "kind": "reset_after"},
    "rename_cut": {"system": "delivery", "operation": "RNTO", "kind": "reset_before"},
    "receiver_silent": {"system": "consumer", "operation": "read", "kind": "silent"},
    "receiver_reads_fewer": {"system": "consumer", "operation": "read", "kind": "fewer", "count": 2},
    "receiver_fails": {"system": "consumer", "operation": "read", "kind": "error", "text": "no such branch"},
    "receiver_slow": {"system": "consumer", "operation": "read", "kind": "split", "seconds": 0.3},
    "mail_refuses_one": {"system": "mail", "operation": "RCPT", "kind": "reply", "match": DEPUTY, "status": 550}
    | {"text": "No such user"},
    "mail_answer_lost": {"system": "mail", "operation": "DATA", "kind": "reset_after"},
    "mail_says_later": {"system": "mail", "operation": "DATA", "kind": "reply", "status": 451, "text": "Later."},
}
"""Troubles that strike one call."""

SYSTEMS = {
    "inbox_down": "inbox",
    "customer_down": "customer",
    "delivery_down": "delivery",
    "log_host_down": "ssh",
    "mail_down": "mail",
}
"""Troubles that stop a server for some ticks."""


class Life:
    """Lives the days one after the other."""

    def __init__(self, month: Month) -> None:
        self._month = month
        self._outside = month.outside
        self._refusing: int | None = None
        self._waited = 0
        self._starts = 0
        self._checks = 0
        self._half: Dropped | None = None
        self._dropped: Dropped | None = None
        self._delivered = False

    async def live(self, days: Sequence[Day]) -> None:
        await self._month.change("PUT", "/options/site", {"holidays": [HOLIDAY.isoformat()]})
        for day in days:
            await self._live_day(day)
        self._heal()
        await self._month.live_until(self._month.clock.now() + timedelta(hours=30))

    async def _live_day(self, day: Day) -> None:
        self._waited = self._starts = self._checks = 0
        self._half = self._dropped = None
        for tick in range(TICKS):
            at = self._month.local(day.date, 8) + tick * HALF_AN_HOUR
            await self._month.live_until(at - timedelta(seconds=90))
            await self._begin(day, tick)
            await self._arrive(day, tick)
            if not self._stands("service_down", day, tick):
                async with self._slow_view(self._stands("view_slow", day, tick)):
                    await self._kill(day, "pick_up", at)
                    await self._month.live_until(at + timedelta(minutes=12))
                    await self._operate(day, tick)
                    await self._kill(day, "dispatch", at + timedelta(minutes=12))
                    await self._month.live_until(at + timedelta(minutes=27))
            await self._end(day, tick)
        await self._month.live_until(self._month.local(day.date, 20, 15))
        await self._arrive(day, NIGHT)
        self._heal()
        await self._month.live_until(self._month.local(day.date, 21))

    # Troubles

    @staticmethod
    def _stands(name: str, day: Day, tick: int) -> bool:
        return any(one.name == name and one.tick <= tick < one.tick + one.ticks for one in day.troubles)

    async def _begin(self, day: Day, tick: int) -> None:
        for trouble in (one for one in day.troubles if one.tick == tick):
            if trouble.name in CALLS:
                call = dict(CALLS[trouble.name])
                self._outside.fault(call.pop("system"), call.pop("operation"), call.pop("kind"), **call)
            elif trouble.name in SYSTEMS:
                self._outside.system(SYSTEMS[trouble.name], up=False)
            elif trouble.name == "delete_refused":
                answer = {"status": 550, "text": "No right.", "times": None}
                self._refusing = self._outside.fault("inbox", "DELE", "reply", **answer)
            elif trouble.name == "view_away":
                self._outside.change(view_hidden=True)
            elif trouble.name == "receiver_takes_files":
                self._outside.change(removes_files=True)
            elif trouble.name == "log_rotated":
                self._outside.rotate_log()

    async def _end(self, day: Day, tick: int) -> None:
        for trouble in (one for one in day.troubles if one.ticks and one.tick + one.ticks == tick + 1):
            if trouble.name in SYSTEMS:
                self._outside.system(SYSTEMS[trouble.name], up=True)
            elif trouble.name == "view_away":
                self._outside.change(view_hidden=False)
            elif trouble.name == "delete_refused" and self._refusing:
                self._outside.client.delete(f"/_sandbox/faults/{self._refusing}")

    def _heal(self) -> None:
        self._outside.disarm()
        for system in SYSTEMS.values():
            self._outside.system(system, up=True)
        self._outside.change(view_hidden=False, removes_files=False)

    @asynccontextmanager
    async def _slow_view(self, slow: bool) -> AsyncIterator[None]:
        """Whoever asks the view waits until it gives up."""
        if not slow:
            yield
            return
        async with self._month.customer.acquire() as conn, conn.transaction():
            await conn.execute("LOCK TABLE bdm.stock IN ACCESS EXCLUSIVE MODE")
            yield

    async def _kill(self, day: Day, where: str, at: Any) -> None:
        """A worker dies in the middle of it; another one goes on when its lease has ended."""
        job = {"pick_up": "imports.pick_up", "dispatch": "dispatch.send"}[where]
        if day.killed_at != where:
            return
        if where == "pick_up" and self._dropped is None:
            return
        if where == "dispatch" and not self._starts:
            return
        day.killed_at = ""
        await self._month.move_to(at)
        await self._month.kill_a_worker_at(job, (day.date.day % 7) * 0.03)

    # Files

    async def _arrive(self, day: Day, tick: int) -> None:
        kind, since = day.arrival, tick - day.tick
        rows = 20 + day.date.day
        if since == 0:
            await self._first(day, kind, rows)
        elif kind in WHOLE_AFTER and since == WHOLE_AFTER[kind]:
            self._write_whole()
        elif kind == "two_files" and since == 1:
            await self._month.drop("second", rows // 2)
        elif kind == "short_then_renamed" and since == 2 and self._dropped:
            self._again(self._dropped, self._dropped.content.count(b"\n") + 1)
        elif kind == "same_again" and since == 3 and self._dropped:
            self._again(self._dropped, int(self._dropped.name.rpartition("_")[2].removesuffix(".txt")))
        elif kind == "second_late" and since > 0 and self._starts and tick < EVENING and self._half is None:
            self._half = await self._month.drop("second", 7)

    async def _first(self, day: Day, kind: str, rows: int) -> None:
        if kind == "nothing":
            return
        sandbox_kind = {
            "latin1": "latin1",
            "conflict": "conflict",
            "short_accepted": "short",
            "short_left": "short",
            "short_then_renamed": "short",
            "no_records": "no_records",
            "one_column": "one_column",
            "empty": "empty",
        }.get(kind, "day")
        dropped = self._dropped = await self._month.drop(sandbox_kind, rows)
        path = self._outside.inbox / dropped.name
        if kind in WHOLE_AFTER:
            self._half = dropped
            half = dropped.content[: len(dropped.content) // 2]
            path.write_bytes(half)
            self._month.touch(path)
        elif kind == "upload":
            path.unlink()
            upload = {"file": (dropped.name, dropped.content)}
            answer = await self._month.call("POST", "/files", files=upload)
            if not answer.is_success:  # the view was away; the operator tries once more without hurry
                assert answer.status_code in {409, 502, 503, 504}, answer.text
                dropped.replaced = True
        elif kind == "old":
            dropped.replaced = True
            old = self._month.clock.now() - timedelta(days=10)
            name = f"Letture{old.astimezone(ROME):%Y%m%d%H%M%S}000_{dropped.name.rpartition('_')[2]}"
            renamed = path.rename(path.with_name(name))
            self._month.remember(name, dropped.numbers)
            self._month.touch(renamed, old)

    def _write_whole(self) -> None:
        if self._half is None:
            return
        path = self._outside.inbox / self._half.name
        path.write_bytes(self._half.content)
        self._month.touch(path)

    def _again(self, dropped: Dropped, declared: int) -> None:
        """The same bytes under another name."""
        name = f"Letture{self._month.clock.now().astimezone(ROME):%Y%m%d%H%M%S}123_{declared}.txt"
        path = self._outside.inbox / name
        path.write_bytes(dropped.content)
        self._month.touch(path)
        self._month.remember(name, dropped.numbers)

    # People

    async def _operate(self, day: Day, tick: int) -> None:
        if tick % 3 == 0:
            await self._decide_about_files(day)
        session = await self._month.read("/session")
        match session["state"]:
            case "ready":
                await self._with_ready(day, tick)
            case "failed":
                await self._with_failed(day, session)
            case "open":
                await self._with_open(day, session, tick)
            case "closed" if day.operator == "twice":
                assert (await self._press("start")).status_code == 409

    async def _press(self, button: str, role: str = "operator", **body: Any) -> Any:
        answer = await self._month.call("POST", f"/session/{button}", role=role, json=body or None)
        assert answer.status_code in {200, 202, 409, 502, 503, 504}, f"{button}: {answer.status_code} {answer.text}"
        return answer

    async def _with_ready(self, day: Day, tick: int) -> None:
        self._waited += 1
        comes_at = day.tick if day.tick < EVENING else 0
        if day.operator == "never" or self._waited < day.patience or tick < comes_at + day.patience:
            return
        if day.operator == "close_unstarted":
            await self._press("close", force=True)
            return
        presses = 10 if day.operator == "ten_at_once" else 1
        answers = await asyncio.gather(*(self._press("start") for _ in range(presses)))
        assert sorted(answer.status_code for answer in answers) == [202, *[409] * (presses - 1)]
        self._starts += 1

    async def _with_failed(self, day: Day, session: dict[str, Any]) -> None:
        self._checks += 1
        if session["reason"] in RETRYABLE and self._starts <= day.patience:
            self._starts += (await self._press("start")).status_code == 202
        elif session["reason"] == "log_timeout" and self._checks <= 2:
            if self._checks == 2 and day.late_line:
                line = f"INFO upload file={session['remote_name']} read={session['generated']}"
                self._outside.write_log(line)
            await self._press("check")
        elif session["reason"] in RETRYABLE or not day.confirms:
            await self._press("close", force=True)
        else:
            await self._press("confirm", "admin", note="Seen on the receiver's screen.")

    async def _with_open(self, day: Day, session: dict[str, Any], tick: int) -> None:
        self._checks += 1
        if (day.operator == "close_early" and session["processed"]) or (tick == TICKS - 2 and day.confirms):
            await self._press("close", force=True)
        else:
            await asyncio.to_thread(self._outside.process, None if self._checks % 3 == 0 else 9)
            await self._press("check")

    async def _decide_about_files(self, day: Day) -> None:
        """Held files are accepted on their day, others are imported into the next session or discarded."""
        for item in (await self._month.read("/attention"))["items"]:
            if item["kind"] != "file" or not item["actions"]:
                continue
            file = await self._month.read(f"/files/{UUID(item['id'].partition(':')[2])}")
            if file["business_date"] == day.date.isoformat() and day.arrival != "short_accepted":
                continue
            wanted = "discard" if day.patience == 1 else item["actions"][0]["name"]
            [action] = [one for one in item["actions"] if one["name"] == wanted]
            path = action["path"].removeprefix("/v1")
            answer = await self._month.call(action["method"], path, json=action["body"])
            assert answer.status_code in {200, 202, 204, 409, 422, 502, 503, 504}, answer.text
