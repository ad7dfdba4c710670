"""`portico-admin`: what is done before or beside a running gateway, by whoever owns the machine.

migrate        bring the gateway's database up to date, as the owner role
create-admin   the first user; the password comes from standard input, or is made and printed once
create-key     an API key, printed once
make-keys      the signing key and the key set that services trust, as files that only their owner reads
token          an identity for a service that runs alone, without a gateway in front
openapi        the merged OpenAPI document, out of the services' own
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import asyncpg
import orjson
from pydantic import TypeAdapter, ValidationError

from common.clock import SystemClock
from common.db import open_database
from common.errors import PorticoError
from common.identity import ROLES, SYSTEM, Identity, load_key, make_key, mint, private_json, public_set_json
from common.migrate import migrate
from gateway.auth.cookies import SessionCookie
from gateway.auth.doorman import Doorman
from gateway.auth.passwords import Passwords, make_password
from gateway.auth.rules import PORTICO
from gateway.auth.schemas import RolesByService
from gateway.keys.schemas import KeyCreate
from gateway.keys.service import KeysService
from gateway.main import create_gateway
from gateway.openapi import merge, own_document
from gateway.resources import COMPONENTS
from gateway.settings import GatewaySettings
from gateway.users.schemas import UserCreate
from gateway.users.service import UsersService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from common.db import Database

LONGEST_TOKEN_SECONDS = 24 * 3600


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it is done, 1 with a sentence when not."""
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], None] = arguments.command
    try:
        command(arguments)
    except PorticoError as error:
        say(error.detail, to=sys.stderr)
    except ValidationError as error:
        for found in error.errors():
            say(f"{'.'.join(map(str, found['loc'])) or 'settings'}: {found['msg']}", to=sys.stderr)
    except (OSError, asyncpg.PostgresError) as error:
        say(str(error), to=sys.stderr)
    else:
        return 0
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="portico-admin", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    migrating = commands.add_parser("migrate", help="bring the gateway's database up to date")
    migrating.add_argument(
        "--owner-url", default=os.environ.get("GATEWAY_OWNER_DATABASE_URL"), help="URL of the owner role"
    )
    migrating.add_argument("--runtime-role", default=None, help="role that gets the rights of the running gateway")
    migrating.set_defaults(command=run_migrate)

    creating = commands.add_parser("create-admin", help="make the first user")
    creating.add_argument("username")
    creating.add_argument("--name", help="displayed name; the username when left out")
    creating.add_argument("--roles", default=None, help='JSON such as {"invoices": "admin"}, beside admin of Portico')
    creating.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    creating.set_defaults(command=create_admin)

    key = commands.add_parser("create-key", help="make an API key and print it once")
    key.add_argument("name")
    key.add_argument("--roles", required=True, help='JSON such as {"invoices": "operator"}')
    key.set_defaults(command=create_key)

    keys = commands.add_parser("make-keys", help="make the signing key and the services' key set")
    keys.add_argument("folder", type=Path)
    keys.set_defaults(command=make_keys)

    token = commands.add_parser("token", help="sign an identity for a service that runs alone")
    token.add_argument("service")
    token.add_argument("--role", choices=ROLES, default="admin")
    token.add_argument("--name", default="portico-admin")
    token.add_argument("--seconds", type=int, default=3600)
    token.set_defaults(command=print_token)

    whole = commands.add_parser("openapi", help="print the OpenAPI document")
    whole.add_argument("--service", action="append", default=[], metavar="NAME=FILE", help="add a service's document")
    whole.set_defaults(command=print_openapi)
    return parser


def say(text: str, *, to: TextIO | None = None) -> None:
    """Write a line; a command line program speaks on standard output."""
    (to or sys.stdout).write(f"{text}\n")


def run_migrate(arguments: argparse.Namespace) -> None:
    url = arguments.owner_url or str(GatewaySettings().database_url)

    async def run() -> list[str]:
        conn = await asyncpg.connect(url)
        try:
            return await migrate(conn, COMPONENTS, runtime_role=arguments.runtime_role)
        finally:
            await conn.close()

    applied = asyncio.run(run())
    say("\n".join(applied) if applied else "Nothing to do: the schema is up to date.")


def create_admin(arguments: argparse.Namespace) -> None:
    given = sys.stdin.readline().rstrip("\n") if arguments.password_stdin else ""
    password = given or make_password()
    roles = _roles(arguments.roles or "{}") | {PORTICO: "admin"}
    wanted = UserCreate(
        username=arguments.username, name=arguments.name or arguments.username, password=password, roles=roles
    )

    async def run() -> None:
        async with _database() as (db, doorman):
            users = UsersService(db, SystemClock(), Passwords(), doorman)
            # A password that a machine made and printed is good for one login; one that a person chose is theirs.
            await users.create(wanted, SYSTEM, must_change_password=not given)

    asyncio.run(run())
    say(f"{wanted.username} can sign in now.")
    if not given:
        say(f"Password, to be changed at the first login, shown this once: {password}")


def create_key(arguments: argparse.Namespace) -> None:
    wanted = KeyCreate(name=arguments.name, roles=_roles(arguments.roles))

    async def run() -> str:
        async with _database() as (db, doorman):
            return (await KeysService(db, SystemClock(), doorman).create(wanted, SYSTEM))[1]

    say(asyncio.run(run()))


def make_keys(arguments: argparse.Namespace) -> None:
    arguments.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = make_key()
    for name, content in (("signing-key.json", private_json(key)), ("identity-keys.json", public_set_json(key))):
        path = arguments.folder / name
        # O_EXCL: a key that is in use is never overwritten.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        say(str(path))


def print_token(arguments: argparse.Namespace) -> None:
    key = load_key(GatewaySettings().signing_key.get_secret_value())
    identity = Identity("portico-admin", arguments.name, "system", arguments.role)
    seconds = min(arguments.seconds, LONGEST_TOKEN_SECONDS)
    say(mint(key, audience=arguments.service, identity=identity, lifetime_seconds=seconds))


def print_openapi(arguments: argparse.Namespace) -> None:
    services = {}
    for named in arguments.service:
        name, _, path = named.partition("=")
        services[name] = orjson.loads(Path(path).read_bytes())
    own = own_document(create_gateway(GatewaySettings.model_construct()).app)
    say(orjson.dumps(merge(own, services), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode())


def _roles(text: str) -> RolesByService:
    return TypeAdapter(RolesByService).validate_json(text)


@asynccontextmanager
async def _database() -> AsyncIterator[tuple[Database, Doorman]]:
    settings = GatewaySettings()
    async with open_database(str(settings.database_url), size=2, application="portico-admin") as db:
        yield db, Doorman(db, SystemClock(), SessionCookie(settings), public_origin=settings.origin)


if __name__ == "__main__":
    raise SystemExit(main())
