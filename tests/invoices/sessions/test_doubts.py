"""What was in doubt leaves "Needs you" once it is known, and says who settled it; nothing is sent a second time."""

import pytest

from common.app import create_service_app
from common.identity import Verifier, public_set_json
from services.invoices.options import DispatchOptions
from services.invoices.sessions.rules import State
from tests.support.api import KEY, client
from tests.support.session_site import ADMIN, COMPONENTS, OPERATOR, Site, open_site

pytestmark = pytest.mark.servers

A, B = 600000001, 600000002


@pytest.fixture
async def site(make_database, tmp_path):
    async with open_site(make_database(*COMPONENTS), tmp_path) as opened:
        yield opened


@pytest.fixture
async def api(site: Site):
    app = create_service_app(site.definition, site.core.settings)
    app.state.definition, app.state.core, app.state.resources = site.definition, site.core, site
    app.state.verifier = Verifier(public_set_json(KEY), "invoices")
    async with client(app, "operator", name="M. Rossi") as caller:
        yield caller


def fetch_behind_the_rename(site: Site) -> None:
    """The file gets its final name and is fetched at once; the answer to the rename is lost."""

    def hook(name: str) -> None:
        site.part(name).unlink()

    site.ftp.before["RNTO"] = hook
    site.ftp.refused["RNTO"] = "drop"


def mend(site: Site) -> None:
    site.ftp.before.clear()
    site.ftp.refused.clear()


async def start(site: Site) -> None:
    await site.sessions.start(OPERATOR)
    await site.work()


async def fail_with_a_doubt(site: Site) -> None:
    """Session failed(upload_failed): perhaps it was delivered; nothing of it is to be seen on the server."""
    await site.add_session(A)
    fetch_behind_the_rename(site)
    await start(site)
    site.ftp.refused = {"PASS": "530 Login incorrect."}
    await site.work_again()
    assert (await site.session()).reason == "upload_failed"
    assert await site.effects() == ["uncertain"]
    mend(site)


async def fail_by_silence(site: Site) -> None:
    """Session failed(log_timeout), with the delivery itself in doubt."""
    await site.add_session(A)
    fetch_behind_the_rename(site)
    await start(site)
    mend(site)
    await site.work_again()
    site.clock.advance(minutes=10)
    await site.work_again()
    assert (await site.session()).reason == "log_timeout"
    assert await site.effects() == ["uncertain"]


async def needs_a_person(api) -> set[str]:
    items = (await api.get("/v1/attention")).json()["items"]
    return {item["kind"] for item in items}


async def resolve(api, verdict: str):
    items = (await api.get("/v1/attention")).json()["items"]
    [effect] = [item for item in items if item["kind"] == "effect"]
    [action] = [one for one in effect["actions"] if one["name"] == verdict]
    answer = await api.post(action["path"], json=action["body"])
    assert answer.status_code == 200, answer.text


async def last_run(site: Site):
    return (await site.runs("dispatch.send"))[-1]


def stores(site: Site) -> int:
    return len([line for line in site.ftp.journal if line.startswith("STOR")])


async def test_a_late_line_that_check_finds_settles_the_doubt_and_the_failed_run(site: Site, api):
    await fail_by_silence(site)
    assert await needs_a_person(api) == {"run", "effect"}
    line = f"file={(await site.session()).remote_name} read=1"
    site.log(f"{line}\n")
    assert (await api.post("/v1/session/check")).json()["state"] == "open"
    assert await site.effects() == ["confirmed"]
    assert await needs_a_person(api) == set()
    run = await last_run(site)
    assert (run["state"], run["seen_by"], run["seen_note"]) == (
        "failed",
        "M. Rossi",
        f"The receiver's log says: {line}",
    )


async def test_a_late_line_that_tells_of_a_failure_settles_the_delivery_but_not_the_session(site: Site, api):
    await fail_by_silence(site)
    site.log(f"file={(await site.session()).remote_name} read=0\n")
    await api.post("/v1/session/check")
    assert await site.effects() == ["confirmed"]
    assert await needs_a_person(api) == {"run"}


async def test_a_confirmation_by_hand_settles_the_doubt_with_name_and_reason(site: Site, api):
    await fail_by_silence(site)
    await site.sessions.confirm(ADMIN, "Seen on their screen.")
    assert await needs_a_person(api) == set()
    async with site.core.db.connection() as conn:
        effect = await conn.fetchrow("SELECT state, resolved_by, evidence ->> 'confirmed' AS why FROM run_effects")
    assert tuple(effect) == ("confirmed", "A. Bianchi", "Seen on their screen.")
    assert (await last_run(site))["seen_note"] == "Confirmed by hand: Seen on their screen."


