"""The one-shot steps of docker-compose.yml do what they say on a real, empty PostgreSQL cluster."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.stack.test_deployment import SERVICES
from tests.support.servers import start_on_free_port
from tools.stack.postgres import libpq_environment, make_cluster, programs
from tools.stack.state import ROOT

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

OWNERS = ("GATEWAY", "INVOICES", "ASANITO")
NAMES = tuple(f"{owner}_{role}" for owner in OWNERS for role in ("OWNER", "RUNTIME"))
PASSWORDS = {f"{name}_PASSWORD": secrets.token_hex(12) for name in NAMES}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """URL of a cluster as the image makes it, with `roles.sh` run once."""
    folder = tmp_path_factory.mktemp("cluster")
    make_cluster(folder / "postgres", "admin-password", sync=False)
    server = start_on_free_port(folder, "admin-password")
    environment = {**libpq_environment(server.url), **PASSWORDS, "POSTGRES_USER": "portico_admin"}
    environment["PATH"] = f"{programs()}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["bash", ROOT / "deploy" / "postgres" / "roles.sh"], env=environment, check=True, capture_output=True
    )
    yield server.url
    server.stop()


def as_in_compose(step: str, cluster: str) -> tuple[list[str], dict[str, str]]:
    """Command and environment of a one-shot service, pointed at the test's cluster."""
    place = f"127.0.0.1:{urlsplit(cluster).port}"
    environment = {}
    for name, value in SERVICES[step]["environment"].items():
        for password, secret in PASSWORDS.items():
            value = value.replace(f"${{{password}:?}}", secret)  # noqa: PLW2901
        environment[name] = value.replace("postgres:5432", place)
    program, *arguments = SERVICES[step]["command"]
    folder = os.path.dirname(sys.executable)  # noqa: PTH120 - the program stands beside this Python, unresolved
    return [f"{folder}/{program}", *arguments], environment


def run_step(step: str, cluster: str) -> None:
    command, environment = as_in_compose(step, cluster)
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", ["gateway", "invoices"])
async def test_migrations_run_as_owner_and_the_runtime_role_may_work(service, cluster):
    run_step(f"{service}-migrations", cluster)
    run_step(f"{service}-migrations", cluster)
    place = f"127.0.0.1:{urlsplit(cluster).port}"
    password = PASSWORDS[f"{service.upper()}_RUNTIME_PASSWORD"]
    conn = await asyncpg.connect(f"postgresql://portico_{service}_runtime:{password}@{place}/portico_{service}")
    assert await conn.fetchval("SELECT count(*) FROM schema_migrations") > 0
    assert await conn.fetchval("SELECT count(*) FROM options") == 0
    await conn.execute("CREATE TEMPORARY TABLE staging (line text)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute("CREATE TABLE mine (line text)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute("DELETE FROM audit_entries")
    await conn.close()


async def test_a_role_can_not_enter_another_database(cluster):
    place = f"127.0.0.1:{urlsplit(cluster).port}"
    password = PASSWORDS["INVOICES_RUNTIME_PASSWORD"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(f"postgresql://portico_invoices_runtime:{password}@{place}/portico_gateway")
