"""Everything the gateway holds open, built in one place and closed in reverse order."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from common.clock import Clock, SystemClock
from common.db import Database, open_database
from common.identity import load_key
from common.migrate import COMMON_BASE, Component
from gateway.auth.cookies import SessionCookie
from gateway.auth.doorman import Doorman
from gateway.auth.passwords import Passwords
from gateway.auth.service import AuthService
from gateway.auth.signer import Signer
from gateway.keys.service import KeysService
from gateway.overview.fanout import Fanout
from gateway.overview.service import OverviewService
from gateway.proofs.service import ProofsService
from gateway.proxy import Proxy
from gateway.sessions.service import SessionsService
from gateway.upstreams import Upstream, open_upstreams
from gateway.users.service import UsersService
from gateway.views.service import ViewsService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from gateway.settings import GatewaySettings

# The gateway's database, in order.
COMPONENTS = [COMMON_BASE, Component("gateway", Path(__file__).with_name("migrations"))]


@dataclass(frozen=True, slots=True)
class Resources:
    """Handed to endpoints and to the proxy."""

    settings: GatewaySettings
    db: Database
    clock: Clock
    upstreams: Mapping[str, Upstream]
    cookie: SessionCookie
    doorman: Doorman
    signer: Signer
    proxy: Proxy
    auth: AuthService
    proofs: ProofsService
    users: UsersService
    keys: KeysService
    views: ViewsService
    sessions: SessionsService
    overview: OverviewService


@asynccontextmanager
async def open_resources(
    settings: GatewaySettings, *, clock: Clock | None = None, passwords: Passwords | None = None
) -> AsyncIterator[Resources]:
    """Open the database and the connections to the services.

    Args:
        clock: another one than the machine's, for tests of what ends after hours.
        passwords: a cheaper hasher than production's, for tests that sign many people in.
    """
    async with AsyncExitStack() as stack:
        clock = clock or SystemClock(settings.clock_shift)
        db = await stack.enter_async_context(
            open_database(str(settings.database_url), size=settings.database_pool_size, application="gateway")
        )
        upstreams = await stack.enter_async_context(open_upstreams(settings))
        cookie = SessionCookie(settings)
        doorman = Doorman(db, clock, cookie, public_origin=settings.origin)
        signer = Signer(load_key(settings.signing_key.get_secret_value()))
        passwords = passwords or Passwords()
        auth = AuthService(db, clock, passwords, doorman)
        proofs = ProofsService(db, clock, auth, upstreams)
        yield Resources(
            settings=settings,
            db=db,
            clock=clock,
            upstreams=upstreams,
            cookie=cookie,
            doorman=doorman,
            signer=signer,
            proxy=Proxy(upstreams, doorman, signer, proofs, most_body_bytes=settings.most_body_bytes),
            auth=auth,
            proofs=proofs,
            users=UsersService(db, clock, passwords, doorman),
            keys=KeysService(db, clock, doorman),
            views=ViewsService(db, clock, upstreams),
            sessions=SessionsService(db, clock, doorman),
            overview=OverviewService(db, upstreams, Fanout(signer, seconds=settings.overview_seconds)),
        )
