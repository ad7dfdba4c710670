"""The pick-up against servers and moments that are hard: half transfers, stalls, drops, crowds, midnight."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from services.invoices.main import SERVICE
from tests.support.inbox_site import DAY, InboxSite, lines, numbered, open_inbox_site
from tests.support.strict_ftp import StrictFtp, running_strict_ftp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NAME = "Letture20261120190411123_200.txt"
CONTENT = lines(*numbered(200))


@asynccontextmanager
async def hard_site(
    make_database, tmp_path: Path, *, lease_seconds: float = 60, **faults: object
) -> AsyncIterator[tuple[InboxSite, StrictFtp]]:
    """A warehouse whose inbox is the strict server."""
    async with AsyncExitStack() as stack:
        ftp = await stack.enter_async_context(running_strict_ftp(files={NAME: CONTENT}, **faults))
        site = open_inbox_site(
            make_database(*SERVICE.components),
            make_database(),
            tmp_path,
            inbox_url=ftp.url,
            lease_seconds=lease_seconds,
        )
        yield await stack.enter_async_context(site), ftp


async def test_half_a_file_with_a_cheerful_end_is_not_taken(make_database, tmp_path: Path) -> None:
    async with hard_site(make_database, tmp_path, send_only=1000) as (site, ftp):
        run = await site.pick_up()
        assert (run["state"], run["reason_code"]) == ("failed", "download_incomplete")
        assert await site.files() == []
        assert NAME in ftp.files
        ftp.send_only = None
        await site.pick_up()
        assert len(await site.statuses()) == 200
        assert ftp.files == {}


@pytest.mark.parametrize("after", [0, 10, 100, 1000, len(CONTENT) - 1])
async def test_a_connection_dropped_at_any_byte_loses_nothing(make_database, tmp_path: Path, after: int) -> None:
    async with hard_site(make_database, tmp_path, drop_after=after) as (site, ftp):
        run = await site.pick_up()
        assert (run["state"], run["reason_code"]) == ("failed", "unreachable")
        assert await site.files() == []
        ftp.drop_after = None
        await site.pick_up()
        assert len(await site.statuses()) == 200
        assert ftp.files == {}


async def test_a_server_that_knows_only_list_is_enough(make_database, tmp_path: Path) -> None:
    without = {"MLSD", "NLST", "SIZE", "MDTM", "FEAT", "EPSV"}
    async with hard_site(make_database, tmp_path, without=without) as (site, ftp):
        await site.pick_up()
        assert [file["state"] for file in await site.files()] == ["imported"]
        assert ftp.files == {}


async def test_a_file_that_gets_its_name_when_it_is_complete(inbox_site: InboxSite) -> None:
    part = inbox_site.drop(CONTENT, name=f".{NAME}.part")
    assert (await inbox_site.pick_up())["reason_code"] == "nothing_to_do"
    (inbox_site.inbox / part).rename(inbox_site.inbox / NAME)
    await inbox_site.pick_up()
    assert len(await inbox_site.statuses()) == 200


async def test_a_crowd_of_other_files_does_not_matter(inbox_site: InboxSite) -> None:
    for number in range(5000):
        (inbox_site.inbox / f"other{number}.txt").touch()
    inbox_site.drop(CONTENT, name=NAME)
    await inbox_site.pick_up()
    assert len(await inbox_site.statuses()) == 200
    asked = [command for command in inbox_site.ftp.journal if command.startswith("SIZE")]
    assert all(NAME in command for command in asked), "only names of ours are looked at closely"
    assert len(inbox_site.left()) == 5000


async def test_a_look_that_crosses_midnight_keeps_its_date(inbox_site: InboxSite) -> None:
    inbox_site.clock.at = datetime(2026, 11, 20, 22, 59, tzinfo=UTC)
    inbox_site.drop(CONTENT, name=NAME)
    inbox_site.ftp.before["QUIT"] = lambda _argument: inbox_site.clock.advance(minutes=2)
    await inbox_site.pick_up()
    (file,) = await inbox_site.files()
    assert (file["state"], file["business_date"]) == ("imported", DAY)
    assert [row["business_date"] for row in await inbox_site.fetch("SELECT business_date FROM sessions")] == [DAY]


async def test_an_alert_is_not_repeated_after_a_restart(make_database, tmp_path: Path) -> None:
    url, customer = make_database(*SERVICE.components), make_database()
    async with open_inbox_site(url, customer, tmp_path) as site:
        site.clock.at = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
        await site.pick_up()
    async with open_inbox_site(url, make_database(), tmp_path / "again") as site:
        site.clock.at = datetime(2026, 11, 20, 18, 10, tzinfo=UTC)
        await site.pick_up()
        assert await site.mails() == ["no_file"]


async def test_a_download_that_stalls_is_given_up_and_the_next_look_succeeds(make_database, tmp_path: Path) -> None:
    async with hard_site(make_database, tmp_path, lease_seconds=2, stall_after=100) as (site, ftp):
        run = await site.pick_up()
        assert (run["state"], run["reason_code"]) == ("failed", "timed_out")
        assert await site.files() == []
        ftp.stall_after = None
        await site.pick_up()
        assert len(await site.statuses()) == 200
