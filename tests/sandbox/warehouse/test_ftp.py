"""The FTP servers, asked by the standard library's client."""

# ruff: noqa: S321 - FTP is what the warehouse speaks

from __future__ import annotations

import ftplib
import io
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.warehouse_sandbox import WarehouseSandbox

pytestmark = pytest.mark.servers

CONTENT = b"600000001|1|Toys|1.00\n" * 20_000


@contextmanager
def logged_in(url: str, timeout: float = 5) -> Iterator[ftplib.FTP]:
    parts = urlsplit(url)
    ftp = ftplib.FTP(timeout=timeout)
    try:
        ftp.connect(parts.hostname or "", parts.port or 21)
        ftp.login(parts.username or "", parts.password or "")
        yield ftp
    finally:
        ftp.close()


def download(ftp: ftplib.FTP, name: str) -> bytes:
    sink = io.BytesIO()
    ftp.retrbinary(f"RETR {name}", sink.write)
    return sink.getvalue()


@pytest.fixture
def big_file(outside: WarehouseSandbox) -> str:
    (outside.inbox / "big.txt").write_bytes(CONTENT)
    return "big.txt"


def test_a_dropped_file_can_be_listed_measured_downloaded_and_deleted(outside):
    file = outside.drop("day", rows=30)
    with logged_in(outside.inbox_url) as ftp:
        assert ftp.nlst() == [file["name"]]
        assert [name for name, _ in ftp.mlsd()] == [file["name"]]
        content = download(ftp, file["name"])
        ftp.voidcmd("TYPE I")
        assert ftp.size(file["name"]) == len(content)
        assert ftp.voidcmd(f"MDTM {file['name']}").startswith("213 ")
        ftp.delete(file["name"])
    assert content.count(b"\n") + 1 == file["records"]
    assert list(outside.inbox.iterdir()) == []
    assert "DELE" in outside.asked("inbox")


def test_an_upload_under_a_temporary_name_is_renamed_into_place(outside):
    with logged_in(outside.delivery_url) as ftp:
        ftp.cwd("session_start")
        ftp.storbinary("STOR .day.csv.part", io.BytesIO(b"x|y\n"))
        ftp.rename(".day.csv.part", "day.csv")
    assert (outside.delivery / "day.csv").read_bytes() == b"x|y\n"


def test_a_wrong_password_is_refused_and_never_journalled(outside):
    port = urlsplit(outside.inbox_url).port
    with ftplib.FTP(timeout=5) as ftp:
        ftp.connect("127.0.0.1", port or 0)
        with pytest.raises(ftplib.error_perm, match="530"):
            ftp.login("inbox", "a wrong secret")
    assert "a wrong secret" not in str(outside.journal())


def test_a_truncated_download_ends_with_a_cheerful_226(outside, big_file):
    outside.fault("inbox", "RETR", "truncate", bytes=1000)
    with logged_in(outside.inbox_url) as ftp:
        assert download(ftp, big_file) == CONTENT[:1000]
        assert download(ftp, big_file) == CONTENT


def test_a_truncation_without_a_size_takes_half_of_the_file(outside, big_file):
    outside.fault("inbox", "RETR", "truncate")
    with logged_in(outside.inbox_url) as ftp:
        assert len(download(ftp, big_file)) == len(CONTENT) // 2


def test_a_dropped_download_resets_both_connections(outside, big_file):
    outside.fault("inbox", "RETR", "drop", bytes=5000)
    with logged_in(outside.inbox_url) as ftp, pytest.raises((ConnectionResetError, EOFError)):
        download(ftp, big_file)


def test_a_stalled_download_moves_some_bytes_and_then_nothing(outside, big_file):
    outside.fault("inbox", "RETR", "stall", bytes=4096)
    received = []
    with logged_in(outside.inbox_url, timeout=0.5) as ftp, pytest.raises(TimeoutError):
        ftp.retrbinary(f"RETR {big_file}", received.append)
    assert sum(map(len, received)) == 4096


@pytest.mark.parametrize(
    ("operation", "status", "act"),
    [
        ("DELE", 550, lambda ftp, name: ftp.delete(name)),
        ("RNTO", 553, lambda ftp, name: ftp.rename(name, "other")),
        ("STOR", 552, lambda ftp, name: ftp.storbinary(f"STOR {name}", io.BytesIO(b"x"))),
        ("PASV", 425, lambda ftp, name: ftp.nlst()),
    ],
)
def test_a_command_is_refused_once_and_then_obeyed(outside, big_file, operation, status, act):
    outside.fault("inbox", operation, "reply", status=status, text="not today")
    with logged_in(outside.inbox_url) as ftp:
        with pytest.raises((ftplib.error_perm, ftplib.error_temp), match=f"{status} not today"):
            act(ftp, big_file)
        act(ftp, big_file)


