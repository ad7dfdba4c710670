"""`python -m gateway`: serves the gateway until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

from common.logging import configure_logging
from gateway.main import create_gateway
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from socket import socket

    from gateway.main import Gateway


class GatewayServer(uvicorn.Server):
    """Ends the event streams first when it stops: they would hold it up until it loses patience."""

    def __init__(self, gateway: Gateway, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._gateway = gateway

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self._gateway.app.state.resources.proxy.end_streams()
        await super().shutdown(sockets)


def server_config(gateway: Gateway, settings: GatewaySettings) -> uvicorn.Config:
    """How the gateway is served. What a client says about its own address is believed of the proxies named alone."""
    return uvicorn.Config(
        gateway,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        ws="none",
    )


def main() -> None:
    settings = GatewaySettings()
    configure_logging("gateway", settings.log_level)
    gateway = create_gateway(settings)
    GatewayServer(gateway, server_config(gateway, settings)).run()


if __name__ == "__main__":
    main()
