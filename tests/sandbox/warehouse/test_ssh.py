"""The SSH host, asked by asyncssh."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncssh
import pytest

from tests.support.warehouse_sandbox import warehouse_sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.warehouse_sandbox import WarehouseSandbox

pytestmark = pytest.mark.servers


@asynccontextmanager
async def connected(outside: WarehouseSandbox, *, key: str = "", **more) -> AsyncIterator[asyncssh.SSHClientConnection]:
    parts = urlsplit(outside.remote_log_url)
    known_hosts = f"[127.0.0.1]:{parts.port} {key or outside.remote_log_host_key}".encode()
    options = {"username": parts.username, "password": parts.password, "config": None, "client_keys": None} | more
    async with asyncssh.connect("127.0.0.1", parts.port, known_hosts=known_hosts, **options) as connection:
        yield connection


async def read_log(outside: WarehouseSandbox, offset: int = 0) -> bytes:
    async with (
        connected(outside) as connection,
        connection.start_sftp_client() as sftp,
        sftp.open("/logs/upload.log", "rb") as log,
    ):
        return await log.read(-1, offset)


async def test_the_log_is_read_from_an_offset(outside):
    outside.write_log("first")
    first = await read_log(outside)
    outside.write_log("second")
    assert first.endswith(b" first\n")
    assert (await read_log(outside, len(first))).endswith(b" second\n")


async def test_nothing_outside_of_the_account_can_be_seen_or_written(outside):
    async with connected(outside) as connection, connection.start_sftp_client() as sftp:
        assert "logs" in await sftp.listdir("/")
        assert not await sftp.exists("/../../etc/passwd")
        assert not await sftp.exists("/host_key")
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            await sftp.open("/logs/upload.log", "wb")
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            await sftp.remove("/logs/upload.log")


async def test_the_host_key_survives_a_restart(tmp_path):
    with warehouse_sandbox(tmp_path) as first:
        key = first.remote_log_host_key
        password = urlsplit(first.remote_log_url).password
    with warehouse_sandbox(tmp_path) as second:
        assert second.remote_log_host_key == key
        assert urlsplit(second.remote_log_url).password == password


async def test_a_changed_host_key_is_not_the_pinned_one_until_it_is_put_back(outside):
    pinned = outside.remote_log_host_key
    assert outside.change_host_key() != pinned
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        async with connected(outside, key=pinned):
            pass
    outside.reset()
    async with connected(outside, key=pinned):
        pass


async def test_a_wrong_password_is_refused(outside):
    with pytest.raises(asyncssh.PermissionDenied):
        async with connected(outside, password="wrong"):
            pass


async def test_a_frozen_host_answers_no_keepalive(outside):
    async with connected(outside, keepalive_interval=0.2, keepalive_count_max=2) as connection:
        outside.system("ssh", frozen=True)
        await asyncio.wait_for(connection.wait_closed(), 5)
    outside.system("ssh", frozen=False)
    assert await read_log(outside) == b""


async def test_a_host_that_is_down_refuses(outside):
    outside.system("ssh", up=False)
    with pytest.raises(ConnectionRefusedError):
        async with connected(outside):
            pass
    outside.system("ssh", up=True)
    assert await read_log(outside) == b""


async def test_the_log_is_rotated(outside):
    outside.write_log("old")
    outside.rotate_log()
    outside.write_log("new")
    async with connected(outside) as connection, connection.start_sftp_client() as sftp:
        assert {"upload.log", "upload.log.1"} <= set(await sftp.listdir("/logs"))
    assert b"old" not in await read_log(outside)


async def test_a_missing_log_and_a_late_read_are_played(outside):
    outside.fault("ssh", "open", "absent")
    with pytest.raises(asyncssh.SFTPNoSuchFile):
        await read_log(outside)
    outside.write_log("line")
    outside.fault("ssh", "read", "delay", seconds=0.3)
    began = asyncio.get_running_loop().time()
    assert await read_log(outside)
    assert asyncio.get_running_loop().time() - began >= 0.3


async def test_a_connection_can_be_cut_in_the_middle_of_a_read(outside):
    outside.write_log("line")
    outside.fault("ssh", "read", "drop")
    with pytest.raises((asyncssh.SFTPConnectionLost, asyncssh.ConnectionLost, asyncssh.SFTPNoConnection, OSError)):
        await asyncio.wait_for(read_log(outside), 5)
    assert await read_log(outside)
