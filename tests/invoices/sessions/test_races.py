"""What people do at the same moment: a file is in the session whole or not at all, each press counts once."""

import asyncio
from decimal import Decimal

import pytest

from common.errors import Conflict
from common.jobs import Trigger
from services.invoices.imports.service import ImportService
from services.invoices.ports import AvailableInvoice
from services.invoices.sessions.repository import SessionRepository
from services.invoices.sessions.rules import Event, Refuse, State, decide
from services.invoices.uploads.service import UploadService
from tests.support.session_site import ADMIN, COMPONENTS, DAY, OPERATOR, Site, open_site
from tests.support.session_states import SITUATIONS, arrange, name_of

pytestmark = pytest.mark.servers

A, B, NEW = 600000001, 600000002, 600000009


@pytest.fixture
async def site(make_database, tmp_path):
    async with open_site(make_database(*COMPONENTS), tmp_path) as opened:
        yield opened


async def upload(site: Site, number: int):
    async def content():
        yield f"{number}|1|Shoes|9.99".encode()

    imports = ImportService(site.core, view=site.view, mails=site.mails)
    uploads = UploadService(site.core, imports=imports)
    return await uploads.upload("more.txt", content, OPERATOR, validate_only=False, accept_count=False)


async def count_rows(site: Site) -> int:
    async with site.core.db.connection() as conn:
        return await conn.fetchval("SELECT count(*) FROM rows WHERE invoice_number = $1", B)


@pytest.mark.parametrize("delay", [0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05])
async def test_an_upload_racing_start_is_in_the_session_or_refused_never_half(site: Site, delay):
    await site.add_session(A)
    site.view.rows.append(site.view.rows[0]._replace(number=B))

    async def start():
        await asyncio.sleep(delay)
        await site.sessions.start(OPERATOR)

    uploaded, started = await asyncio.gather(upload(site, B), start(), return_exceptions=True)
    assert started is None
    await site.work()
    content = site.delivered()[0].read_text()
    if isinstance(uploaded, Conflict):
        assert uploaded.code == "session_started"
        assert (await count_rows(site), str(B) in content) == (0, False)
    else:
        assert (await count_rows(site), str(B) in content) == (1, True)
        assert (await site.session()).total == 2


async def test_after_a_forced_close_an_upload_is_refused_and_not_kept(site: Site):
    await site.add_session(A)
    await site.sessions.close(OPERATOR, force=True)
    with pytest.raises(Conflict) as refused:
        await upload(site, B)
    assert refused.value.code == "session_started"
    assert await count_rows(site) == 0
    assert (await site.session()).state is State.CLOSED


async def test_an_upload_makes_a_day_without_a_session_ready_to_start(site: Site):
    await upload(site, B)
    assert (await site.session()).state is State.READY


async def test_tidy_does_not_fail_a_session_that_was_started_again_meanwhile(site: Site):
    await site.add_session(A)
    first = await site.sessions.start(OPERATOR)
    async with site.core.db.transaction() as conn:
        await site.core.ledger.lock(conn, first.run_id)
        tidy = asyncio.create_task(site.sessions.tidy())
        await asyncio.sleep(0.3)  # it has read the session, and waits for the run
        await conn.execute("UPDATE runs SET state = 'failed' WHERE id = $1", first.run_id)
        payload = {"session_id": str(first.id), "attempt": 2}
        again = await site.core.ledger.enqueue(conn, "dispatch.send", payload, trigger=Trigger("manual", "M. Rossi"))
        await SessionRepository(conn).set_run(first.id, again.id)
    await tidy
    session = await site.session()
    assert (session.state, session.run_id) == (State.OPENING, again.id)


@pytest.mark.parametrize("now", SITUATIONS, ids=name_of)
async def test_an_upload_in_every_situation(site: Site, now):
    """The column of the table that the other buttons' test leaves out: imported, or refused and nothing kept."""
    await arrange(site, now)
    site.view.rows = [AvailableInvoice(NEW, "LT", DAY, Decimal("0.3"))]
    decision = decide(now, Event.UPLOAD)
    before = await count_files(site)
    if isinstance(decision, Refuse):
        with pytest.raises(Conflict) as refused:
            await upload(site, NEW)
        assert refused.value.code == decision.code
        assert await count_files(site) == before
        after = (await site.sessions.overview(DAY)).situation
        assert (after.state, after.reason, after.total) == (now.state, now.reason, now.total)
    else:
        await upload(site, NEW)
        after = (await site.sessions.overview(DAY)).situation
        assert (after.state, after.total) == (decision.to, now.total + 1)
        assert await count_files(site) == before + 1


