"""Backups restore, on another installation too; a broken file changes nothing."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import asyncpg
import pytest

from tests.support.servers import in_own_loop
from tools.stack import databases
from tools.stack.__main__ import main
from tools.stack.state import State
from tools.stack.storage import administered

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]


@pytest.fixture
def installation(tmp_path, monkeypatch):
    """`installation("name")` makes that one the present one."""
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def choose(name: str) -> State:
        monkeypatch.setenv("PORTICO_VAR", str(tmp_path / name))
        return State.here()

    return choose


def ask(state: State, statement: str, *, write: bool = False) -> object:
    async def run(url: str) -> object:
        conn = await asyncpg.connect(databases.owner_url(url, databases.GATEWAY, state.installation()))
        try:
            return await (conn.execute(statement) if write else conn.fetchval(statement))
        finally:
            await conn.close()

    with administered(state) as url:
        return in_own_loop(run(url))


ADD = "INSERT INTO options (name, value, updated_by) VALUES ('note', '\"kept\"', 'test')"
COUNT = "SELECT count(*) FROM options"


def test_a_backup_restores_into_the_same_and_into_another_installation(installation, tmp_path, capsys):
    file = tmp_path / "backup.zip"
    first = installation("first")
    assert main(["migrate"]) == 0
    ask(first, ADD, write=True)
    first.installation().keep("demo.api_key", "pk_1")
    assert main(["backup", str(file)]) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    ask(first, "DELETE FROM options", write=True)

    assert main(["restore", str(file)]) == 0
    assert ask(first, COUNT) == 1

    second = installation("second")
    assert main(["restore", str(file)]) == 0
    assert ask(second, COUNT) == 1
    assert second.installation().kept("demo.api_key") == "pk_1"
    assert main(["migrate"]) == 0
    assert "Nothing to apply" in capsys.readouterr().out


def test_a_backup_from_before_a_service_restores_what_it_has(installation, tmp_path, capsys, monkeypatch):
    file = tmp_path / "backup.zip"
    state = installation("only")
    assert main(["migrate"]) == 0
    ask(state, ADD, write=True)
    everything = databases.ALL
    monkeypatch.setattr(databases, "ALL", (databases.GATEWAY,))
    assert main(["backup", str(file)]) == 0
    monkeypatch.setattr(databases, "ALL", everything)

    assert main(["restore", str(file)]) == 0
    assert ask(state, COUNT) == 1
    said = capsys.readouterr().out
    for database in everything:
        assert (f"from before {database.name}," in said) == (database is not databases.GATEWAY)
    assert main(["migrate"]) == 0
    assert "Nothing to apply" in capsys.readouterr().out


def write_zip(file: Path, **members: str) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)


def test_what_is_no_backup_changes_nothing_and_is_told_in_one_sentence(installation, tmp_path, capsys):
    (tmp_path / "broken.zip").write_bytes(b"PK not really")
    (tmp_path / "folder").mkdir()
    write_zip(tmp_path / "foreign.zip", **{"holiday.txt": "Sea."})
    write_zip(tmp_path / "half.zip", **{"portico-backup.json": '{"format": 1, "secrets": {}}'})
    write_zip(tmp_path / "empty.zip", **{"portico-backup.json": '{"format": 1}'})
    write_zip(tmp_path / "newer.zip", **{"portico-backup.json": '{"format": 2}', "gateway.dump": ""})
    state = installation("only")
    for name, words in {
        "absent.zip": "does not exist: name a file that ./dev backup wrote. Nothing was changed.",
        "folder": "is no file: name a file that ./dev backup wrote. Nothing was changed.",
        "broken.zip": "is no backup of Portico, or a damaged one; nothing was changed.",
        "foreign.zip": "was not written by ./dev backup; nothing was changed.",
        "half.zip": "is no complete backup of Portico; nothing was changed.",
        "empty.zip": "is no complete backup of Portico; nothing was changed.",
        "newer.zip": "has format 2, this version reads 1; nothing was changed.",
    }.items():
        assert main(["restore", str(tmp_path / name)]) == 1
        said = capsys.readouterr().err.strip().splitlines()
        assert len(said) == 1, said
        assert said[0].endswith(f"{name} {words}")
    assert not (state.folder / "postgres").exists()


def test_nothing_is_thrown_away_without_a_yes(installation, capsys):
    state = installation("only")
    state.make()
    assert main(["reset"]) == 1
    assert "Nothing was changed" in capsys.readouterr().err
    assert state.folder.exists()
    assert main(["reset", "--yes"]) == 0
    assert not state.folder.exists()
