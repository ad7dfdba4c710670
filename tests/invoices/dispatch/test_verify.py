"""The receiver's log: what it may do, and what becomes of the session."""

import asyncio

import asyncssh
import pytest

from common.errors import Permanent, Transient
from common.transfer import open_server
from services.invoices.adapters.remote_log import PIECE_BYTES, RemoteLogFile
from services.invoices.formats.upload_log import compile_patterns, position_at
from services.invoices.options import DispatchOptions
from services.invoices.sessions.rules import State
from tests.support.file_servers import running_sftp
from tests.support.session_site import ADMIN, COMPONENTS, LOG, OPERATOR, Site, open_site
from tests.support.warehouse_sandbox import warehouse_sandbox

pytestmark = pytest.mark.servers

A, B, C = 600000001, 600000002, 600000003
OLD = "07:59:00 INFO a line of before, long enough to tell this log from another one\n" * 4


@pytest.fixture
async def site(make_database, tmp_path):
    async with open_site(make_database(*COMPONENTS), tmp_path) as opened:
        opened.log(OLD)
        yield opened


async def delivered(site: Site) -> str:
    """A session whose file of three records is delivered; its remote name."""
    await site.add_session(A, B, C)
    await site.sessions.start(OPERATOR)
    await site.work()
    session = await site.session()
    assert session.step == "verifying"
    return session.remote_name or ""


async def outcome(site: Site) -> tuple[str, str | None]:
    await site.work_again()
    session = await site.session()
    return session.state, session.reason


async def test_a_line_that_comes_late_opens_the_session(site: Site):
    name = await delivered(site)
    assert await outcome(site) == ("opening", None)
    site.clock.advance(minutes=9)
    assert await outcome(site) == ("opening", None)
    site.log(f"file={name} read=3\n")
    assert await outcome(site) == ("open", None)


async def test_a_line_split_over_two_looks_opens_the_session(site: Site):
    name = await delivered(site)
    site.log(f"file={name} re")
    assert await outcome(site) == ("opening", None)
    site.log("ad=3\n")
    assert await outcome(site) == ("open", None)


async def test_a_line_of_before_the_upload_is_not_taken_for_ours(site: Site):
    await site.put_options(DispatchOptions, remote_name="out.csv")
    site.log("file=out.csv read=3\n")
    await delivered(site)
    assert await outcome(site) == ("opening", None)


async def test_a_line_about_another_file_is_passed_over(site: Site):
    await delivered(site)
    site.log("file=session_20261119_other.csv read=3\n")
    assert await outcome(site) == ("opening", None)


async def test_fewer_records_read_than_sent_fails_the_session_for_good(site: Site):
    name = await delivered(site)
    site.log(f"file={name} read=2\n")
    assert await outcome(site) == ("failed", "records_not_read")
    session = await site.session()
    assert (session.read_count, session.error) == (2, "The receiver read 2 of 3 records.")
    data = await site.mail_data(f"failed:{session.id}:1")
    assert (data["read_count"], data["generated"], data["can_retry"]) == (2, 3, False)


@pytest.mark.parametrize(("line", "error"), [("read=4", "4 of 3"), ("error=line 2 is broken", "line 2 is broken")])
async def test_a_failure_in_the_log_fails_the_session(site: Site, line, error):
    name = await delivered(site)
    site.log(f"file={name} {line}\n")
    assert await outcome(site) == ("failed", "log_failure")
    assert error in ((await site.session()).error or "")


async def test_a_silent_log_fails_the_session_at_its_deadline_and_check_opens_it_later(site: Site):
    name = await delivered(site)
    site.clock.advance(minutes=10)
    assert await outcome(site) == ("failed", "log_timeout")
    await site.sessions.check()
    assert (await site.session()).state is State.FAILED
    site.log(f"file={name} read=3\n")
    await site.sessions.check()
    session = await site.session()
    assert session.state is State.OPEN
    assert len(site.delivered()) == 1
    assert await site.mail_keys() == [f"failed:{session.id}:1", f"success:{session.id}"]


async def test_check_after_a_timeout_may_find_a_failure(site: Site):
    name = await delivered(site)
    site.clock.advance(minutes=10)
    await outcome(site)
    site.log(f"file={name} read=1\n")
    await site.sessions.check()
    session = await site.session()
    assert (session.state, session.reason) == (State.FAILED, "records_not_read")
    assert (await site.mail_keys())[-1] == f"failed:{session.id}:1:checked"


async def test_a_log_that_can_not_be_reached_is_waited_for_until_the_deadline(site: Site):
    await delivered(site)
    (site.ssh.folder / LOG).unlink()
    assert await outcome(site) == ("opening", None)
    site.clock.advance(minutes=11)
    assert await outcome(site) == ("failed", "log_timeout")


