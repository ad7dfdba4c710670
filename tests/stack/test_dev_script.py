"""./dev on a bare machine: what is missing is one sentence that says what to do, never a traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tools.stack.state import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout in which nothing was set up yet."""
    for name in ("dev", "pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def dev(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, folder / "dev", *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_network(bare, free_port):
    nowhere = f"http://127.0.0.1:{free_port()}/simple"
    done = dev(bare, "setup", PIP_INDEX_URL=nowhere, UV_DEFAULT_INDEX=nowhere, PIP_FIND_LINKS="", PIP_NO_CACHE_DIR="1")
    assert done.returncode == 1
    assert "the package registry can't be reached. Check the network and try again" in done.stderr
    assert "Traceback" not in done.stderr


def test_something_in_the_way_of_the_environment(bare):
    (bare / ".venv").write_text("")
    done = dev(bare, "setup")
    assert done.returncode == 1
    assert "can't be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_environment_that_is_complete_is_left_alone(bare):
    done = dev(ROOT, "setup")
    again = dev(ROOT, "setup")
    assert (done.returncode, again.returncode) == (0, 0)
    assert "Setting up" not in again.stderr


def test_the_list_of_commands_needs_no_environment(bare):
    assert "./dev up" in dev(bare, "help").stdout
    assert not (bare / ".venv").exists()
