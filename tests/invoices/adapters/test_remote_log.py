"""The receiver's log over a file server: a pattern that is slow over a line costs a second, not the service."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING

import pytest

from common.errors import Transient
from common.transfer import open_server
from services.invoices.adapters.remote_log import RemoteLogFile
from services.invoices.formats.upload_log import compile_patterns, position_at
from tests.support.file_servers import running_sftp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.servers, pytest.mark.timeout(60)]

START = position_at(0, b"")
OURS = "session_1.csv"
LINE = f"file={OURS} read=3\n"
USUAL = compile_patterns(r"file=(?P<file>\S+) read=(?P<count>\d+)")
POLYNOMIAL = [
    r"(?P<file>\S+)\w*[a-z]*\S*\w*=(?P<count>\d+)",
    r"(?P<file>[^ ]+).*-.*a.*-.*!(?P<count>\d+)",
    r"^(?P<file>\S+?)\S+?[a-]+?\S+?\w* (?P<count>\d+)",
]


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[tuple[RemoteLogFile, Path]]:
    async with running_sftp(tmp_path) as site:
        server = open_server(site.url, name="remote_log", host_key=site.host_key, timeout_seconds=5)
        yield RemoteLogFile(server, "import.log", "import.log.1"), tmp_path / "import.log"


@pytest.mark.parametrize("line", ["a" * 8000, "a-" * 4000, "a-" * 250])
@pytest.mark.parametrize("pattern", POLYNOMIAL)
async def test_a_pattern_that_is_slow_over_a_line_is_interrupted_and_told(log, pattern, line):
    reader, file = log
    file.write_text(f"{line}\n{LINE}")
    before = signal.getsignal(signal.SIGVTALRM)
    began = time.process_time()
    with pytest.raises(Transient, match="take too long over a line") as raised:
        await reader.read(START, file=OURS, patterns=compile_patterns(pattern))
    assert time.process_time() - began < 6
    assert raised.value.code == "log_pattern_slow"
    assert signal.getsignal(signal.SIGVTALRM) is before
    reading = await reader.read(START, file=OURS, patterns=USUAL)  # the settings were mended
    assert reading.verdict is not None
    assert reading.verdict.count == 3


async def test_usual_patterns_go_through_a_long_log_in_time(log):
    reader, file = log
    other = f"2026-11-20 08:01:12 INFO file=other.csv read=77 {'x' * 40}\n"
    file.write_text(other * 20_000 + LINE)
    reading = await reader.read(START, file=OURS, patterns=USUAL)
    assert reading.verdict is not None


async def test_a_log_is_read_outside_the_main_thread_too(log):
    reader, file = log
    file.write_text(LINE)
    reading = await asyncio.to_thread(lambda: asyncio.run(reader.read(START, file=OURS, patterns=USUAL)))
    assert reading.verdict is not None
