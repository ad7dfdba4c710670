"""FTP as servers really speak it: strict TLS, missing commands, half transfers, silence."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from common.errors import Ambiguous, Permanent, Transient
from common.transfer import Entry, FileStore, open_server, put
from tests.support.file_servers import make_certificate
from tests.support.strict_ftp import StrictFtp, running_strict_ftp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from common.transfer import FileServer

pytestmark = pytest.mark.servers

CONTENT = os.urandom(300_000)
TIME = datetime(2020, 11, 20, 19, 4, 11, tzinfo=UTC)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def server_of(site: StrictFtp, *, tls_ca: Path | None = None) -> FileServer:
    ca = str(tls_ca) if tls_ca else ""
    return open_server(site.url, name="inbox", tls_ca=ca, timeout_seconds=1, idle_seconds=0.5, transfer_seconds=5)


@asynccontextmanager
async def connected(site: StrictFtp) -> AsyncIterator[FileStore]:
    async with server_of(site).connect() as store:
        yield store


async def read_all(store: FileStore, name: str) -> bytes:
    content = bytearray()
    await store.read(name, content.extend)
    return bytes(content)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("implicit", [False, True])
async def test_strict_tls_with_session_reuse(certificate: Path, version: ssl.TLSVersion, implicit: bool) -> None:
    async with running_strict_ftp(certificate, implicit=implicit, require_reuse=True) as site:
        assert site.tls is not None
        site.tls.minimum_version = site.tls.maximum_version = version
        site.files["a.bin"] = CONTENT
        async with server_of(site, tls_ca=certificate).connect() as store:
            assert await store.entries(lambda _: True) == [Entry("a.bin", len(CONTENT), TIME)]
            assert await read_all(store, "a.bin") == CONTENT
            await put(store, "b.bin", CONTENT, size=len(CONTENT), attempt="1")
        assert site.files["b.bin"] == CONTENT
        assert site.reused
        assert all(site.reused)


async def test_a_certificate_of_nobody_we_trust_is_refused(certificate: Path) -> None:
    async with running_strict_ftp(certificate) as site:
        with pytest.raises(Permanent) as caught:
            async with connected(site):
                pass
        assert caught.value.code == "certificate_refused"
        assert not any(command.startswith("PASS") for command in site.journal)


async def test_a_truncated_download_with_a_cheerful_end_is_seen_by_its_count() -> None:
    async with running_strict_ftp(files={"a.bin": CONTENT}, send_only=400) as site, connected(site) as store:
        entry = await store.stat("a.bin")
        assert entry is not None
        assert await store.read("a.bin", lambda _: None) == 400 != entry.size


async def test_a_truncated_upload_with_a_cheerful_end_is_not_published() -> None:
    async with running_strict_ftp(send_only=400) as site, connected(site) as store:
        with pytest.raises(Transient) as caught:
            await put(store, "a.bin", CONTENT, size=len(CONTENT), attempt="1")
        assert caught.value.params == {"name": "a.bin", "sent": len(CONTENT), "found": 400}
        assert not site.files, "nor is it left behind"


@pytest.mark.parametrize("after", [0, *(10**power for power in range(6)), 299_999])
async def test_a_connection_that_breaks_is_an_error_at_every_byte(after: int) -> None:
    async with running_strict_ftp(files={"a.bin": CONTENT}, drop_after=after) as site, connected(site) as store:
        with pytest.raises(Transient) as caught:
            await store.read("a.bin", lambda _: None)
        assert caught.value.code == "unreachable"


async def test_a_transfer_that_stalls_is_given_up_soon() -> None:
    async with running_strict_ftp(files={"a.bin": CONTENT}, stall_after=1000) as site:
        began = time.monotonic()
        with pytest.raises(Transient) as caught:
            async with connected(site) as store:
                await store.read("a.bin", lambda _: None)
        assert caught.value.code == "timed_out"
        assert time.monotonic() - began < 2


async def test_after_a_stall_the_connection_is_cut() -> None:
    async with running_strict_ftp(files={"a.bin": CONTENT}, stall_after=1000) as site, connected(site) as store:
        with pytest.raises(Transient):
            await store.read("a.bin", lambda _: None)
        async with asyncio.timeout(1):
            await site.cut.wait()


async def test_a_last_word_that_never_comes_is_not_taken_for_success() -> None:
    async with running_strict_ftp(files={"a.bin": CONTENT}, final=None) as site, connected(site) as store:
        with pytest.raises(Transient) as caught:
            await store.read("a.bin", lambda _: None)
        assert caught.value.code == "timed_out"


@pytest.mark.parametrize(
    ("final", "kind"), [("426 Broken off.", Transient), ("451 Local error.", Transient), ("552 Full.", Permanent)]
)
async def test_a_bad_last_word_is_an_error(final: str, kind: type[Exception]) -> None:
    async with running_strict_ftp(final=final) as site, connected(site) as store:
        with pytest.raises(kind):
            await store.write("a.bin", CONTENT)


async def test_after_an_error_the_connection_is_not_used_again() -> None:
    async with running_strict_ftp(files={"a.bin": CONTENT}, drop_after=10) as site, connected(site) as store:
        with pytest.raises(Transient):
            await store.read("a.bin", lambda _: None)
        asked = len(site.journal)
        with pytest.raises(Transient):
            await store.stat("a.bin")
        assert len(site.journal) == asked


async def test_a_server_without_size_is_read_by_its_listing() -> None:
    async with running_strict_ftp(files={"a.bin": CONTENT}, without={"SIZE"}) as site, connected(site) as store:
        assert await store.stat("a.bin") == Entry("a.bin", len(CONTENT), TIME)
        assert await store.stat("b.bin") is None


async def test_a_server_that_knows_only_list_is_read_all_the_same() -> None:
    without = {"SIZE", "NLST", "MLSD", "MDTM", "FEAT"}
    async with running_strict_ftp(files={"a.bin": CONTENT}, without=without) as site, connected(site) as store:
        assert await store.entries(lambda _: True) == [Entry("a.bin", len(CONTENT), None)]
        assert await read_all(store, "a.bin") == CONTENT


async def test_a_server_without_mdtm_tells_no_time() -> None:
    async with running_strict_ftp(files={"a.bin": b"1"}, without={"MDTM"}) as site, connected(site) as store:
        assert await store.stat("a.bin") == Entry("a.bin", 1, None)


async def test_a_time_that_is_none_is_no_time() -> None:
    async with (
        running_strict_ftp(files={"a.bin": b"1"}, answers={"MDTM": "213 20209920190411"}) as site,
        connected(site) as store,
    ):
        assert await store.stat("a.bin") == Entry("a.bin", 1, None)


async def test_passive_behind_an_address_translation() -> None:
    faults = {"files": {"a.bin": b"1"}, "without": {"EPSV"}, "pasv_address": "10,99,99,99"}
    async with running_strict_ftp(**faults) as site, connected(site) as store:
        assert await read_all(store, "a.bin") == b"1"


@pytest.mark.parametrize("answer", ["550 No files found.", "450 No files found."])
async def test_an_empty_folder_may_be_told_as_an_error(answer: str) -> None:
    async with running_strict_ftp(answers={"NLST": answer}) as site, connected(site) as store:
        assert await store.entries(lambda _: True) == []


@pytest.mark.parametrize(
    ("answers", "kind", "code"),
    [
        ({"PASS": "530 Login incorrect."}, Permanent, "login_refused"),
        ({"USER": "421 Too many users."}, Transient, "server_busy"),
        ({"CWD": "550 No such folder."}, Permanent, "folder_refused"),
        ({"USER": "drop"}, Transient, "unreachable"),
        ({"USER": ""}, Transient, "timed_out"),
        ({"USER": "hello?"}, Transient, "timed_out"),
    ],
)
async def test_a_door_that_stays_shut_says_why(answers: dict[str, str], kind: type[Exception], code: str) -> None:
    async with running_strict_ftp(answers=answers) as site:
        with pytest.raises(kind) as caught:
            async with connected(site):
                pass
        assert caught.value.code == code
        assert "secret" not in caught.value.detail
        assert caught.value.target == "inbox"


async def test_nobody_there_is_a_sentence() -> None:
    async with running_strict_ftp() as site:
        pass
    with pytest.raises(Transient) as caught:
        async with connected(site):
            pass
    assert caught.value.code == "unreachable"


async def test_a_server_that_says_goodbye_in_the_middle_comes_back_later() -> None:
    async with (
        running_strict_ftp(files={"a.bin": b"1"}, answers={"SIZE": "421 Shutting down."}) as site,
        connected(site) as store,
    ):
        with pytest.raises(Transient):
            await store.stat("a.bin")


@pytest.mark.parametrize("answer", ["550 Permission denied.", "450 In use."])
async def test_a_refused_delete_is_told_and_the_talk_goes_on(answer: str) -> None:
    async with running_strict_ftp(files={"a.bin": b"1"}, answers={"DELE": answer}) as site, connected(site) as store:
        with pytest.raises(Permanent) as caught:
            await store.delete("a.bin")
        assert (caught.value.code, caught.value.params["answer"]) == ("delete_refused", answer)
        assert await store.stat("a.bin") is not None


async def test_a_rename_without_an_answer_is_ambiguous() -> None:
    async with running_strict_ftp(files={"a": b"1"}, answers={"RNTO": ""}) as site, connected(site) as store:
        with pytest.raises(Ambiguous):
            await store.rename("a", "b")


async def test_a_refused_rename_is_not_ambiguous() -> None:
    answers = {"RNTO": "553 Not allowed."}
    async with running_strict_ftp(files={"a": b"1"}, answers=answers) as site, connected(site) as store:
        with pytest.raises(Permanent) as caught:
            await store.rename("a", "b")
        assert caught.value.code == "server_refused"


async def test_a_line_break_in_a_name_is_no_second_command() -> None:
    async with running_strict_ftp(files={"a": b"1"}) as site, connected(site) as store:
        with pytest.raises(Permanent) as caught:
            await store.stat("a\r\nDELE a")
        assert caught.value.code == "server_refused"
        assert "DELE a" not in site.journal


async def test_a_cancelled_transfer_lets_go_at_once() -> None:
    async with running_strict_ftp(files={"a.bin": CONTENT}, stall_after=10) as site:

        async def read() -> None:
            async with connected(site) as store:
                await store.read("a.bin", lambda _: None)

        task = asyncio.create_task(read())
        await asyncio.sleep(0.1)
        task.cancel()
        began = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < 0.5


@pytest.mark.parametrize("answer", ["550 SIZE not allowed in ASCII mode.", "550 Permission denied."])
async def test_a_server_that_never_tells_a_size_does_not_make_files_vanish(answer: str) -> None:
    async with running_strict_ftp(files={"a.bin": CONTENT}, answers={"SIZE": answer}) as site, connected(site) as store:
        assert await store.stat("a.bin") == Entry("a.bin", len(CONTENT), TIME)
        assert await store.stat("b.bin") is None
        assert "TYPE I" in site.journal
