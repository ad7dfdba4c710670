"""The program that reads our CSV, the customer's views, and the shipments that are processed as time passes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import asyncpg
import pytest

from tests.support.warehouse_sandbox import warehouse_sandbox

if TYPE_CHECKING:
    from tests.support.warehouse_sandbox import WarehouseSandbox

pytestmark = pytest.mark.servers

SUCCESS = re.compile(r"file=(?P<file>\S+) read=(?P<count>\d+)")


def csv_line(number: int, branch: str = "VM") -> str:
    return f"LT{number}{branch}|300|0|0|0||GN|2026-11-20|10-00-00-00|0|0|0|0|0||||||0|1|0|\n"


def deliver(outside: WarehouseSandbox, name: str, numbers: range, extra: str = "") -> None:
    hidden = outside.delivery / f".{name}.part"
    hidden.write_text("".join(csv_line(number) for number in numbers) + extra)
    hidden.replace(outside.delivery / name)


def log_of(outside: WarehouseSandbox) -> str:
    return outside.log_file.read_text()


def test_a_delivered_csv_is_read_and_confirmed_in_the_log(outside):
    deliver(outside, "day.csv", range(600000001, 600000008))
    outside.wait_for(lambda: SUCCESS.search(log_of(outside)))
    assert SUCCESS.findall(log_of(outside)) == [("day.csv", "7")]
    assert [(reading["lines"], reading["verdict"]) for reading in outside.readings()] == [(7, "read")]


def test_a_temporary_name_is_not_touched(outside):
    (outside.delivery / ".day.csv.part").write_text(csv_line(600000001))
    deliver(outside, "other.csv", range(600000001, 600000002))
    outside.wait_for(outside.readings)
    assert [reading["name"] for reading in outside.readings()] == ["other.csv"]


def test_a_line_that_does_not_fit_the_format_is_not_read(outside):
    deliver(outside, "day.csv", range(600000001, 600000003), extra="LT600000003VM|800.0|2026-11-20|10-00-00-00\n")
    outside.wait_for(lambda: "read=" in log_of(outside))
    assert SUCCESS.findall(log_of(outside)) == [("day.csv", "2")]
    assert outside.readings()[0]["lines"] == 3


@pytest.mark.parametrize(
    ("kind", "more", "seen"),
    [
        ("fewer", {"count": 2}, r"file=day.csv read=3\n"),
        ("error", {"text": "no space left"}, r"ERROR upload file=day.csv error=no space left\n"),
        ("delay", {"seconds": 0.3}, r"read=5\n"),
        ("split", {"seconds": 0.3}, r"file=day.csv read=5\n"),
    ],
)
def test_the_program_can_be_told_to_misbehave(outside, kind, more, seen):
    outside.fault("consumer", "read", kind, **more)
    deliver(outside, "day.csv", range(600000001, 600000006))
    assert outside.wait_for(lambda: re.search(seen, log_of(outside)))


def test_a_silent_program_takes_the_file_and_says_nothing(outside):
    outside.fault("consumer", "read", "silent")
    deliver(outside, "day.csv", range(600000001, 600000006))
    outside.wait_for(lambda: outside.readings() and outside.readings()[0]["verdict"] == "silent")
    assert log_of(outside) == ""


def test_a_program_that_takes_files_away_leaves_none(outside):
    outside.change(removes_files=True)
    deliver(outside, "day.csv", range(600000001, 600000002))
    assert outside.wait_for(lambda: outside.readings() and not list(outside.delivery.iterdir()))


def test_a_file_is_taken_once_across_a_restart(tmp_path):
    with warehouse_sandbox(tmp_path) as first:
        deliver(first, "day.csv", range(600000001, 600000002))
        first.wait_for(lambda: first.readings() and first.readings()[0]["verdict"] == "read", 20)
    with warehouse_sandbox(tmp_path) as second:
        deliver(second, "later.csv", range(600000001, 600000002))
        second.wait_for(lambda: len(second.readings()) == 2)
        assert [reading["name"] for reading in second.readings()] == ["day.csv", "later.csv"]


async def processed(outside: WarehouseSandbox) -> list[int]:
    connection = await asyncpg.connect(outside.view_url)
    try:
        rows = await connection.fetch("SELECT DISTINCT invoice_number FROM bdm.processing ORDER BY 1")
    finally:
        await connection.close()
    return [row["invoice_number"] for row in rows]


async def test_shipments_are_processed_as_time_passes(outside):
    deliver(outside, "day.csv", range(600000001, 600000021))
    outside.wait_for(lambda: outside.state()["customer"]["processed"] == 20)
    assert await processed(outside) == list(range(600000001, 600000021))


async def test_processing_can_pause_stop_short_and_be_pushed(outside):
    outside.change(processing_paused=True)
    deliver(outside, "day.csv", range(600000001, 600000011))
    outside.wait_for(lambda: outside.state()["customer"]["total"] == 10)
    assert outside.process(3) == 3
    assert len(await processed(outside)) == 3
    outside.change(processing_paused=False, processing_stop_at=6)
    outside.wait_for(lambda: outside.state()["customer"]["processed"] == 6)
    assert outside.process() == 4


async def test_the_view_knows_the_rows_of_a_dropped_file_and_much_else(outside):
    file = outside.drop("day", rows=100)
    connection = await asyncpg.connect(outside.view_url)
    try:
        known = await connection.fetch(
            "SELECT number, max(date) AS date FROM bdm.available_invoices WHERE number / 100000000 = 6 GROUP BY number"
        )
        others = await connection.fetchval("SELECT count(*) FROM bdm.available_invoices WHERE number < 600000000")
    finally:
        await connection.close()
    dates = {row["number"]: row["date"] for row in known}
    today = outside.state()["clock"]["now"][:10]
    assert set(dates) == {*file["valid"], *file["in_past"]}
    assert not dates.keys() & set(file["not_found"])
    assert all(dates[number].isoformat() < today for number in file["in_past"])
    assert all(dates[number].isoformat() >= today for number in file["valid"])
    assert others == 100


async def test_the_view_may_be_gone_and_the_database_out_of_reach(outside):
    through_the_gate = outside.addresses["customer_url"]
    outside.change(view_hidden=True)
    connection = await asyncpg.connect(through_the_gate)
    try:
        with pytest.raises(asyncpg.UndefinedTableError):
            await connection.fetch("SELECT number FROM bdm.available_invoices")
        outside.change(view_hidden=False)
        assert await connection.fetchval("SELECT count(*) FROM bdm.available_invoices") == 100
    finally:
        await connection.close()
    outside.system("customer", up=False)
    with pytest.raises((ConnectionRefusedError, OSError)):
        await asyncpg.connect(through_the_gate)


async def test_a_reader_may_not_write(outside):
    connection = await asyncpg.connect(outside.view_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM bdm.processing")
    finally:
        await connection.close()