async def test_start_again_supersedes_the_failed_run_and_says_who_did_it(site: Site, api):
    await site.add_session(A)
    site.ftp.refused["STOR"] = "552 Disk full."
    await start(site)
    assert await needs_a_person(api) == {"run"}
    mend(site)
    await api.post("/v1/session/start")
    await site.work()
    site.log(f"file={(await site.session()).remote_name} read=1\n")
    await site.work_again()
    assert (await site.session()).state is State.OPEN
    assert await needs_a_person(api) == set()
    failed = (await site.runs("dispatch.send"))[0]
    assert (failed["state"], failed["seen_by"], failed["seen_note"]) == (
        "failed",
        "M. Rossi",
        "Started again, attempt 2.",
    )


async def test_a_second_failure_needs_a_person_again(site: Site, api):
    await site.add_session(A)
    site.ftp.refused["STOR"] = "552 Disk full."
    await start(site)
    await start(site)
    assert [run["seen_by"] for run in await site.runs("dispatch.send")] == ["M. Rossi", None]
    assert await needs_a_person(api) == {"run"}


async def test_closing_a_failed_session_settles_its_run(site: Site, api):
    await site.add_session(A)
    site.ftp.refused["STOR"] = "552 Disk full."
    await start(site)
    await api.post("/v1/session/close", json={"force": True})
    assert await needs_a_person(api) == set()
    assert (await last_run(site))["seen_note"] == "The session was closed."


async def test_a_refused_start_settles_nothing(site: Site, api):
    await fail_by_silence(site)
    assert (await api.post("/v1/session/start")).status_code == 409
    assert await needs_a_person(api) == {"run", "effect"}


async def test_check_again_of_an_ended_session_reads_the_log_once_more(site: Site, api):
    await fail_by_silence(site)
    await site.sessions.close(OPERATOR, force=True)
    site.log(f"file={(await site.session()).remote_name} read=1\n")
    await resolve(api, "check")
    await site.work()
    assert await site.effects() == ["confirmed"]
    assert (await site.session()).state is State.CLOSED
    assert await needs_a_person(api) == set()


async def test_check_again_of_a_session_that_waits_for_its_line_opens_it(site: Site, api):
    await fail_by_silence(site)
    site.log(f"file={(await site.session()).remote_name} read=1\n")
    await resolve(api, "check")
    await site.work()
    assert (await site.session()).state is State.OPEN
    assert await site.effects() == ["confirmed"]


@pytest.mark.parametrize(("found", "state"), [("final", "confirmed"), ("temporary", "absent")])
async def test_check_again_looks_at_the_delivery_server(site: Site, api, found, state):
    await fail_with_a_doubt(site)
    session = await site.session()
    async with site.core.db.connection() as conn:
        temporary = await conn.fetchval("SELECT evidence ->> 'temporary' FROM run_effects")
    name = session.remote_name if found == "final" else temporary
    content = b"".join([piece async for piece in site.core.files.open(session.csv_sha256)])
    (site.ftp.folder / name).write_bytes(content)
    await resolve(api, "check")
    await site.work()
    assert await site.effects() == [state]
    assert stores(site) == 1


async def test_check_again_that_finds_nothing_says_so_and_leaves_it_to_a_person(site: Site, api):
    await fail_with_a_doubt(site)
    await resolve(api, "check")
    await site.work()
    run = await last_run(site)
    assert (run["state"], run["reason_code"]) == ("partial", "delivery_unknown")
    assert "Ask the receiver" in run["message"]
    assert await site.effects() == ["uncertain"]
    await resolve(api, "happened")
    assert "effect" not in await needs_a_person(api)


async def test_what_a_person_says_has_been_delivered_is_never_sent_again(site: Site, api):
    await fail_with_a_doubt(site)
    await resolve(api, "happened")
    await start(site)
    session = await site.session()
    assert (session.step, stores(site)) == ("verifying", 1)
    site.log(f"file={session.remote_name} read=1\n")
    await site.work_again()
    assert (await site.session()).state is State.OPEN
    assert await needs_a_person(api) == set()


async def test_a_close_during_an_unsure_delivery_leaves_a_question_and_no_green_run(site: Site, api):
    await site.add_session(A)
    fetch_behind_the_rename(site)
    await start(site)
    await site.sessions.close(OPERATOR, force=True)
    mend(site)
    await site.work_again()
    assert (await site.session()).state is State.CLOSED
    assert (await last_run(site))["reason_code"] == "delivery_unknown"
    assert "effect" in await needs_a_person(api)


async def test_a_retry_of_a_failed_run_does_not_turn_green_without_doing_anything(site: Site, api):
    await site.put_options(DispatchOptions, log_minutes=1)
    await site.add_session(A)
    site.ftp.refused["STOR"] = "552 Disk full."
    await start(site)
    run = await last_run(site)
    await api.post(f"/v1/runs/{run['id']}/retry")
    await site.work()
    run = await last_run(site)
    assert (run["state"], run["reason_code"]) == ("failed", "upload_failed")
    assert "552" in run["message"]