async def test_a_rotated_log_is_read_to_its_end_and_then_the_new_one(site: Site):
    name = await delivered(site)
    site.log(f"file={name} read=3\n")
    (site.ssh.folder / LOG).rename(site.ssh.folder / f"{LOG}.1")
    assert await outcome(site) == ("opening", None)
    site.log("a new log\n")
    assert await outcome(site) == ("open", None)


async def test_a_line_in_the_new_log_is_found_although_it_is_longer_than_the_old_one(site: Site):
    name = await delivered(site)
    (site.ssh.folder / LOG).rename(site.ssh.folder / f"{LOG}.1")
    site.log("another beginning\n" * 99 + f"file={name} read=3\n")
    assert await outcome(site) == ("open", None)


async def test_a_log_cut_to_nothing_is_read_from_its_start(site: Site):
    name = await delivered(site)
    (site.ssh.folder / LOG).write_text("")
    site.log(f"file={name} read=3\n")
    assert await outcome(site) == ("open", None)


async def test_a_log_that_grew_enormously_is_read_in_pieces(site: Site):
    name = await delivered(site)
    line = "x" * 99 + "\n"
    site.log(line * (3 * PIECE_BYTES // 100) + "y" * (2 * PIECE_BYTES) + "\n" + f"file={name} read=3\n")
    assert await outcome(site) == ("open", None)


async def test_a_log_that_does_not_exist_yet_is_begun_at_its_start(site: Site):
    (site.ssh.folder / LOG).unlink()
    name = await delivered(site)
    site.log(f"file={name} read=3\n")
    assert await outcome(site) == ("open", None)


async def test_an_administrator_may_confirm_by_hand_with_a_reason(site: Site):
    name = await delivered(site)
    site.log(f"file={name} error=broken\n")
    await outcome(site)
    session = await site.sessions.confirm(ADMIN, "Seen on their screen: all three are there.")
    assert (session.state, session.confirmed_by) == (State.OPEN, "A. Bianchi")
    data = await site.mail_data(f"success:{session.id}")
    assert (data["confirmed_by"], data["confirmed_note"]) == (
        "A. Bianchi",
        "Seen on their screen: all three are there.",
    )
    async with site.core.db.connection() as conn:
        entry = await conn.fetchrow("SELECT actor, target FROM audit_entries WHERE action = 'session.confirmed'")
    assert dict(entry) == {"actor": "A. Bianchi", "target": "session/2026-11-20"}
    assert len(await site.runs("sessions.watch")) == 1


async def test_a_changed_host_key_before_the_upload_fails_at_once_and_nothing_is_sent(site: Site):
    await site.add_session(A)
    change_host_key(site)
    await site.sessions.start(OPERATOR)
    await site.work()
    session = await site.session()
    assert (session.state, session.reason) == (State.FAILED, "upload_failed")
    assert "key" in (session.error or "")
    assert site.delivered() == []
    assert [run["attempt"] for run in await site.runs("dispatch.send")] == [1]


async def test_a_changed_host_key_after_the_upload_fails_at_once_with_its_reason(site: Site):
    await delivered(site)
    change_host_key(site)
    assert await outcome(site) == ("failed", "log_failure")
    assert "key" in ((await site.session()).error or "")


def change_host_key(site: Site) -> None:
    """From now on another key is expected than the host has."""
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    server = open_server(site.ssh.url, name="remote_log", host_key=other, timeout_seconds=5)
    site.dispatch._remote_log = RemoteLogFile(server, LOG, f"{LOG}.1")


async def test_a_host_that_is_down_is_told_from_one_that_refuses(tmp_path):
    async with running_sftp(tmp_path) as ssh:
        log = RemoteLogFile(open_server(ssh.url, name="remote_log", host_key=ssh.host_key), LOG, f"{LOG}.1")
        assert await log.end() == position_at(0, b"")
        wrong = open_server(ssh.url.replace("portico:", "nobody:"), name="remote_log", host_key=ssh.host_key)
        with pytest.raises(Permanent):
            await RemoteLogFile(wrong, LOG, f"{LOG}.1").read(
                position_at(0, b""), file="x", patterns=compile_patterns("(?P<file>.)(?P<count>.)")
            )


async def test_a_frozen_host_is_given_up_within_its_bound(make_database, tmp_path):
    with warehouse_sandbox(tmp_path, customer_url=make_database().owner) as outside:
        folder, name = outside.remote_log_url.rsplit("/", 1)
        server = open_server(folder, name="remote_log", host_key=outside.remote_log_host_key, timeout_seconds=2)
        log = RemoteLogFile(server, name, f"{name}.1")
        await log.end()
        outside.system("ssh", frozen=True)
        with pytest.raises(Transient):
            await asyncio.wait_for(log.end(), 10)
