"""The session's statements do what the table of rules says, one by one and all at once."""

import asyncio
from datetime import timedelta

import pytest

from common.errors import Conflict
from services.invoices.sessions.rules import Event, Go, Refuse, Situation, State, decide
from tests.support.jobs import trap_jobs
from tests.support.session_site import ADMIN, COMPONENTS, DAY, OPERATOR, Site, open_site
from tests.support.session_states import SITUATIONS, arrange, name_of

pytestmark = pytest.mark.servers

A, B, C = 600000001, 600000002, 600000003


@pytest.fixture
async def site(make_database, tmp_path):
    async with open_site(make_database(*COMPONENTS), tmp_path) as opened:
        yield opened


async def do(site: Site, event: Event) -> None:
    match event:
        case Event.START:
            await site.sessions.start(OPERATOR)
        case Event.CHECK:
            await site.sessions.check()
        case Event.CONFIRM:
            await site.sessions.confirm(ADMIN, "seen")
        case _:
            await site.sessions.close(OPERATOR, force=event is Event.FORCE_CLOSE)


@pytest.mark.parametrize("event", [event for event in Event if event is not Event.UPLOAD])
@pytest.mark.parametrize("now", SITUATIONS, ids=name_of)
async def test_every_cell_of_the_table_holds_in_the_database(site: Site, now: Situation, event: Event):
    await arrange(site, now)
    decision = decide(now, event)
    if isinstance(decision, Refuse):
        with pytest.raises(Conflict) as refused:
            await do(site, event)
        assert refused.value.code == decision.code
    else:
        await do(site, event)
    after = (await site.sessions.overview(DAY)).situation
    if isinstance(decision, Go):
        assert (after.state, after.reason) == (decision.to, decision.reason)
    elif event is Event.CHECK and now.is_complete:
        assert after.state is State.CLOSED
    else:
        assert (after.state, after.reason) == (now.state, now.reason)


async def test_fifty_starts_at_once_are_one_session_one_run_one_csv_one_file(site: Site):
    await site.add_session(A, B, C)
    answers = await asyncio.gather(*(site.sessions.start(OPERATOR) for _ in range(50)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Conflict)]
    assert len(refused) == 49
    assert {answer.code for answer in refused} == {"already_started"}
    assert {answer.params["by"] for answer in refused} == {"M. Rossi"}
    assert {answer.params["at"] for answer in refused} == {"2026-11-20T08:00:00+01:00"}
    assert len(await trap_jobs(site.core)) == 1
    await site.work()
    assert len(site.delivered()) == 1
    async with site.core.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM blobs") == 1


async def test_start_and_close_at_once_leave_one_of_two_whole_states(site: Site):
    await site.add_session(A)
    answers = await asyncio.gather(
        site.sessions.start(OPERATOR), site.sessions.close(ADMIN, force=True), return_exceptions=True
    )
    await site.work()
    session = await site.session()
    assert (session.state, session.closed_by) == (State.CLOSED, "A. Bianchi")
    assert site.delivered() == []
    codes = [answer.code for answer in answers if isinstance(answer, Conflict)]
    assert codes in ([], ["closed"])
    assert (session.started_by is None) == (codes == ["closed"])


async def test_close_again_changes_nothing_and_is_no_error(site: Site):
    await site.add_session(A)
    _, changed = await site.sessions.close(OPERATOR, force=True)
    session, again = await site.sessions.close(ADMIN, force=True)
    assert (changed, again, session.closed_by) == (True, False, "M. Rossi")


async def test_an_incomplete_close_says_both_counts(site: Site):
    await site.add_session(A, B, C)
    await site.set(state="open")
    await site.process(A)
    with pytest.raises(Conflict) as refused:
        await site.sessions.close(OPERATOR, force=False)
    assert (refused.value.params["processed"], refused.value.params["total"]) == (1, 3)
    assert "Only 1 of 3" in refused.value.detail


