"""Fixtures that every test may ask for: real servers on loopback, a database of its own, a free port.

A test that asks for a server is marked `servers` by itself. No test reaches beyond this machine.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.servers import Databases, DatabaseUrl, running_postgres, running_valkey
from tools.stack.children import free_port as any_free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from common.migrate import Component

SERVER_FIXTURES = {"postgres_url", "redis_url", "databases", "make_database"}
SERVER_TIMEOUT = 60  # the first test of a run also pays for starting the server


@pytest.fixture(scope="session")
def servers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def postgres_url(servers_folder: Path) -> Iterator[str]:
    """Administrator's URL of a real PostgreSQL 18 without durability."""
    with running_postgres(servers_folder) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(servers_folder: Path, worker_id: str) -> Iterator[str]:
    """URL of a real Valkey database that no other pytest process uses."""
    with running_valkey(servers_folder, worker_id) as url:
        yield url


@pytest.fixture(scope="session")
def databases(postgres_url: str) -> Iterator[Databases]:
    """For fixtures of a wider scope than one test; a test itself asks for `make_database`."""
    made = Databases(postgres_url)
    yield made
    made.close()


@pytest.fixture
def make_database(databases: Databases) -> Iterator[Callable[..., DatabaseUrl]]:
    """`make_database(COMMON_BASE, …)`: URL of a fresh, migrated database as its runtime role (`.owner`, `.admin`)."""
    made: list[DatabaseUrl] = []

    def make(*components: Component) -> DatabaseUrl:
        made.append(databases.create(components))
        return made[-1]

    yield make
    for url in made:
        databases.drop(url)


@pytest.fixture
def free_port() -> Callable[[], int]:
    """`free_port()` gives a loopback port that nobody listens on."""
    return any_free_port


def pytest_itemcollected(item: pytest.Item) -> None:
    """At once, so that `-m "not servers"` sees it."""
    if SERVER_FIXTURES & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.servers)
    if item.get_closest_marker("servers") and not item.get_closest_marker("timeout"):
        item.add_marker(pytest.mark.timeout(SERVER_TIMEOUT))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    keep_stories_in_order(items)
    for item in items:
        # A property is a hundred examples: on a busy machine they take longer than one test may.
        if hasattr(getattr(item, "function", None), "hypothesis") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(60))


def keep_stories_in_order(items: list[pytest.Item]) -> None:
    """Tests that are marked `story` stand in their module's order again, in the places that the shuffle gave them."""
    stories: dict[Path, list[int]] = {}
    for place, item in enumerate(items):
        if item.get_closest_marker("story"):
            stories.setdefault(item.path, []).append(place)
    for places in stories.values():
        told = sorted((items[place] for place in places), key=lambda item: item.reportinfo()[1] or 0)
        for place, item in zip(places, told, strict=True):
            items[place] = item


class ReachedBeyondThisMachine(RuntimeError):
    """A test tried to open a connection to the outside."""


def is_local(host: Any) -> bool:
    """Loopback addresses, names of this machine and 'any address'."""
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in {"", "None", "localhost", socket.gethostname()}:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: refuses connections to, and look-ups of, anything that is not this machine."""
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        if isinstance(address, tuple) and not is_local(address[0]):
            raise ReachedBeyondThisMachine(f"a test connects to {address}")
    elif event == "socket.getaddrinfo" and not is_local(arguments[0]):
        if str(arguments[0]).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        raise ReachedBeyondThisMachine(f"a test looks up {arguments[0]!r}")


sys.addaudithook(stay_on_this_machine)
