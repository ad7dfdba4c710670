"""Settings of the gateway process. Read once at the start; business settings live in the services."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, HttpUrl, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from common.settings import ProcessSettings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


class GatewaySettings(ProcessSettings):
    """Environment variables `GATEWAY_…`."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8640, ge=0, le=65535, description="Port to listen on.")
    public_url: HttpUrl = Field(
        HttpUrl("http://127.0.0.1:8640"),
        description="What people type to reach Portico; the origin that browsers must send with changes.",
    )
    plain_http: bool = Field(
        default=False,
        description="The console is reached over http by a name of the local network: the cookie is not `Secure`.",
    )
    signing_key: SecretStr = Field(
        description="JWK (Ed25519, private) that signs identities for the services; made by `portico-admin make-keys`."
    )
    upstreams: dict[str, HttpUrl] = Field(
        default_factory=dict, description='JSON object of service name and address: `{"invoices": "http://…:8001"}`.'
    )
    upstream_connections: int = Field(
        64,
        ge=1,
        le=1000,
        description="Open requests per service; more wait, so that one slow service stops only itself.",
    )
    upstream_streams: int = Field(512, ge=1, le=10_000, description="Open event streams per service.")
    connect_seconds: float = Field(5, gt=0, description="How long a request waits for a connection to a service.")
    silence_seconds: float = Field(60, gt=0, description="How long a service may say nothing before the request ends.")
    total_seconds: float = Field(3600, gt=0, description="Longest request, event streams left out.")
    overview_seconds: float = Field(
        3, gt=0, description="How long the pages over all services wait for one of them before they show the rest."
    )
    most_body_bytes: int = Field(
        2_000_000_000,
        ge=1,
        description="Largest request body that is passed on; services have smaller limits of their own.",
    )
    trusted_proxies: str = Field(
        "", description="Addresses of the TLS proxy in front, comma-separated; only its `X-Forwarded-For` is believed."
    )
    static: Path | None = Field(
        None, description="Folder of the built console; the one that comes with the package when left out."
    )

    @field_validator("upstreams")
    @classmethod
    def name_services_plainly(cls, value: dict[str, HttpUrl]) -> dict[str, HttpUrl]:
        for name in value:
            if not name.isidentifier() or not name.islower() or name in RESERVED_NAMES:
                raise ValueError(
                    f"{name!r} can't be the name of a service: it is a part of the address and taken or odd"
                )
        return value

    @model_validator(mode="after")
    def refuse_a_cookie_that_browsers_drop(self) -> Self:
        if not self.https and not self.plain_http and self.public_url.host not in LOOPBACK:
            raise ValueError(
                f"browsers drop the session cookie at {self.public_url}: put TLS in front (https://…),"
                " or set GATEWAY_PLAIN_HTTP=true where the local network is trusted"
            )
        return self

    @property
    def origin(self) -> str:
        """Scheme, host and port of `public_url`, as browsers write it in `Origin`."""
        parts = urlsplit(str(self.public_url))
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def secure_cookie(self) -> bool:
        """`Secure` and `__Host-`: over https, and on loopback, where browsers take them without TLS."""
        return self.https or not self.plain_http

    @property
    def console_folder(self) -> Path:
        return self.static or Path(__file__).with_name("static")

    @property
    def https(self) -> bool:
        return self.public_url.scheme == "https"


# First parts of paths below /api that belong to the gateway itself.
RESERVED_NAMES = frozenset(
    {"auth", "users", "keys", "services", "health", "runs", "attention", "search", "audit", "pause", "docs", "portico"}
)
