"""Start to closed: the dispatch against a real delivery server, a real log host and a real customer's table."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from common.errors import Conflict, Transient
from common.jobs.effects import settle_effect
from services.invoices.options import DispatchOptions
from services.invoices.ports import AvailableInvoice
from services.invoices.sessions import outcomes
from services.invoices.sessions.rules import State
from tests.support.session_site import COMPONENTS, DAY, OPERATOR, Site, open_site

pytestmark = pytest.mark.servers

A, B, C = 600000001, 600000002, 600000003


@pytest.fixture
async def site(make_database, tmp_path):
    async with open_site(make_database(*COMPONENTS), tmp_path) as opened:
        yield opened


async def start(site: Site) -> None:
    await site.sessions.start(OPERATOR)
    await site.work()


async def test_a_day_from_start_to_closed(site: Site):
    site.log("an old line\n")
    await site.add_session(A, B, C)
    await start(site)
    session = await site.session()
    assert (session.state, session.step, session.csv_lines) == (State.OPENING, "verifying", 3)
    [file] = site.delivered()
    assert file.name == session.remote_name
    assert file.read_bytes().count(b"\n") == 3
    site.log(f"08:00:01 file={file.name} read=3 ok\n")
    await site.work_again()
    assert (await site.session()).state is State.OPEN
    await site.process(A, B)
    await site.work_again()
    assert (await site.session()).processed == 2
    await site.process(C)
    await site.work_again()
    session = await site.session()
    assert (session.state, session.reason, session.closed_by) == (State.CLOSED, "completed", "system")
    assert [run["state"] for run in await site.runs("dispatch.send")] == ["succeeded"]
    assert [run["state"] for run in await site.runs("sessions.watch")] == ["succeeded"]
    assert await site.mail_keys() == [f"success:{session.id}"]
    assert await site.effects() == ["confirmed"]
    [run] = await site.runs("dispatch.send")
    assert (run["progress_done"], run["progress_total"], run["progress_text"]) == (4, 4, "")
    with pytest.raises(Conflict) as refused:
        await site.sessions.start(OPERATOR)
    assert refused.value.code == "closed"


async def test_an_invoice_that_appeared_since_the_import_goes_and_one_that_vanished_does_not(site: Site):
    session = await site.add_session(A, B, C)
    await site.set(total=1)
    site.view.rows = [row for row in site.view.rows if row.number != B]
    await start(site)
    now = await site.session()
    assert (now.total, now.not_found, now.csv_lines) == (2, 1, 2)
    content = site.delivered()[0].read_text()
    assert f"LT{A}LT|300|" in content
    assert str(B) not in content
    site.log(f"file={now.remote_name} read=2\n")
    await site.work_again()
    data = await site.mail_data(f"success:{session.id}")
    assert data["unsent"] == [{"number": B, "status": "not_found"}]


async def test_what_can_not_be_a_line_is_left_out_with_its_reason(site: Site):
    await site.add_session(A, B, C)
    rows = site.view.rows
    site.view.rows = [
        rows[0]._replace(weight=None),
        rows[1]._replace(date=DAY - timedelta(days=1)),
        rows[2],
        rows[2]._replace(date=DAY + timedelta(days=3), destination_branch="ZZ"),
    ]
    await start(site)
    now = await site.session()
    assert (now.total, now.incomplete, now.in_past, now.csv_lines) == (1, 1, 1, 1)
    assert site.delivered()[0].read_text().startswith(f"LT{C}LT|")


async def test_what_an_earlier_session_delivered_is_not_sent_again(site: Site):
    yesterday = DAY - timedelta(days=1)
    await site.add_session(A, day=yesterday)
    async with site.core.db.connection() as conn:
        await conn.execute("UPDATE sessions SET state = 'closed', reason = 'completed', uploaded_at = now()")
    await site.add_session(A, B)
    await start(site)
    now = await site.session()
    assert (now.total, now.already_sent) == (1, 1)


async def test_nothing_to_send_fails_the_session_and_it_may_be_started_again(site: Site):
    session = await site.add_session(A, available=False)
    await start(site)
    failed = await site.session()
    assert (failed.state, failed.reason, failed.not_found) == (State.FAILED, "no_records", 1)
    assert site.delivered() == []
    data = await site.mail_data(f"failed:{session.id}:1")
    assert (data["reason"], data["can_retry"], data["step"]) == ("no_records", True, "generating")
    site.view.rows = [AvailableInvoice(A, "LT", DAY, Decimal(1))]
    await start(site)
    assert (await site.session()).csv_lines == 1
    assert len(site.delivered()) == 1


async def test_a_view_that_does_not_answer_is_tried_three_times_and_may_be_tried_again(site: Site):
    await site.add_session(A)
    site.view.error = Transient("The view does not answer.", target="view")
    await start(site)
    assert (await site.session()).state is State.OPENING
    await site.work_again()
    await site.work_again()
    failed = await site.session()
    assert (failed.state, failed.reason, failed.error) == (
        State.FAILED,
        "view_unavailable",
        "The view does not answer.",
    )
    site.view.error = None
    await start(site)
    assert len(site.delivered()) == 1


@pytest.mark.parametrize("answer", ["552 Disk full.", "426 Aborted.", "421 Going down.", "drop"])
async def test_a_refused_upload_fails_the_session_and_start_sends_the_same_bytes_once(site: Site, answer):
    await site.add_session(A, B)
    site.ftp.refused["STOR"] = answer
    await start(site)
    for _ in range(2):
        await site.work_again()
    failed = await site.session()
    assert (failed.state, failed.reason, failed.step) == (State.FAILED, "upload_failed", "uploading")
    site.clock.advance(minutes=5)
    site.ftp.refused.clear()
    await start(site)
    again = await site.session()
    assert (again.attempt, again.csv_sha256, again.csv_rendered_at) == (2, failed.csv_sha256, failed.csv_rendered_at)
    assert [file.name for file in site.delivered()] == [again.remote_name]


async def test_a_refused_rename_leaves_nothing_under_the_final_name(site: Site):
    await site.add_session(A)
    site.ftp.refused["RNTO"] = "553 Not allowed."
    await start(site)
    for _ in range(2):
        await site.work_again()
    failed = await site.session()
    assert (failed.state, failed.reason, failed.delivering) == (State.FAILED, "upload_failed", False)
    site.ftp.refused.clear()
    await start(site)
    assert [file.name for file in site.delivered()] == [failed.remote_name]
    assert (await site.effects())[-1] == "confirmed"


async def test_a_foreign_file_of_the_final_name_is_never_replaced(site: Site):
    await site.put_options(DispatchOptions, remote_name="out.csv")
    (site.ftp.folder / "out.csv").write_text("somebody else's")
    await site.add_session(A)
    await start(site)
    failed = await site.session()
    assert (failed.state, failed.reason) == (State.FAILED, "upload_failed")
    assert "Another file" in (failed.error or "")
    assert (site.ftp.folder / "out.csv").read_text() == "somebody else's"


async def test_a_rename_without_an_answer_is_looked_up_and_not_repeated(site: Site):
    await site.add_session(A)
    site.ftp.before["RNTO"] = lambda name: rename_behind_its_back(site, name)
    site.ftp.refused["RNTO"] = "drop"
    await start(site)
    assert (await site.session()).delivering
    stores = len([line for line in site.ftp.journal if line.startswith("STOR")])
    site.ftp.refused.clear()
    site.ftp.before.clear()
    await site.work_again()
    session = await site.session()
    assert (session.step, session.delivering) == ("verifying", False)
    assert len([line for line in site.ftp.journal if line.startswith("STOR")]) == stores
    assert await site.effects() == ["confirmed"]


async def test_a_file_that_the_receiver_fetched_at_once_is_not_sent_again_but_verified(site: Site):
    await site.add_session(A)

    def rename_and_fetch(name):
        rename_behind_its_back(site, name).unlink()

    site.ftp.before["RNTO"] = rename_and_fetch
    site.ftp.refused["RNTO"] = "drop"
    await start(site)
    site.ftp.refused.clear()
    site.ftp.before.clear()
    await site.work_again()
    session = await site.session()
    assert session.step == "verifying"
    assert site.delivered() == []
    assert await site.effects() == ["uncertain"]
    site.log(f"file={session.remote_name} read=1\n")
    await site.work_again()
    assert (await site.session()).state is State.OPEN
    assert await site.effects() == ["confirmed"]


async def test_a_rename_that_did_not_happen_is_repeated(site: Site):
    await site.add_session(A)
    site.ftp.refused["RNTO"] = "drop"
    await start(site)
    assert (await site.session()).delivering
    site.ftp.refused.clear()
    await site.work_again()
    session = await site.session()
    assert [file.name for file in site.delivered()] == [session.remote_name]
    assert await site.effects() == ["absent", "confirmed"]


async def test_a_doubt_that_outlasts_the_attempts_is_cleared_up_by_the_next_start(site: Site):
    await site.add_session(A)
    site.ftp.before["RNTO"] = lambda name: rename_behind_its_back(site, name)
    site.ftp.refused["RNTO"] = "drop"
    await start(site)
    site.ftp.refused["PASS"] = "421 Too many connections."
    for _ in range(2):
        await site.work_again()
    failed = await site.session()
    assert (failed.state, failed.reason, failed.delivering) == (State.FAILED, "upload_failed", False)
    assert await site.effects() == ["uncertain"]
    site.ftp.refused.clear()
    site.ftp.before.clear()
    await start(site)
    assert (await site.session()).step == "verifying"
    assert [file.name for file in site.delivered()] == [failed.remote_name]
    assert await site.effects() == ["confirmed"]


async def test_a_doubt_is_not_taken_for_a_refusal_when_a_later_attempt_is_refused(site: Site):
    await site.add_session(A)

    def rename_and_fetch(name):
        rename_behind_its_back(site, name).unlink()

    site.ftp.before["RNTO"] = rename_and_fetch
    site.ftp.refused["RNTO"] = "drop"
    await start(site)
    site.ftp.refused = {"PASS": "530 Login incorrect."}
    site.ftp.before.clear()
    await site.work_again()
    failed = await site.session()
    assert (failed.state, failed.reason) == (State.FAILED, "upload_failed")
    assert await site.effects() == ["uncertain"]
    site.ftp.refused = {}
    stores = len([line for line in site.ftp.journal if line.startswith("STOR")])
    await start(site)
    assert (await site.session()).step == "verifying"
    assert len([line for line in site.ftp.journal if line.startswith("STOR")]) == stores


@pytest.mark.parametrize(("verdict", "goes"), [(None, False), ("confirmed", False), ("absent", True)])
async def test_what_yesterday_may_have_delivered_goes_again_only_when_a_person_says_so(site: Site, verdict, goes):
    await site.add_session(A)
    site.ftp.before["RNTO"] = lambda name: rename_behind_its_back(site, name).unlink()
    site.ftp.refused["RNTO"] = "drop"
    await start(site)
    site.ftp.refused = {"PASS": "530 Login incorrect."}
    site.ftp.before.clear()
    await site.work_again()
    assert await site.effects() == ["uncertain"]
    site.ftp.refused = {}
    if verdict:
        async with site.core.db.connection() as conn:
            await settle_effect(conn, await conn.fetchval("SELECT id FROM run_effects"), verdict, by="M. Rossi")
    site.clock.advance(days=1)
    await site.sessions.tidy()
    tomorrow = DAY + timedelta(days=1)
    await site.add_session(A, B, day=tomorrow)
    await start(site)
    now = await site.session(tomorrow)
    assert (now.total, now.already_sent) == ((2, 0) if goes else (1, 1))
    assert (str(A) in site.delivered()[0].read_text()) == goes


async def test_yesterdays_doubt_about_a_fixed_name_does_not_stop_today(site: Site):
    await site.put_options(DispatchOptions, remote_name="out.csv")
    await site.add_session(A)
    site.ftp.before["RNTO"] = lambda name: rename_behind_its_back(site, name).unlink()
    site.ftp.refused["RNTO"] = "drop"
    await start(site)
    site.ftp.refused = {}
    site.ftp.before.clear()
    await site.work_again()
    assert await site.effects() == ["uncertain"]
    site.clock.advance(days=1)
    await site.sessions.tidy()
    tomorrow = DAY + timedelta(days=1)
    await site.add_session(B, day=tomorrow)
    await start(site)
    assert (await site.session(tomorrow)).step == "verifying"
    assert site.delivered()[0].read_text().startswith(f"LT{B}")


def rename_behind_its_back(site: Site, name: str):
    """What a server does that renames and then dies before it can say so."""
    final = site.ftp.folder / Path(name).name
    return site.part(name).rename(final)


async def test_a_session_closed_while_its_file_is_uploaded_is_not_delivered(site: Site):
    await site.add_session(A)
    loop = asyncio.get_running_loop()

    def close(_: str) -> None:
        asyncio.run_coroutine_threadsafe(site.sessions.close(OPERATOR, force=True), loop).result(5)

    site.ftp.before["STOR"] = close
    await start(site)
    session = await site.session()
    assert (session.state, session.reason, session.closed_by) == (State.CLOSED, "forced", "M. Rossi")
    assert site.delivered() == []
    assert [run["state"] for run in await site.runs("dispatch.send")] == ["succeeded"]


async def test_a_close_during_the_rename_waits_for_it_and_the_delivery_is_recorded(site: Site):
    await site.add_session(A)
    loop = asyncio.get_running_loop()
    answers = []

    def close(_: str) -> None:
        answers.append(asyncio.run_coroutine_threadsafe(site.sessions.close(OPERATOR, force=True), loop).result(5))

    site.ftp.before["RNTO"] = close
    await start(site)
    [(during, changed)] = answers
    assert changed
    assert (during.state, during.close_requested_by) == (State.OPENING, "M. Rossi")
    session = await site.session()
    assert (session.state, session.reason, session.closed_by) == (State.CLOSED, "forced", "M. Rossi")
    assert session.uploaded_at is not None
    assert await site.effects() == ["confirmed"]


async def test_a_close_during_a_rename_that_fails_is_carried_out_and_nothing_is_delivered(site: Site):
    await site.add_session(A)
    loop = asyncio.get_running_loop()

    def close(_: str) -> None:
        asyncio.run_coroutine_threadsafe(site.sessions.close(OPERATOR, force=True), loop).result(5)

    site.ftp.before["RNTO"] = close
    site.ftp.refused["RNTO"] = "drop"
    await start(site)
    session = await site.session()
    assert (session.state, session.delivering, session.close_requested_by) == (State.OPENING, True, "M. Rossi")
    site.ftp.before.clear()
    site.ftp.refused.clear()
    await site.work_again()
    session = await site.session()
    assert (session.state, session.reason, session.closed_by) == (State.CLOSED, "forced", "M. Rossi")
    assert (session.delivering, session.uploaded_at, site.delivered()) == (False, None, [])
    assert await site.effects() == ["absent"]


def in_the_loop(loop: asyncio.AbstractEventLoop, site: Site, *statements: str):
    """A hook of the server's thread that changes the database as another worker would."""

    async def change() -> None:
        async with site.core.db.connection() as conn:
            for statement in statements:
                await conn.execute(statement)

    return lambda _: asyncio.run_coroutine_threadsafe(change(), loop).result(5)


