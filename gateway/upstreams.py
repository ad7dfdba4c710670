"""The services behind the gateway: their addresses, their connections, and what is said when one does not answer.

Each service has its own connection pools with a limit (a bulkhead): a slow service fills its own, and nobody else's.
Event streams have a pool of their own, since they stay open for hours.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from common.errors import AppError, Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from gateway.settings import GatewaySettings

# Below the services' own 75 s, so that a connection is never closed by them while we send on it.
KEEPALIVE_SECONDS = 15
RETRY_AFTER = {"Retry-After": "5"}
# What aiohttp would add by itself; the client's own headers pass unchanged.
SKIPPED_HEADERS = frozenset({"Accept", "Accept-Encoding", "Content-Type", "User-Agent"})


class BadGateway(AppError):
    code = "service_unreachable"
    status = 502
    title = "The service does not answer"


class GatewayTimeout(AppError):
    code = "service_timeout"
    status = 504
    title = "The service took too long"


@dataclass(frozen=True, slots=True)
class Upstream:
    """One service.

    Args:
        name: as in `/api/<name>/v1`.
        requests: connections for everything that ends.
        streams: connections for server-sent events.
    """

    name: str
    url: str
    requests: ClientSession
    streams: ClientSession

    @property
    def title(self) -> str:
        return self.name.capitalize()

    @property
    def prefix(self) -> str:
        return f"/api/{self.name}"

    def unreachable(self) -> BadGateway:
        """Refused, or closed before a word was said."""
        return BadGateway(
            f"{self.title} does not answer right now. Nothing is lost; try again in a moment.",
            params={"service": self.name},
            headers=RETRY_AFTER,
        )

    def timed_out(self) -> GatewayTimeout:
        return GatewayTimeout(
            f"{self.title} took too long to answer. Look whether the change happened before you repeat it.",
            params={"service": self.name},
            headers=RETRY_AFTER,
        )

    def busy(self) -> Unavailable:
        return Unavailable(
            f"{self.title} has more requests open than it can serve. Try again in a moment.",
            code="service_busy",
            params={"service": self.name},
            headers=RETRY_AFTER,
        )


Upstreams = dict[str, Upstream]


@asynccontextmanager
async def open_upstreams(settings: GatewaySettings) -> AsyncIterator[Mapping[str, Upstream]]:
    """Connections to every service of the settings. Opened before they are needed, made when they are."""
    upstreams: Upstreams = {}
    try:
        for name, url in settings.upstreams.items():
            upstreams[name] = Upstream(
                name=name,
                url=str(url).rstrip("/"),
                requests=_client(settings, settings.upstream_connections, settings.total_seconds),
                streams=_client(settings, settings.upstream_streams, None),
            )
        yield upstreams
    finally:
        for upstream in upstreams.values():
            await upstream.requests.close()
            await upstream.streams.close()


def _client(settings: GatewaySettings, limit: int, total_seconds: float | None) -> ClientSession:
    client = ClientSession(
        connector=TCPConnector(limit=limit, keepalive_timeout=KEEPALIVE_SECONDS),
        timeout=ClientTimeout(
            total=total_seconds, connect=settings.connect_seconds, sock_read=settings.silence_seconds
        ),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=SKIPPED_HEADERS,
        trust_env=False,
    )
    # aiohttp would repeat PUT and DELETE as well; the proxy repeats what can't have changed anything, and nothing else.
    client._retry_connection = False  # noqa: SLF001
    return client
