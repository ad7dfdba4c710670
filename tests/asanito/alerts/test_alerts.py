"""What is told of how runs ended: troubles, their end, the morning, a cycle that was not done. Each once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from services.asanito.alerts.rules import Attempt, deadline, find_troubles

TEHRAN = ZoneInfo("Asia/Tehran")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def attempt(code: str, *, is_last: bool = False, minutes: int = 0, run_id: UUID | None = None) -> Attempt:
    return Attempt(run_id or uuid4(), 1, "contacts", NOON + timedelta(minutes=minutes), is_last, code, "No.")


def test_a_login_that_fails_is_told_at_once_and_a_hiccup_at_the_second_time():
    assert [found.kind for found in find_troubles([attempt("remote_unauthorized")])] == ["login_failed"]
    assert find_troubles([attempt("source_unavailable")]) == []
    two = [attempt("source_unavailable"), attempt("source_unavailable", minutes=1)]
    [found] = find_troubles(two)
    assert (found.kind, found.key) == ("source_down", f"source_down:{two[0].run_id}:1")


def test_a_run_that_has_given_up_is_told_at_once():
    assert [found.kind for found in find_troubles([attempt("target_down", is_last=True)])] == ["target_down"]


def test_what_is_nobodys_trouble_is_not_told():
    assert find_troubles([attempt("internal_error", is_last=True)]) == []


@pytest.mark.parametrize(
    ("hour", "minute", "passed"), [(2, 29, False), (2, 30, True), (12, 0, True)], ids=["before", "at", "after"]
)
def test_the_deadline_is_an_hour_of_the_sources_zone(hour, minute, passed):
    found = deadline(datetime(2026, 11, 21, hour, minute, tzinfo=UTC), "06:00", TEHRAN)
    assert (found is not None) is passed
    if found:
        assert found.isoformat() == "2026-11-21T06:00:00+03:30"


async def told(site) -> list[str]:
    run = await site.run("watch")
    assert run["state"] == "succeeded", run["error"]
    rows = await site.rows("SELECT payload ->> 'kind' AS kind FROM outbox WHERE kind = 'mail' ORDER BY id")
    return [row["kind"] for row in rows]


@pytest.mark.servers
async def test_a_wrong_login_is_told_once_and_its_end_once(site, outside):
    outside.seed(size=20, seed=2)
    await site.map_everything()
    outside.fault("Account/LoginWithPhoneNumber", "reply", status=401, times=None)
    assert (await site.run("contacts"))["state"] == "failed"
    assert await told(site) == ["login_failed"]
    await site.run("products")
    assert await told(site) == ["login_failed"]
    outside.disarm()
    assert (await site.run("contacts"))["state"] in ("succeeded", "partial")
    assert await told(site) == ["login_failed", "recovered"]
    assert await told(site) == ["login_failed", "recovered"]
    [row] = await site.rows("SELECT payload -> 'data' AS data FROM outbox WHERE payload ->> 'kind' = 'recovered'")
    assert row["data"]["trouble"] == "login_failed"


@pytest.mark.servers
async def test_after_a_cycle_the_morning_mail_tells_steps_reasons_and_money(site, outside):
    outside.seed(size=60, seed=4)
    await site.map_everything()
    cycle = await site.run("cycle")
    assert cycle["state"] == "partial"
    assert await told(site) == ["morning"]
    assert await told(site) == ["morning"]
    [row] = await site.rows("SELECT key, payload -> 'data' AS data FROM outbox WHERE kind = 'mail'")
    data = row["data"]
    assert row["key"] == f"morning:{cycle['id']}"
    assert [step["job"] for step in data["steps"]][:2] == ["dedupe", "contacts"]
    assert sum(step["sent"] for step in data["steps"]) > 0
    assert data["failed"] == sum(one["count"] for one in data["reasons"] if one["state"] == "failed") > 0
    assert data["gaps"] > 0
    money = data["money"]
    assert money["source"] - money["posted"] - money["left_out"] == money["difference"]
    people = await site.rows("SELECT label FROM entities WHERE kind = 'person' AND label <> ''")
    assert not [one["label"] for one in people if one["label"] in str(data)]


async def due(
    site, *, at: datetime, run_state: str | None = None, decision: str = "fired", enabled: bool = True
) -> None:
    """A slot of the cycle's schedule, and perhaps a run of it that ended ten minutes later."""
    async with site.core.db.transaction() as conn:
        schedule = await conn.fetchval(
            "INSERT INTO schedules (name, job, cron, zone, misfire, grace_seconds, overlap, decided_until, enabled) "
            "VALUES ('cycle', 'cycle', '{30 1 * * *}', 'Asia/Tehran', 'once', 3600, 'skip', $1, $2) "
            "ON CONFLICT (name) DO UPDATE SET enabled = excluded.enabled RETURNING id",
            at, enabled,
        )  # fmt: skip
        await conn.execute(
            "INSERT INTO schedule_slots (schedule_id, slot_at, decision) VALUES ($1, $2, $3)", schedule, at, decision
        )
        if run_state:
            await conn.execute(
                "INSERT INTO runs (job, lane, state, trigger_type, max_attempts, finished_at, reason_code) "
                "VALUES ('cycle', 'default', $1, 'schedule', 1, $2, 'nothing_to_do')",
                run_state, at + timedelta(minutes=10),
            )  # fmt: skip


class At:
    """A clock that stands."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


LAST_NIGHT = datetime(
    2025, 11, 20, 22, 0, tzinfo=UTC
)  # 01:30 of the 21st in Tehran; long ago, so that no mail tells it
MORNING = datetime(2025, 11, 21, 2, 31, tzinfo=UTC)


@pytest.mark.servers
@pytest.mark.parametrize(
    ("now", "facts", "expected"),
    [
        (MORNING, {}, ["cycle_missed"]),
        (MORNING, {"run_state": "failed"}, ["cycle_missed"]),
        (MORNING, {"decision": "missed"}, ["cycle_missed"]),
        (MORNING, {"run_state": "partial"}, []),
        (MORNING - timedelta(minutes=5), {}, []),
        (MORNING, {"decision": "paused"}, []),
        (MORNING, {"enabled": False}, []),
    ],
    ids=["never started", "failed", "worker down", "done", "too early", "paused", "disabled"],
)
async def test_a_cycle_that_is_not_done_in_time_is_told_once_a_day(site, now, facts, expected):
    await due(site, at=LAST_NIGHT, **facts)
    object.__setattr__(site.core, "clock", At(now))
    assert await told(site) == expected
    object.__setattr__(site.core, "clock", At(now + timedelta(seconds=40)))
    assert await told(site) == expected
