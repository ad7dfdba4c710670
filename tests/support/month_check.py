"""The promises, checked after a month: nothing lost, nothing sent twice, every day explained.

It reads what is outside (the inbox, what the receiver took, the mails that arrived) and the rows, and asks the API for
the explanations. Every broken promise is a sentence; all of them are collected before the test fails.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import date, timedelta
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

from common.mail import message_id
from tests.support.month_plan import FIRST, HOLIDAY, TICKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.month_plan import Day
    from tests.support.month_site import Month

JUDGED = {"imported", "held", "invalid", "duplicate", "late", "stale", "discarded"}
OPEN_QUESTIONS = {"held", "late", "stale"}
MAIL_OF = {"imported": "import", "held": "invalid", "invalid": "invalid", "late": "late", "stale": "stale"}
UNANSWERED = {"reset_after"}


class Check:
    """Collects what is wrong."""

    def __init__(self, month: Month, days: Sequence[Day]) -> None:
        self._month = month
        self._days = days
        self.broken: list[str] = []
        self.explained: dict[date, str] = {}
        self.stories: dict[date, list[str]] = {}

    def hold(self, promise: bool, sentence: str) -> None:
        if not promise:
            self.broken.append(sentence)

    async def everything(self) -> list[str]:
        await self.nothing_is_lost()
        await self.nothing_is_imported_twice()
        await self.nothing_is_sent_twice()
        await self.every_mail_arrives_once()
        await self.every_day_has_its_looks()
        await self.every_day_is_explained()
        await self.every_question_can_be_settled()
        return self.broken

    # Files and rows

    async def nothing_is_lost(self) -> None:
        """What was put there is stored here unchanged, or is still there; what is judged has its state and reason."""
        stored = {row["sha256"] for row in await self._month.fetch("SELECT sha256 FROM files")}
        inbox = {hashlib.sha256(path.read_bytes()).hexdigest() for path in self._month.outside.inbox.iterdir()}
        for dropped in self._month.dropped:
            if dropped.replaced:
                continue
            self.hold(dropped.sha256 in stored | inbox, f"{dropped.name} of {dropped.day} is lost")
            if dropped.sha256 in stored:
                content = b"".join([piece async for piece in self._month.core.files.open(dropped.sha256)])
                self.hold(content == dropped.content, f"the bytes of {dropped.name} were changed")
        for file in await self._month.fetch("SELECT * FROM files ORDER BY id"):
            self.hold(file["state"] in JUDGED, f"{file['name']} was left {file['state']}")
            explained = file["state"] == "imported" or file["reason"]
            self.hold(bool(explained), f"{file['name']} is {file['state']} for no reason")
        left = await self._month.fetch(
            "SELECT name, remote_state, state FROM remote_files WHERE remote_state <> 'gone'"
        )
        names = {path.name for path in self._month.outside.inbox.iterdir()}
        known = {row["name"] for row in left}
        self.hold(names == known, f"in the inbox: {names - known} unknown, {known - names} not there any more")

    async def nothing_is_imported_twice(self) -> None:
        twice = await self._month.fetch(
            "SELECT sha256 FROM files WHERE state = 'imported' GROUP BY sha256 HAVING count(*) > 1"
        )
        self.hold(not twice, f"{len(twice)} files were imported twice")
        rows = await self._month.fetch("SELECT session_id, invoice_number FROM rows GROUP BY 1, 2 HAVING count(*) > 1")
        self.hold(not rows, f"{len(rows)} invoices are in a session twice")
        imported = await self._month.fetch(
            "SELECT sha256, array_agg(invoice_number) AS numbers FROM files JOIN rows USING (session_id) "
            "WHERE state = 'imported' GROUP BY files.id"
        )
        numbers_of = {row["sha256"]: set(row["numbers"]) for row in imported}
        for dropped in self._month.dropped:
            missing = set(dropped.numbers) - numbers_of.get(dropped.sha256, set(dropped.numbers))
            self.hold(not missing, f"{len(missing)} invoices of {dropped.name} were not imported")

    async def nothing_is_sent_twice(self) -> None:
        """Each session is one file at the receiver at most, its bytes are ours, no invoice goes out in two of them."""
        sessions = {row["remote_name"]: row for row in await self._month.fetch("SELECT * FROM sessions")}
        readings = self._month.readings()
        names = Counter(reading["name"] for reading in readings)
        self.hold(not [name for name in names if names[name] > 1], f"taken twice: {names.most_common(3)}")
        sent: Counter[str] = Counter()
        for reading in readings:
            session = sessions.get(reading["name"])
            if session is None:
                self.broken.append(f"nobody knows {reading['name']}")
                continue
            self.hold(reading["sha256"] == session["csv_sha256"], f"{reading['name']} arrived with other bytes")
            content = b"".join([piece async for piece in self._month.core.files.open(session["csv_sha256"])])
            lines = content.decode().splitlines()
            self.hold(len(lines) == session["csv_lines"] == session["total"], f"{reading['name']}: {len(lines)} lines")
            sent.update(line[2:11] for line in lines)
            await self._is_what_can_go(session, {int(line[2:11]) for line in lines})
            effects = await self._month.fetch(
                "SELECT state FROM run_effects WHERE key = $1", f"{session['business_date']}/{session['remote_name']}"
            )
            known = session["uploaded_at"] or {row["state"] for row in effects} & {"confirmed", "uncertain"}
            self.hold(bool(known), f"{reading['name']} was delivered and nobody knows")
        twice = [number for number, times in sent.items() if times > 1]
        self.hold(not twice, f"{len(twice)} invoices were sent twice: {twice[:3]}")
        for session in sessions.values():
            arrived = session["uploaded_at"] is None or names[session["remote_name"]] == 1
            self.hold(arrived, f"the session of {session['business_date']} believes it was delivered")

    async def _is_what_can_go(self, session: Any, numbers: set[int]) -> None:
        rows = await self._month.fetch(
            "SELECT invoice_number FROM rows WHERE session_id = $1 AND status = 'valid'", session["id"]
        )
        valid = {row["invoice_number"] for row in rows}
        self.hold(numbers == valid, f"{session['remote_name']} differs from its session by {len(numbers ^ valid)}")

    # Mails and looks

    async def every_mail_arrives_once(self) -> None:
        """Each outbox row is one mail; a copy is allowed where the server's answer was lost, under the same id."""
        rows = await self._month.fetch("SELECT * FROM outbox WHERE kind = 'mail' ORDER BY id")
        arrived: Counter[str] = Counter()
        for path in (self._month.outside.directory / "mail").glob("*.eml"):
            arrived[message_from_bytes(path.read_bytes())["Message-ID"]] += 1
        ids = {message_id(row["key"], self._month.core.settings.mail_from): row for row in rows}
        for row in rows:
            self.hold(row["state"] == "sent", f"the mail {row['key']} is {row['state']}: {row['error']}")
        for identity, row in ids.items():
            self.hold(arrived[identity] >= 1, f"the mail {row['key']} never arrived")
        self.hold(not set(arrived) - set(ids), "mails arrived that nobody wrote")
        copies = sum(arrived.values()) - len(arrived)
        lost = [one for one in self._month.outside.journal("mail", "DATA") if one["fault"] in UNANSWERED]
        self.hold(copies <= len(lost) + self._month.kills, f"{copies} mails came twice, {len(lost)} answers were lost")
        await self._each_event_has_its_mail({row["key"] for row in rows})

    async def _each_event_has_its_mail(self, keys: set[str]) -> None:
        for file in await self._month.fetch("SELECT id, state, name FROM files WHERE source = 'ftp'"):
            kind = MAIL_OF.get(file["state"])
            if kind:
                self.hold(f"{kind}:{file['id']}" in keys, f"no mail tells that {file['name']} is {file['state']}")
        for session in await self._month.fetch("SELECT * FROM sessions"):
            if session["verified_at"]:
                self.hold(f"success:{session['id']}" in keys, f"no mail tells of {session['business_date']}")
            if session["expired"]:
                self.hold(f"expired:{session['id']}" in keys, f"no mail tells the end of {session['business_date']}")
        told = {key.partition(":")[2] for key in keys if key.startswith("no_file:")}
        for day in self._days:
            quiet = not day.troubles and not day.killed_at
            if day.arrival in {"nothing", "evening", "night"} and quiet and day.date != HOLIDAY:
                self.hold(day.date.isoformat() in told, f"no mail tells that {day.date} had no file")
            if day.arrival in {"day", "two_files"} and quiet:
                self.hold(day.date.isoformat() not in told, f"{day.date} had a file, and a mail says the opposite")
        idle = [one for one in told if date.fromisoformat(one).weekday() > 4 or one == HOLIDAY.isoformat()]
        self.hold(not idle, f"alerts on days without work: {idle}")

    async def every_day_has_its_looks(self) -> None:
        rows = await self._month.fetch(
            "SELECT (slot_at AT TIME ZONE 'Europe/Rome')::date AS day, decision, count(*) AS n FROM schedule_slots s "
            "JOIN schedules ON schedules.id = s.schedule_id WHERE name = 'imports.pick_up' GROUP BY 1, 2"
        )
        slots: Counter[date] = Counter()
        for row in rows:
            slots[row["day"]] += row["n"]
        for day in self._days:
            self.hold(slots[day.date] == TICKS, f"{day.date} had {slots[day.date]} looks")
        last = self._days[-1].date
        idle = {day for day in slots if day.weekday() > 4 and FIRST <= day <= last}
        self.hold(not idle, f"looks on {sorted(idle)}")
        missed = sum(row["n"] for row in rows if row["decision"] == "missed" and FIRST <= row["day"] <= last)
        rests = sum(one.ticks for day in self._days for one in day.troubles if one.name == "service_down")
        self.hold(
            missed <= rests + 2 * self._month.kills, f"{missed} looks were missed, the service rested for {rests}"
        )

    # Explanations, from the API alone

    async def every_day_is_explained(self) -> None:
        day, last = FIRST, self._days[-1].date
        while day <= last:
            try:
                self.explained[day] = await self.explain(day)
            except Unexplained as error:
                self.broken.append(f"{day}: {error}")
            day += timedelta(days=1)

    async def explain(self, day: date) -> str:
        """Why a day ended as it did, as the console can say it.

        Raises:
            Unexplained: it can't.
        """
        story = (await self._month.read(f"/sessions/{day}/timeline"))["items"]
        parts = ("kind", "code", "title", "by", "detail")
        self.stories[day] = [f"{one['at'][11:19]} " + " ".join(one[name] or "" for name in parts) for one in story]
        files = (await self._month.read("/files", business_date=day.isoformat(), limit=100))["items"]
        for file in files:
            await self._explain_file(file)
        answer = await self._month.call("GET", f"/sessions/{day}", role="viewer")
        if answer.status_code == 404:
            return self._explain_silence(day, story)
        session = answer.json()
        told = [entry["code"] for entry in story if entry["kind"] == "session"]
        _must(session["state"] == "closed", f"its session is still {session['state']}")
        _must("ready" in told and "closed" in told, "its story has no beginning or no end")
        _must(bool(session["files"]), "its session came from nowhere")
        self._explain_attempts(session, story)
        if session["reason"] == "completed":
            _must(session["processed"] >= session["total"] > 0, "it is complete without its shipments")
            _must(bool(session["log_line"] or session["confirmed_by"]), "nobody confirmed what is complete")
            _must({"started", "generated", "uploaded", "opened"} <= set(told), f"its story is {told}")
            return f"{session['processed']} of {session['total']} processed, started by {session['started_by']}"
        if session["expired"]:
            _must(session["closed_by"] == "system", "it expired by somebody's hand")
            return f"expired with {session['processed']} of {session['total']} processed"
        pressed = [entry["by"] for entry in story if entry["code"] == "session.closed"]
        _must(session["closed_by"] in pressed, f"{session['closed_by']} closed it, the audit says {pressed}")
        return f"closed by {session['closed_by']} with {session['processed']} of {session['total']} processed"

    async def _explain_file(self, file: dict[str, Any]) -> None:
        _must(file["state"] in JUDGED, f"{file['name']} is {file['state']}")
        if file["state"] == "imported":
            counters = file["counters"]  # all of its lines may be in the session already, by a longer version
            _must(counters["kept"] + counters["duplicates"] > 0, f"{file['name']} brought nothing: {counters}")
        else:
            _must(bool(file["reason"]), f"{file['name']} is {file['state']} without a reason")

    @staticmethod
    def _explain_attempts(session: dict[str, Any], story: list[dict[str, Any]]) -> None:
        """Each Start that came to nothing is a run that says why."""
        failed = [entry for entry in story if (entry["kind"], entry["title"]) == ("run", "dispatch.send")]
        unhappy = [entry for entry in failed if entry["code"] in {"failed", "partial"}]
        _must(all(entry["detail"] for entry in unhappy), "a sending failed without words")
        _must(len(failed) >= min(session["attempt"], 1), "it was started, and no run sent it")
        if session["attempt"] > 1:
            _must(len(unhappy) >= session["attempt"] - 1, f"{session['attempt']} attempts, {len(unhappy)} failures")

    @staticmethod
    def _explain_silence(day: date, story: list[dict[str, Any]]) -> str:
        """A day without a session: what came could not be imported, or nothing came and that was told."""
        if day.weekday() > 4 or day == HOLIDAY:
            return "no working day"
        for entry in story:
            if entry["kind"] == "file":
                return f"{entry['title']} was {entry['code']}: {entry['detail']}"
            if entry["kind"] == "mail" and entry["title"] in {"no_file", "source_unreachable"}:
                return f"told by mail: {entry['title']}"
            if entry["kind"] == "run" and entry["code"] in {"failed", "partial"}:
                return f"{entry['title']} {entry['code']}: {entry['detail']}"
        raise Unexplained("no session, and nothing says why")

    async def every_question_can_be_settled(self) -> None:
        """What waits for a person at the end has words and a way out; when all is settled nothing waits any more."""
        for _ in range(4):
            items = (await self._month.read("/attention"))["items"]
            for item in items:
                self.hold(bool(item["title"] and item["code"]), f"a question without words: {item}")
                await self._settle(item)
            await self._month.live_until(self._month.clock.now() + timedelta(hours=2))
        left = [item for item in (await self._month.read("/attention"))["items"] if item["actions"]]
        self.hold(not left, f"{len(left)} questions can't be settled, such as {json.dumps(left[:1])[:400]}")

    async def _settle(self, item: dict[str, Any]) -> None:
        if not item["actions"]:
            self.hold(bool(item["link"]), f"{item['title']}: neither a button nor a place to look")
            return
        names = [action["name"] for action in item["actions"]]
        wanted = next((name for name in ("see", "discard", "dismiss", "happened") if name in names), names[0])
        [action] = [one for one in item["actions"] if one["name"] == wanted]
        path = action["path"].removeprefix("/v1")
        answer = await self._month.call(action["method"], path, role="admin", json=action["body"])
        settled = answer.is_success or answer.status_code == 409
        self.hold(settled, f"{item['title']}: {wanted} answers {answer.status_code} {answer.text[:200]}")


class Unexplained(AssertionError):
    """The API can't say why a day ended as it did."""


def _must(holds: bool, sentence: str) -> None:
    if not holds:
        raise Unexplained(sentence)