async def test_the_counter_counts_our_shipments_of_today_once(site: Site):
    await site.add_session(A, B, C)
    await site.set(state="open")
    await site.process(A, A, 699999999)
    await site.process(B, day=DAY - timedelta(days=1))
    await site.sessions.check()
    session = await site.session()
    assert (session.processed, session.state, session.checked_at) == (1, State.OPEN, site.clock.now())


async def test_an_unreachable_table_leaves_the_last_numbers_and_says_that_they_are_old(site: Site):
    await site.add_session(A, B, C)
    await site.set(state="open")
    await site.process(A)
    await site.sessions.check()
    await site.customer.execute("ALTER TABLE bdm.processing RENAME TO gone")
    await site.sessions.check()
    session = await site.session()
    assert (session.processed, session.stale, session.state) == (1, True, State.OPEN)
    await site.customer.execute("ALTER TABLE bdm.gone RENAME TO processing")
    await site.sessions.check()
    assert not (await site.session()).stale


async def test_the_watch_ends_with_the_session_whoever_closes_it(site: Site):
    await site.add_session(A, B)
    await site.set(state="failed", reason="log_failure")
    await site.sessions.confirm(ADMIN, "seen")
    await site.process(A)
    await site.work()
    [watch] = await site.runs("sessions.watch")
    assert (watch["state"], watch["progress_done"], watch["progress_total"]) == ("queued", 1, 2)
    await site.sessions.close(OPERATOR, force=True)
    await site.work_again()
    [watch] = await site.runs("sessions.watch")
    assert watch["state"] == "succeeded"


async def test_a_session_of_yesterday_is_closed_and_told_once(site: Site):
    ready = await site.add_session(A, B)
    site.clock.advance(days=1)
    outcome = await site.sessions.tidy()
    assert "1 sessions of earlier days closed" in outcome.message
    session = await site.session()
    assert (session.state, session.reason, session.expired, session.closed_by) == (
        State.CLOSED,
        "forced",
        True,
        "system",
    )
    assert (await site.mail_data(f"expired:{ready.id}"))["state"] == "ready"
    assert (await site.sessions.tidy()).reason == "nothing_to_do"
    assert await site.mail_keys() == [f"expired:{ready.id}"]
    assert (await site.sessions.overview(await site.sessions.today())).session is None


async def test_a_dispatch_that_was_stopped_by_hand_fails_its_session_with_a_reason(site: Site):
    await site.add_session(A)
    session = await site.sessions.start(OPERATOR)
    async with site.core.db.transaction() as conn:
        await site.core.ledger.cancel(conn, session.run_id, "M. Rossi")
    assert (await site.sessions.tidy()).state == "succeeded"
    session = await site.session()
    assert (session.state, session.reason) == (State.FAILED, "upload_failed")
    await site.sessions.start(OPERATOR)
    await site.work()
    assert len(site.delivered()) == 1


async def test_tidy_leaves_a_living_dispatch_alone(site: Site):
    await site.add_session(A)
    await site.sessions.start(OPERATOR)
    assert (await site.sessions.tidy()).reason == "nothing_to_do"
    assert (await site.session()).state is State.OPENING


async def test_a_watch_that_was_stopped_is_started_again_and_a_living_one_is_not_doubled(site: Site):
    await site.add_session(A)
    await site.set(state="open")
    await site.sessions.tidy()
    await site.sessions.tidy()
    [watch] = await site.runs("sessions.watch")
    async with site.core.db.transaction() as conn:
        await site.core.ledger.cancel(conn, watch["id"], "M. Rossi")
    await site.sessions.tidy()
    assert [run["state"] for run in await site.runs("sessions.watch")] == ["cancelled", "queued"]


async def test_start_and_close_are_in_the_audit(site: Site):
    await site.add_session(A)
    await site.sessions.start(OPERATOR)
    await site.sessions.close(ADMIN, force=True)
    async with site.core.db.connection() as conn:
        rows = await conn.fetch("SELECT actor, action, target FROM audit_entries ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("M. Rossi", "session.started", "session/2026-11-20"),
        ("A. Bianchi", "session.closed", "session/2026-11-20"),
    ]
