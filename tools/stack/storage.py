"""`./dev backup`, `restore`, `reset`, `migrate`, and the step `prepare`: the data of an installation.

A backup is one zip of `pg_dump`'s archives, one per database: a consistent snapshot each, taken while everything runs,
readable by any later PostgreSQL, and independent of this machine's passwords and paths, which a copy of the cluster's
files is not. Redis is not in it: it holds nothing that the databases do not.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tools.stack import databases, disguise, postgres
from tools.stack.state import Refused, State
from tools.stack.topology import Addresses, settle

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

FORMAT = 1
MANIFEST = "portico-backup.json"
UNREADABLE = (ValueError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile)
"""What reading a zip raises that is none, or is cut off, damaged or encrypted."""


def make_missing_cluster(at: Addresses) -> None:
    """The embedded cluster, unless it is there or a server is given.

    Raises:
        Refused: what is there is of another major version, or is no cluster.
    """
    if os.environ.get("DATABASE_URL"):
        return
    data = at.state.folder / "postgres"
    if not data.exists():
        # Made beside and renamed when complete: an interrupted initdb must not look like a cluster.
        unfinished = at.state.folder / "postgres.new"
        disguise.remove(unfinished)
        postgres.make_cluster(unfinished, at.state.installation().secret("postgres"))
        unfinished.rename(data)
        return
    version = data / "PG_VERSION"
    found = version.read_text(encoding="ascii").strip() if version.exists() else "no PostgreSQL"
    if found != "18":
        raise Refused(f"{data} holds {found} and not PostgreSQL 18 data: restore a backup after ./dev reset.")


def prepare(_options: argparse.Namespace) -> int:
    """Databases, roles and migrations, on the server that DATABASE_URL names."""
    made = State.here().installation()
    for name in asyncio.run(databases.prepare(os.environ["DATABASE_URL"], databases.ALL, made)):
        print(f"applied {name}")
    return 0


def migrate(_options: argparse.Namespace) -> int:
    """Apply missing migrations, whether everything runs or nothing does."""
    state = State.here()
    state.make()
    with administered(state) as url:
        applied = asyncio.run(databases.prepare(url, databases.ALL, state.installation()))
    print("\n".join(f"applied {name}" for name in applied) or "Nothing to apply: every database is up to date.")
    return 0


@contextmanager
def administered(state: State) -> Iterator[str]:
    """The administrator's URL; the embedded server is started for the occasion unless it runs."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    made = state.installation()
    password = made.secret("postgres")
    if state.running():
        yield postgres.admin_url(state.read("stack.json")["ports"]["postgres"], password)
        return
    with state.locked():
        at = settle(state)
        make_missing_cluster(at)
        server = postgres.start_postgres(
            state.folder / "postgres", port=at.postgres_port, password=password, log=state.logs / "postgres.log"
        )
        try:
            yield server.url
        finally:
            server.stop()


def backup(options: argparse.Namespace) -> int:
    """Write the file, or nothing: it appears under its name when it is complete.

    Raises:
        Refused: there is nothing to back up, or no room.
    """
    state = State.here()
    target = Path(options.file).absolute()
    if not target.parent.is_dir():
        raise Refused(f"{target.parent} is no directory: make it first.")
    if not (state.folder / "stack.json").exists():
        raise Refused("There is nothing to back up: ./dev up has never run here.")
    with administered(state) as url, tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        parts = [dump(url, database, Path(folder)) for database in databases.ALL]
        unfinished = Path(folder) / "backup.zip"
        with zipfile.ZipFile(unfinished, "w") as archive:
            archive.writestr(MANIFEST, json.dumps(manifest(state)))
            for part in parts:
                archive.write(part, part.name)
        unfinished.chmod(0o600)
        unfinished.replace(target)
    print(f"{target} holds {', '.join(database.name for database in databases.ALL)} ({target.stat().st_size:,} bytes).")
    print("It also holds password hashes and this installation's demo login: keep it where only you can read it.")
    return 0


def manifest(state: State) -> dict[str, object]:
    """The format, and the logins that belong to the accounts in the dumps."""
    made = state.installation()
    kept = {name: made.kept(name) for name in DEMO_SECRETS}
    return {"format": FORMAT, "secrets": {name: value for name, value in kept.items() if value}}


DEMO_SECRETS = ("demo.password", "demo.api_key")