TAKEN_OVER = "UPDATE runs SET lease_token = gen_random_uuid()"


async def test_a_worker_that_lost_its_run_during_the_upload_does_not_end_the_next_ones_delivery(site: Site):
    await site.add_session(A)
    site.ftp.before["STOR"] = in_the_loop(
        asyncio.get_running_loop(),
        site,
        TAKEN_OVER,
        "UPDATE sessions SET delivering = true, close_requested_by = 'x', close_requested_at = now()",
    )
    await start(site)
    session = await site.session()
    assert (session.state, session.delivering) == (State.OPENING, True)


async def test_a_worker_that_lost_its_run_during_the_rename_writes_nothing_more(site: Site):
    await site.add_session(A)
    site.ftp.before["RNTO"] = in_the_loop(
        asyncio.get_running_loop(),
        site,
        TAKEN_OVER,
        "UPDATE sessions SET delivering = false, step = 'verifying', uploaded_at = '2026-11-20 06:00:00Z'",
    )
    await start(site)
    session = await site.session()
    assert session.uploaded_at == site.clock.now() - timedelta(hours=1)


async def test_a_mail_carries_as_many_unsent_invoices_as_it_can_and_says_how_many_more(site: Site, monkeypatch):
    monkeypatch.setattr(outcomes, "ATTACHED", 1)
    session = await site.add_session(A, B, C)
    site.view.rows = []
    await start(site)
    data = await site.mail_data(f"failed:{session.id}:1")
    assert data["unsent"] == [{"number": A, "status": "not_found"}]
    assert data["unsent_left_out"] == 2