def test_a_full_disk_is_told_in_the_middle_of_an_upload(outside):
    outside.fault("delivery", "STOR", "reply", bytes=10_000, status=552, text="disk full")
    with logged_in(outside.delivery_url) as ftp, pytest.raises((ftplib.error_perm, OSError)) as refused:
        ftp.storbinary("STOR big.csv", io.BytesIO(CONTENT * 20))
    assert "552" in str(refused.value) or isinstance(refused.value, OSError)


def test_a_truncated_upload_is_called_complete(outside):
    outside.fault("delivery", "STOR", "truncate", bytes=100)
    with logged_in(outside.delivery_url) as ftp:
        assert ftp.storbinary("STOR big.part", io.BytesIO(CONTENT)).startswith("226")
        ftp.voidcmd("TYPE I")
        assert ftp.size("big.part") == 100


def test_a_command_may_happen_although_its_answer_is_lost(outside, big_file):
    outside.fault("inbox", "DELE", "reset_after")
    with logged_in(outside.inbox_url) as ftp, pytest.raises((ConnectionResetError, EOFError)):
        ftp.delete(big_file)
    assert not (outside.inbox / big_file).exists()


def test_a_command_may_be_lost_with_the_connection(outside, big_file):
    outside.fault("inbox", "DELE", "reset_before")
    with logged_in(outside.inbox_url) as ftp, pytest.raises((ConnectionResetError, EOFError)):
        ftp.delete(big_file)
    assert (outside.inbox / big_file).exists()


def test_an_absent_command_is_not_understood_and_not_announced(outside, big_file):
    for command in ("MDTM", "SIZE", "MLSD", "MLST"):
        outside.fault("inbox", command, "absent", times=None)
    with logged_in(outside.inbox_url) as ftp:
        features = ftp.sendcmd("FEAT")
        assert not [command for command in ("MDTM", "SIZE", "MLST") if command in features]
        for command in ("MDTM", "SIZE", "MLSD"):
            with pytest.raises(ftplib.error_perm, match="500"):
                ftp.voidcmd(f"{command} {big_file}")
        lines: list[str] = []
        ftp.retrlines("LIST", lines.append)
        assert lines[0].endswith(big_file)


def test_a_late_answer_comes_late(outside):
    outside.fault("inbox", "NLST", "delay", seconds=0.4)
    with logged_in(outside.inbox_url) as ftp:
        began = time.monotonic()
        ftp.nlst()
        assert time.monotonic() - began >= 0.4


def test_a_greeting_may_say_that_nobody_is_served(outside):
    outside.fault("inbox", "CONNECT", "reply", status=421, text="too many users")
    with pytest.raises(ftplib.error_temp, match="421"), logged_in(outside.inbox_url):
        pass


def test_nonsense_on_the_control_connection_is_nonsense(outside):
    outside.fault("inbox", "PWD", "garbage")
    with logged_in(outside.inbox_url) as ftp, pytest.raises(ftplib.error_proto):
        ftp.pwd()


def test_a_stopped_server_refuses_and_comes_back_on_its_port(outside):
    outside.system("inbox", up=False)
    with pytest.raises(ConnectionRefusedError), logged_in(outside.inbox_url):
        pass
    outside.system("inbox", up=True)
    with logged_in(outside.inbox_url) as ftp:
        assert ftp.nlst() == []


def test_the_nth_call_is_struck_and_the_others_are_not(outside):
    outside.fault("inbox", "NLST", "reply", nth=2, times=2, status=450, text="busy")
    with logged_in(outside.inbox_url) as ftp:
        answers = []
        for _ in range(4):
            try:
                answers.append(ftp.nlst())
            except ftplib.error_temp:
                answers.append("busy")
    assert answers == [[], "busy", "busy", []]
    assert outside.faults() == []


def test_a_slow_sender_writes_under_the_final_name(outside):
    file = outside.drop(rows=200, slow_seconds=1.5)
    sizes = set()
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        sizes.update(path.stat().st_size for path in outside.inbox.iterdir())
        time.sleep(0.05)
    assert len(sizes) >= 3
    assert (outside.inbox / file["name"]).read_bytes().count(b"\n") + 1 == file["records"]
