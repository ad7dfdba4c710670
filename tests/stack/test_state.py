"""What ./dev keeps is private, survives, and says in one sentence when it can't be used."""

from __future__ import annotations

import socket

import pytest

from tools.stack.running import restarted
from tools.stack.state import Refused, State
from tools.stack.topology import check_public_port, public_port


@pytest.fixture
def state(tmp_path):
    state = State(tmp_path / "var")
    state.make()
    return state


def test_everything_is_readable_by_its_owner_only(state):
    state.installation().secret("one")
    assert state.folder.stat().st_mode & 0o777 == 0o700
    assert (state.folder / "stack.json").stat().st_mode & 0o777 == 0o600


def test_ports_and_secrets_stay(state):
    made = state.installation()
    port, secret = made.port("postgres"), made.secret("postgres")
    again = state.installation()
    assert (again.port("postgres"), again.secret("postgres")) == (port, secret)


def test_a_kept_port_that_a_stranger_took_is_replaced(state):
    port = state.installation().port("postgres")
    with socket.create_server(("127.0.0.1", port)):
        assert state.installation().port("postgres") != port


def test_too_little_disk_is_refused_in_a_sentence(state):
    with pytest.raises(
        Refused, match=r"^Only 1\.9 GB are free on the disk of .+; 2 GB are needed\. Make room first\.$"
    ):
        state.check_disk(free=1_900_000_000)
    state.check_disk(free=2_000_000_000)


def test_a_damaged_file_is_refused_in_a_sentence(state):
    (state.folder / "stack.json").write_text("{")
    with pytest.raises(Refused, match=r"stack.json is damaged .* run ./dev reset"):
        state.installation()


def test_a_file_in_the_way_of_the_directory_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "var").write_text("")
    with pytest.raises(Refused, match="can't be used"):
        State(tmp_path / "var").make()


def test_a_second_supervisor_is_refused_in_a_sentence(state):
    with state.locked():
        state.write("status.json", {"url": "http://127.0.0.1:1"})
        assert state.running()
        with pytest.raises(Refused, match=r"runs already at http://127.0.0.1:1: ./dev status shows it"), state.locked():
            pass
    assert state.running() is None


def test_a_taken_public_port_is_refused_in_a_sentence(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("PORTICO_PORT", str(port))
        with pytest.raises(Refused, match=f"Port {port} is taken by another program: .* PORTICO_PORT={port + 1} "):
            check_public_port()


@pytest.mark.parametrize("given", ["", "http", "0", "65536", "-1"])
def test_an_odd_port_is_refused_in_a_sentence(given, monkeypatch):
    monkeypatch.setenv("PORTICO_PORT", given)
    with pytest.raises(Refused, match="must be a number from 1 to 65535"):
        public_port()


def test_one_restart_is_not_restarts():
    assert [restarted(times) for times in (0, 1, 2)] == ["", "restarted once", "restarted 2 times"]
