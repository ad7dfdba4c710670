"""`python -m gateway`: serves the gateway until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

from common.logging import configure_logging
from gateway.main import create_gateway
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from gateway.main import Gateway


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
    uvicorn.Server(server_config(create_gateway(settings), settings)).run()


if __name__ == "__main__":
    main()