@pytest.mark.parametrize("delay", [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4])
async def test_a_close_at_any_moment_of_the_sending_ends_the_day_and_knows_what_was_delivered(site: Site, delay):
    await site.add_session(A)

    async def close():
        await asyncio.sleep(delay)
        await site.sessions.close(ADMIN, force=True)

    await site.sessions.start(OPERATOR)
    await asyncio.gather(site.work(), close())
    await site.work_again()
    session = await site.session()
    assert (session.state, session.closed_by, session.delivering) == (State.CLOSED, "A. Bianchi", False)
    final = [file.name for file in site.delivered() if not file.name.startswith(".")]
    assert final == ([session.remote_name] if session.uploaded_at else [])
    assert [run["state"] for run in await site.runs("dispatch.send")] == ["succeeded"]


async def test_fifty_closes_at_once_are_one_close(site: Site):
    await site.add_session(A)
    answers = await asyncio.gather(*(site.sessions.close(OPERATOR, force=True) for _ in range(50)))
    assert sum(changed for _, changed in answers) == 1
    assert await count_audits(site, "session.closed") == 1


async def test_fifty_confirmations_at_once_are_one_and_one_mail(site: Site):
    await site.add_session(A)
    await site.set(state="failed", reason="log_timeout")
    confirmations = (site.sessions.confirm(ADMIN, "Seen there.") for _ in range(50))
    answers = await asyncio.gather(*confirmations, return_exceptions=True)
    refused = [answer.code for answer in answers if isinstance(answer, Conflict)]
    assert refused == ["not_confirmable"] * 49
    assert await count_audits(site, "session.confirmed") == 1
    assert len(await site.mail_keys()) == 1


async def test_checks_and_a_close_at_once_end_a_complete_day_once(site: Site):
    await site.add_session(A, B)
    await site.set(state="open")
    await site.process(A, B)
    checks = [site.sessions.check() for _ in range(20)]
    closes = [site.sessions.close(OPERATOR, force=False) for _ in range(5)]
    answers = await asyncio.gather(*checks, *closes, return_exceptions=True)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    session = await site.session()
    assert (session.state, session.reason, session.processed) == (State.CLOSED, "completed", 2)
    assert sum(changed for _, changed in answers[20:]) == (1 if session.closed_by == "M. Rossi" else 0)


async def test_start_again_and_close_at_once_after_a_failure_leave_one_of_two_whole_states(site: Site):
    await site.add_session(A)
    site.ftp.refused["STOR"] = "552 Disk full."
    await site.sessions.start(OPERATOR)
    await site.work()
    site.ftp.refused.clear()
    both = (site.sessions.start(OPERATOR), site.sessions.close(ADMIN, force=True))
    answers = await asyncio.gather(*both, return_exceptions=True)
    await site.work()
    session = await site.session()
    assert (session.state, site.delivered()) == (State.CLOSED, [])
    assert [answer.code for answer in answers if isinstance(answer, Conflict)] in ([], ["closed"])
    assert not [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Conflict)]


async def test_a_start_while_tidy_looks_at_the_failed_run_waits_and_is_not_torn(site: Site):
    """Both want the session and its run: whoever comes second waits, nobody is thrown out."""
    await site.add_session(A)
    for _ in range(5):
        site.ftp.refused["STOR"] = "552 Disk full."
        await asyncio.gather(site.sessions.start(OPERATOR), site.sessions.tidy(), site.sessions.tidy())
        await asyncio.gather(site.work(), site.sessions.tidy(), site.sessions.check())
        for _ in range(2):  # a busy machine may have needed another attempt to get as far as the refusal
            await site.work_again()
        assert (await site.session()).reason == "upload_failed"
    assert (await site.session()).attempt == 5


async def count_files(site: Site) -> int:
    async with site.core.db.connection() as conn:
        return await conn.fetchval("SELECT count(*) FROM files")


async def count_audits(site: Site, action: str) -> int:
    async with site.core.db.connection() as conn:
        return await conn.fetchval("SELECT count(*) FROM audit_entries WHERE action = $1", action)
