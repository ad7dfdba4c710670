"""Start to closed: the dispatch against a real delivery server, a real log host and a real customer's table."""

import pytest

from common.errors import Conflict
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
    with pytest.raises(Conflict) as refused:
        await site.sessions.start(OPERATOR)
    assert refused.value.code == "closed"
