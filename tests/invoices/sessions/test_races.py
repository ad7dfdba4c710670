"""An upload and a Start at the same moment: the file is in the session whole, or not at all."""

import asyncio

import pytest

from common.errors import Conflict
from common.jobs import Trigger
from services.invoices.imports.service import ImportService
from services.invoices.sessions.repository import SessionRepository
from services.invoices.sessions.rules import State
from services.invoices.uploads.service import UploadService
from tests.support.session_site import COMPONENTS, OPERATOR, Site, open_site

pytestmark = pytest.mark.servers

A, B = 600000001, 600000002


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
