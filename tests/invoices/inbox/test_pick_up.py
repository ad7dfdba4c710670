"""The pick-up: by the real job, against a real FTP server, a real database and the customer's own."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from common.jobs import Trigger
from services.invoices.options import PickUpOptions, ViewOptions
from tests.support.inbox_site import DAY, InboxSite, lines, numbered

EVENING = datetime(2026, 11, 20, 19, 30, tzinfo=UTC)


async def test_a_file_becomes_a_ready_session_and_leaves_the_inbox(inbox_site: InboxSite) -> None:
    await inbox_site.available(600000001, 600000002)
    name = inbox_site.drop(lines(600000001, 600000002, 600000003))
    run = await inbox_site.pick_up()
    assert (run["state"], run["reason_code"]) == ("succeeded", None), run["message"]
    assert (run["progress_done"], run["progress_total"], run["progress_unit"]) == (1, 1, "files")
    (file,) = await inbox_site.files()
    assert (file["name"], file["state"], file["verdict"], file["warnings"]) == (name, "imported", "exact", [])
    assert await inbox_site.statuses() == {600000001: "valid", 600000002: "valid", 600000003: "not_found"}
    session = await inbox_site.fetchrow("SELECT * FROM sessions")
    assert (session["state"], session["total"], session["not_found"], session["kept"]) == ("ready", 2, 1, 3)
    assert inbox_site.left() == []
    assert await inbox_site.remote_states() == [(name, "gone")]
    assert await inbox_site.mails() == ["import"]
    assert (await inbox_site.mail("import"))["unsent"] == [{"number": 600000003, "status": "not_found"}]


async def test_the_bytes_are_kept_unchanged(inbox_site: InboxSite) -> None:
    content = b"\xef\xbb\xbf600000001|1|Caf\xc3\xa9|1.00\r\n900000001|\x00|odd|\r\n"
    inbox_site.drop(content, declared=2)
    await inbox_site.pick_up()
    (file,) = await inbox_site.files()
    stored = [block async for block in inbox_site.core.files.open(file["sha256"])]
    assert b"".join(stored) == content


async def test_a_second_look_finds_nothing_and_changes_nothing(inbox_site: InboxSite) -> None:
    inbox_site.drop(lines(600000001))
    await inbox_site.pick_up()
    run = await inbox_site.pick_up()
    assert (run["state"], run["reason_code"]) == ("succeeded", "nothing_to_do")
    assert len(await inbox_site.files()) == 1
    assert await inbox_site.mails() == ["import"]


async def test_two_looks_at_once_are_one(inbox_site: InboxSite) -> None:
    async with inbox_site.core.db.transaction() as conn:
        enqueue = inbox_site.core.ledger.enqueue
        first = await enqueue(conn, "imports.pick_up", {}, trigger=Trigger("manual", "a"))
        second = await enqueue(conn, "imports.pick_up", {}, trigger=Trigger("manual", "b"))
    assert (second.id, second.created) == (first.id, False)


async def test_two_files_of_a_day_become_one_session(inbox_site: InboxSite) -> None:
    await inbox_site.available(*numbered(4, 600000001))
    inbox_site.drop(lines(600000001, 600000002), name="Letture20261120191600000_2.txt")
    await inbox_site.pick_up()
    second = lines(600000003, 600000004) + b"\n" + lines(600000001) + b"\n" + lines(600000002, value="99.00")
    inbox_site.drop(second, name="Letture20261120192700000_4.txt")
    await inbox_site.pick_up()
    session = await inbox_site.fetchrow("SELECT * FROM sessions")
    assert (session["total"], session["kept"], session["rejected"], str(session["total_value"])) == (4, 4, 1, "50.0000")
    first_file, second_file = await inbox_site.files()
    assert first_file["session_id"] == second_file["session_id"]
    assert second_file["counters"]["duplicates"] == 1
    assert second_file["counters"]["rejected_by"] == {"duplicate_conflict": 1}
    (rejected,) = await inbox_site.fetch("SELECT * FROM rejected_rows")
    assert (rejected["line_number"], rejected["reason"]) == (4, "duplicate_conflict")


async def test_the_same_bytes_under_another_name_are_imported_once(inbox_site: InboxSite) -> None:
    inbox_site.drop(lines(600000001))
    await inbox_site.pick_up()
    inbox_site.drop(lines(600000001), name="Letture20261120192700000_1.txt")
    await inbox_site.pick_up()
    first, second = await inbox_site.files()
    assert (second["state"], second["duplicate_of"]) == ("duplicate", first["id"])
    assert inbox_site.left() == []
    assert await inbox_site.mails() == ["import"]


async def test_the_same_name_with_other_bytes_is_another_file(inbox_site: InboxSite) -> None:
    name = inbox_site.drop(lines(600000001))
    await inbox_site.pick_up()
    inbox_site.drop(lines(600000002), name=name)
    await inbox_site.pick_up()
    assert [file["state"] for file in await inbox_site.files()] == ["imported", "imported"]
    assert (await inbox_site.files())[1]["warnings"] == ["name_reused"]


async def test_a_file_with_too_few_records_is_held_and_stays_in_the_inbox(inbox_site: InboxSite) -> None:
    name = inbox_site.drop(lines(600000001, 600000002), declared=100)
    run = await inbox_site.pick_up()
    assert (run["state"], run["reason_code"]) == ("partial", "files_need_a_person")
    (file,) = await inbox_site.files()
    assert (file["state"], file["reason"], file["verdict"]) == ("held", "count_mismatch", "short")
    assert inbox_site.left() == [name]
    assert await inbox_site.fetch("SELECT FROM sessions") == []
    data = await inbox_site.mail("invalid")
    assert (data["held"], data["declared"], data["records"]) == (True, 100, 2)
    inbox_site.ftp.journal.clear()
    await inbox_site.pick_up()
    assert not any(command.startswith("RETR") for command in inbox_site.ftp.journal), "unchanged: not taken again"
    assert await inbox_site.mails() == ["invalid"]


async def test_a_completed_version_of_a_held_file_is_imported(inbox_site: InboxSite) -> None:
    name = inbox_site.drop(lines(600000001, 600000002), declared=4)
    await inbox_site.pick_up()
    inbox_site.drop(lines(600000001, 600000002, 600000003, 600000004), name=name)
    await inbox_site.pick_up()
    assert [file["state"] for file in await inbox_site.files()] == ["held", "imported"]
    assert inbox_site.left() == []


async def test_one_record_more_than_the_name_says_is_what_the_sender_calls_right(inbox_site: InboxSite) -> None:
    inbox_site.drop(lines(600000001, 600000002), declared=1)
    await inbox_site.pick_up()
    (file,) = await inbox_site.files()
    assert (file["state"], file["verdict"]) == ("imported", "off_by_one")


async def test_a_file_without_a_usable_line_is_invalid_and_leaves_the_inbox(inbox_site: InboxSite) -> None:
    inbox_site.drop(b"600000001\n600000002\n800000001")
    await inbox_site.pick_up()
    (file,) = await inbox_site.files()
    assert (file["state"], file["reason"]) == ("invalid", "no_records")
    assert file["counters"]["rejected_by"] == {"field_count": 2}
    assert inbox_site.left() == []
    data = await inbox_site.mail("invalid")
    assert [(line["line"], line["reason"]) for line in data["bad_lines"]] == [(1, "field_count"), (2, "field_count")]
    assert await inbox_site.fetch("SELECT FROM sessions") == []


async def test_a_file_after_the_start_is_late(inbox_site: InboxSite) -> None:
    inbox_site.drop(lines(600000001))
    await inbox_site.pick_up()
    async with inbox_site.core.db.connection() as conn:
        await conn.execute("UPDATE sessions SET state = 'opening', started_by = 'M. Rossi', started_at = now()")
    inbox_site.drop(lines(600000002), name="Letture20261120192700000_1.txt")
    await inbox_site.pick_up()
    file = (await inbox_site.files())[1]
    assert (file["state"], file["reason"], file["session_id"]) == ("late", "session_started", None)
    assert (await inbox_site.mail("late"))["started_by"] == "M. Rossi"
    assert inbox_site.left() == []
    assert list(await inbox_site.statuses()) == [600000001]


async def test_a_file_of_another_day_is_kept_aside_and_left(inbox_site: InboxSite) -> None:
    name = inbox_site.drop(lines(600000001), name="Letture20261118190000000_1.txt")
    inbox_site.touch(name, inbox_site.clock.now() - timedelta(days=1))
    await inbox_site.pick_up()
    await inbox_site.pick_up()
    (file,) = await inbox_site.files()
    assert (file["state"], file["reason"]) == ("stale", "other_day")
    assert inbox_site.left() == [name]
    assert await inbox_site.mails() == ["stale"]


async def test_an_old_name_that_came_today_is_taken_with_a_warning(inbox_site: InboxSite) -> None:
    inbox_site.drop(lines(600000001), name="Letture20261119190000000_1.txt")
    await inbox_site.pick_up()
    (file,) = await inbox_site.files()
    assert (file["state"], file["warnings"]) == ("imported", ["name_date_differs"])
    assert file["business_date"] == DAY


async def test_other_names_are_left_alone_and_impossible_dates_told(inbox_site: InboxSite) -> None:
    names = ["readme.txt", ".Letture20261120190000000_1.txt.part", "letture20261120190000000_1.TXT"]
    for name in names:
        inbox_site.drop(b"x", name=name)
    (inbox_site.inbox / "Letture20261120190000001_1.txt").mkdir()
    inbox_site.drop(b"x", name="Letture20201332190000000_1.txt")
    run = await inbox_site.pick_up()
    assert run["state"] == "succeeded"
    assert await inbox_site.files() == []
    assert len(inbox_site.left()) == 5
    (left,) = await inbox_site.fetch("SELECT name, reason FROM remote_files WHERE state = 'ignored'")
    assert tuple(left) == ("Letture20201332190000000_1.txt", "bad_name")
    run = await inbox_site.pick_up()
    assert run["reason_code"] == "nothing_to_do", "told once"


async def test_any_case_is_taken_when_the_options_say_so(inbox_site: InboxSite) -> None:
    await inbox_site.put_options(PickUpOptions, ignore_case=True)
    inbox_site.drop(lines(600000001), name="LETTURE20261120190000000_1.TXT")
    await inbox_site.pick_up()
    assert [file["state"] for file in await inbox_site.files()] == ["imported"]


async def test_a_file_that_is_too_large_is_left(inbox_site: InboxSite) -> None:
    await inbox_site.put_options(PickUpOptions, max_inbox_bytes=1024)
    name = inbox_site.drop(b"6" * 1025, declared=1)
    await inbox_site.pick_up()
    assert inbox_site.left() == [name]
    assert [row["reason"] for row in await inbox_site.fetch("SELECT reason FROM remote_files")] == ["file_too_large"]


async def test_an_empty_file_waits_until_the_last_look(inbox_site: InboxSite) -> None:
    inbox_site.drop(b"", declared=10)
    run = await inbox_site.pick_up()
    assert run["reason_code"] == "nothing_to_do"
    inbox_site.clock.at = EVENING
    await inbox_site.pick_up()
    (file,) = await inbox_site.files()
    assert (file["state"], file["reason"]) == ("invalid", "empty_file")
    assert inbox_site.left() == []


async def test_a_growing_file_is_not_touched_until_it_is_done(inbox_site: InboxSite) -> None:
    name = inbox_site.drop(lines(600000001), declared=2)
    sizes = iter((b"\n6000", b"00002|1|Toys|1.00"))

    def grow(_argument: str) -> None:
        if piece := next(sizes, b""):
            with (inbox_site.inbox / name).open("ab") as file:
                file.write(piece)

    inbox_site.ftp.before["SIZE"] = grow
    run = await inbox_site.pick_up()
    assert run["reason_code"] == "nothing_to_do"
    assert not any(command.startswith("RETR") for command in inbox_site.ftp.journal)
    await inbox_site.pick_up()
    assert await inbox_site.statuses() == {600000001: "not_found", 600000002: "not_found"}


async def test_a_file_that_changes_while_it_is_read_is_read_again(inbox_site: InboxSite) -> None:
    name = inbox_site.drop(lines(600000001), declared=2)

    def append(_argument: str) -> None:
        del inbox_site.ftp.before["RETR"]
        with (inbox_site.inbox / name).open("ab") as file:
            file.write(b"\n" + lines(600000002))

    inbox_site.ftp.before["RETR"] = append
    await inbox_site.pick_up()
    assert await inbox_site.files() == []
    await inbox_site.pick_up()
    assert list(await inbox_site.statuses()) == [600000001, 600000002]


async def test_a_view_that_is_down_delays_and_loses_nothing(inbox_site: InboxSite) -> None:
    await inbox_site.customer.execute("ALTER SCHEMA bdm RENAME TO away")
    name = inbox_site.drop(lines(600000001))
    run = await inbox_site.pick_up()
    assert (run["state"], run["reason_code"]) == ("failed", "remote_refused")
    (file,) = await inbox_site.files()
    assert file["state"] == "stored", "its bytes are safe"
    assert inbox_site.left() == [name]
    assert await inbox_site.fetch("SELECT FROM rows") == []
    await inbox_site.customer.execute("ALTER SCHEMA away RENAME TO bdm")
    await inbox_site.available(600000001)
    inbox_site.ftp.journal.clear()
    await inbox_site.pick_up()
    assert not any(command.startswith("RETR") for command in inbox_site.ftp.journal), "imported from the stored bytes"
    assert await inbox_site.statuses() == {600000001: "valid"}
    assert inbox_site.left() == []


async def test_a_slow_view_is_given_up_and_asked_again(inbox_site: InboxSite) -> None:
    await inbox_site.put_options(ViewOptions, statement_timeout_seconds=0.2)
    async with inbox_site.customer.acquire() as conn, conn.transaction():
        await conn.execute("LOCK bdm.available_invoices")
        inbox_site.drop(lines(600000001))
        run = await inbox_site.pick_up()
    assert (run["state"], run["reason_code"]) == ("failed", "remote_unavailable")
    await inbox_site.pick_up()
    assert await inbox_site.statuses() == {600000001: "not_found"}


async def test_a_file_stored_yesterday_is_not_imported_today(inbox_site: InboxSite) -> None:
    await inbox_site.customer.execute("ALTER SCHEMA bdm RENAME TO away")
    inbox_site.drop(lines(600000001))
    await inbox_site.pick_up()
    inbox_site.clock.advance(days=1)
    await inbox_site.pick_up()
    assert [file["state"] for file in await inbox_site.files()] == ["stale"]
    assert await inbox_site.fetch("SELECT FROM sessions") == []


async def test_a_refused_delete_is_retried_told_once_and_imports_nothing_twice(inbox_site: InboxSite) -> None:
    inbox_site.ftp.refused["DELE"] = "550 No permission."
    name = inbox_site.drop(lines(600000001))
    await inbox_site.pick_up()
    await inbox_site.pick_up()
    assert await inbox_site.remote_states() == [(name, "delete_pending")]
    assert await inbox_site.mails() == ["import", "delete_refused"]
    del inbox_site.ftp.refused["DELE"]
    await inbox_site.pick_up()
    assert inbox_site.left() == []
    assert await inbox_site.remote_states() == [(name, "gone")]
    assert len(await inbox_site.files()) == 1


async def test_a_file_replaced_before_the_delete_is_imported_too(inbox_site: InboxSite) -> None:
    name = inbox_site.drop(lines(600000001))
    await inbox_site.customer.execute("ALTER SCHEMA bdm RENAME TO away")
    await inbox_site.pick_up()
    await inbox_site.customer.execute("ALTER SCHEMA away RENAME TO bdm")

    def replace(_argument: str) -> None:
        """Between the import and the delete: the first SIZE of the third conversation."""
        del inbox_site.ftp.before["QUIT"]
        inbox_site.drop(lines(600000001, 600000002), name=name)
        inbox_site.touch(name, inbox_site.clock.now() + timedelta(minutes=1))

    inbox_site.ftp.before["QUIT"] = replace
    run = await inbox_site.pick_up()
    assert run["state"] == "succeeded"
    assert sorted(await inbox_site.statuses()) == [600000001, 600000002]
    assert inbox_site.left() == []


async def test_an_inbox_that_drops_every_connection_loses_nothing(inbox_site: InboxSite) -> None:
    name = inbox_site.drop(lines(600000001))
    for command in ("MLSD", "RETR", "DELE"):
        inbox_site.ftp.refused[command] = "drop"
        run = await inbox_site.pick_up()
        assert run["state"] == "failed", command
        assert inbox_site.left() == [name]
        del inbox_site.ftp.refused[command]
    await inbox_site.pick_up()
    assert inbox_site.left() == []
    assert [file["state"] for file in await inbox_site.files()] == ["imported"]
    assert (await inbox_site.mails()).count("import") == 1


async def test_a_latin1_name_beside_ours_does_not_matter(inbox_site: InboxSite) -> None:
    inbox_site.drop(lines(600000001))
    with open(os.fsencode(inbox_site.inbox) + b"/caff\xe8.txt", "wb"):  # noqa: ASYNC230, PTH123
        pass
    await inbox_site.pick_up()
    assert [file["state"] for file in await inbox_site.files()] == ["imported"]


async def test_a_file_that_cannot_be_read_does_not_stop_the_others(inbox_site: InboxSite) -> None:
    await inbox_site.available(600000002)
    bad = inbox_site.drop(lines(600000001), name="Letture20261120180000000_1.txt")
    good = inbox_site.drop(lines(600000002), name="Letture20261120190000000_1.txt")

    def refuse_one(name: str) -> None:
        inbox_site.ftp.refused = {"RETR": "550 Permission denied."} if bad in name else {}

    inbox_site.ftp.before["RETR"] = refuse_one
    run = await inbox_site.pick_up()
    assert (run["state"], run["reason_code"]) == ("failed", "server_refused")
    assert [(file["name"], file["state"]) for file in await inbox_site.files()] == [(good, "imported")]
    assert inbox_site.left() == [bad]


async def test_a_file_whose_bytes_are_gone_does_not_stop_the_others(inbox_site: InboxSite) -> None:
    await inbox_site.available(600000001, 600000002)
    inbox_site.drop(lines(600000001), name="Letture20261120180000000_1.txt")
    await inbox_site.customer.execute("ALTER TABLE bdm.available_invoices RENAME TO away")
    await inbox_site.pick_up()
    await inbox_site.customer.execute("ALTER TABLE bdm.away RENAME TO available_invoices")
    await inbox_site.fetch("DELETE FROM blobs")
    inbox_site.drop(lines(600000002), name="Letture20261120190000000_1.txt")
    run = await inbox_site.pick_up()
    assert (run["state"], run["reason_code"]) == ("partial", "files_need_a_person")
    assert [file["state"] for file in await inbox_site.files()] == ["stored", "imported"]
