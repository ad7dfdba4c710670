"""The embedded servers are real, password-protected, ours, and gone when their parent is."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest
import redis

from common.migrate import Component
from tests.conftest import ReachedBeyondThisMachine
from tools.stack.children import port_is_taken
from tools.stack.postgres import PostgresError, ask, start_postgres

pytestmark = pytest.mark.servers


async def test_postgres_is_version_18_and_wants_a_password(postgres_url):
    conn = await asyncpg.connect(postgres_url)
    assert (await conn.fetchval("SHOW server_version")).startswith("18.")
    assert await conn.fetchval("SELECT uuidv7() IS NOT NULL")
    await conn.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres_url, password="wrong")


def test_valkey_answers_and_wants_a_password(redis_url):
    client = redis.Redis.from_url(redis_url)
    assert client.set("key", "value")
    client.close()
    stranger = redis.Redis(port=client.connection_pool.connection_kwargs["port"], password="wrong")
    with pytest.raises(redis.AuthenticationError):
        stranger.ping()
    stranger.close()


@pytest.fixture
def component(tmp_path: Path) -> Component:
    (tmp_path / "0001_notes.sql").write_text("CREATE TABLE notes (body text)")
    (tmp_path / "grants").mkdir()
    (tmp_path / "grants" / "runtime.sql").write_text("GRANT INSERT ON notes TO {role};")
    return Component("test/notes", tmp_path)


async def test_a_database_is_migrated_and_its_runtime_role_may_do_what_was_granted(make_database, component):
    url = make_database(component)
    conn = await asyncpg.connect(url)
    await conn.execute("INSERT INTO notes VALUES ('a')")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute("DELETE FROM notes")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute("CREATE TABLE mine ()")
    await conn.close()
    owner = await asyncpg.connect(url.owner)
    assert await owner.fetchval("DELETE FROM notes RETURNING body") == "a"
    await owner.close()


async def test_two_databases_of_the_same_components_are_apart(make_database, component):
    first, second = make_database(component), make_database(component)
    assert first != second
    for url in (first, second):
        conn = await asyncpg.connect(url.owner)
        assert await conn.fetchval("SELECT count(*) FROM notes") == 0
        await conn.execute("INSERT INTO notes VALUES ('a')")
        await conn.close()


def test_a_second_server_on_a_taken_port_is_refused(postgres_url, tmp_path):
    port = int(postgres_url.rpartition(":")[2].partition("/")[0])
    assert port_is_taken(port)
    data = Path(ask(postgres_url, "SHOW data_directory"))
    with pytest.raises(PostgresError, match=r"did not start|Another PostgreSQL"):
        start_postgres(data, port=port, password="x", log=tmp_path / "log")


KILLED_PARENT = """
import secrets, sys, time
from pathlib import Path
from tools.stack.children import free_port
from tools.stack.postgres import make_cluster, start_postgres
from tools.stack.valkey import start_valkey
folder = Path(sys.argv[1])
make_cluster(folder / "pg", "secret", sync=False)
pg = start_postgres(folder / "pg", port=free_port(), password="secret", log=folder / "pg.log")
vk = start_valkey(folder / "vk", port=free_port(), password="secret", log=folder / "vk.log")
print(pg.process.pid, vk.process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.kill
def test_a_killed_parent_leaves_no_server(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", KILLED_PARENT, tmp_path], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(pids) == 2
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while any(is_running(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(is_running(pid) for pid in pids)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state != "Z"


def test_no_test_reaches_beyond_this_machine():
    with pytest.raises(ReachedBeyondThisMachine):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(ReachedBeyondThisMachine):
        socket.getaddrinfo("example.com", 80)
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("nowhere.invalid", 80)


@pytest.mark.skipif(os.getuid() != 0, reason="only root has to look like somebody else")
def test_root_can_do_without_user_namespaces(tmp_path):
    tmp_path.chmod(0o700)
    script = KILLED_PARENT.replace("time.sleep(60)", "pg.stop(); vk.stop(); remove(folder / 'pg')")
    script = f"from tools.stack.disguise import remove\n{script}"
    environment = {**os.environ, "PORTICO_WITHOUT_USER_NAMESPACES": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "pg").exists()