def dump(url: str, database: databases.Database, folder: Path) -> Path:
    """One database as an archive of pg_dump."""
    path = folder / f"{database.name}.dump"
    run_program(url, database, "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={path}")
    return path


def run_program(url: str, database: databases.Database, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs against a database.

    Raises:
        Refused: it failed; its last line says why.
    """
    environment = {**postgres.libpq_environment(url), "PGDATABASE": database.name}
    command = [str(postgres.programs() / program), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise Refused(f"{program} failed on {database.name}: {said}")


def restore(options: argparse.Namespace) -> int:
    """Replace the databases by what the backup holds, then bring them to this version's schema.

    Raises:
        Refused: something runs, or the file is no backup; nothing was changed then.
    """
    state = State.here()
    state.make()
    if state.running():
        raise Refused("Portico runs: stop it with ./dev down, then restore.")
    with tempfile.TemporaryDirectory(prefix="portico-restore-") as folder:
        secrets, held = unpack(Path(options.file), Path(folder))
        with administered(state) as url:
            asyncio.run(replace_all(url, state, Path(folder), held))
        state.installation().replace(secrets)
    for database in databases.ALL:
        if database not in held:
            print(f"The backup is from before {database.name}, which starts empty.")
    print(f"Restored from {options.file}. ./dev up starts it.")
    return 0


def unpack(file: Path, folder: Path) -> tuple[dict[str, str], list[databases.Database]]:
    """Extract the archives; the logins, and the databases that the backup holds.

    A backup from before a service came lacks its database; one without the gateway's is none.

    Raises:
        Refused: it is no complete backup.
    """
    if not file.is_file():
        what = "is no file" if file.exists() else "does not exist"
        raise Refused(f"{file} {what}: name a file that ./dev backup wrote. Nothing was changed.")
    try:
        with zipfile.ZipFile(file) as archive:
            if MANIFEST not in archive.namelist():
                raise Refused(f"{file} was not written by ./dev backup; nothing was changed.")
            known = json.loads(archive.read(MANIFEST))
            if known["format"] != FORMAT:
                raise Refused(f"{file} has format {known['format']}, this version reads {FORMAT}; nothing was changed.")
            secrets = dict(known["secrets"])
            names = {f"{databases.GATEWAY.name}.dump", *archive.namelist()}
            held = [database for database in databases.ALL if f"{database.name}.dump" in names]
            for database in held:
                archive.extract(f"{database.name}.dump", folder)
    except OSError as error:
        raise Refused(f"{file} can't be read ({error.strerror}); nothing was changed.") from error
    except UNREADABLE as error:
        raise Refused(f"{file} is no backup of Portico, or a damaged one; nothing was changed.") from error
    except (KeyError, TypeError) as error:
        raise Refused(f"{file} is no complete backup of Portico; nothing was changed.") from error
    return secrets, held


async def replace_all(url: str, state: State, folder: Path, held: Sequence[databases.Database]) -> None:
    """Empty databases, those that the backup holds filled as their owners, then all migrated and granted."""
    made = state.installation()
    for database in databases.ALL:
        await databases.drop_database(url, database)
    bare = [databases.Database(database.name) for database in databases.ALL]
    await databases.prepare(url, bare, made)
    for database in held:
        owner = databases.owner_url(url, database, made)
        archive = folder / f"{database.name}.dump"
        await asyncio.to_thread(
            run_program, owner, database, "pg_restore", "--no-owner", "--no-acl", "--exit-on-error",
            f"--dbname={database.name}", str(archive),
        )  # fmt: skip
    await databases.prepare(url, databases.ALL, made)


def reset(options: argparse.Namespace) -> int:
    """Remove the state directory, once somebody said so.

    Raises:
        Refused: something runs, or nobody said yes.
    """
    state = State.here()
    if state.running():
        raise Refused("Portico runs: stop it with ./dev down, then reset.")
    if not state.folder.exists():
        print("There is nothing to throw away.")
        return 0
    if not options.yes and not confirmed(state):
        raise Refused("Nothing was changed. ./dev reset --yes does it without asking.")
    disguise.remove(state.folder / "postgres")
    shutil.rmtree(state.folder)
    print(f"{state.folder} is gone: databases, files, logs, secrets. ./dev up makes a new installation.")
    return 0


def confirmed(state: State) -> bool:
    if not sys.stdin.isatty():
        return False
    answer = input(f"Throw away all databases, files, logs and secrets in {state.folder}? Type yes: ")
    return answer.strip().lower() == "yes"
