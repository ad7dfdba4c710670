"""Settings of one process, from environment variables and secret files. Used by every service and the gateway.

Credentials and addresses only; what an operator may change while the system runs is an option (`common.options`).
Every field has a description: `docs/reference/settings.md` and `.env.example` are generated from it.
A secret may be given as `<NAME>_FILE`, the path of a file that holds it.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, PostgresDsn, RedisDsn, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ProcessSettings(BaseSettings):
    """What every process of Portico has, the gateway included. Subclasses set `env_prefix`."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    environment: Literal["production", "development"] = Field(
        "production", description="`development` allows a shifted clock, a short lease and plain-http cookies."
    )
    database_url: PostgresDsn = Field(description="PostgreSQL URL of the runtime role, with its password.")
    database_pool_size: int = Field(10, ge=2, le=100, description="Connections that this process may hold.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    clock_shift_seconds: int = Field(0, description="Shifts the calendar clock; refused outside development.")

    @model_validator(mode="before")
    @classmethod
    def read_secret_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        """`X_FILE=/run/secrets/x` gives `X`, unless `X` itself is set."""
        prefix = str(cls.model_config.get("env_prefix", ""))
        for name in cls.model_fields:
            path = os.environ.get(f"{prefix}{name}_FILE".upper())
            if path and name not in values:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
        return values

    @model_validator(mode="after")
    def refuse_shifted_clock_in_production(self) -> Self:
        if self.clock_shift_seconds and self.environment != "development":
            raise ValueError("clock_shift_seconds is for development only: unset it or set environment=development")
        return self

    @property
    def clock_shift(self) -> timedelta:
        return timedelta(seconds=self.clock_shift_seconds)


class ServiceSettings(ProcessSettings):
    """What every service has besides: the doorbell, the gateway's public keys, its lease."""

    redis_url: RedisDsn = Field(description="Redis or Valkey URL of the doorbell; the ledger works without it, slower.")
    identity_keys: SecretStr = Field(
        description="JWKS with the gateway's public keys; only identities signed by one of them are trusted."
    )
    lease_seconds: float = Field(60, gt=0, description="How long a claimed run may be silent before it is rescued.")
    drain_seconds: float = Field(20, ge=0, description="How long a stopping worker lets runs reach a checkpoint.")

    @model_validator(mode="after")
    def refuse_short_lease_in_production(self) -> Self:
        if self.lease_seconds < 30 and self.environment != "development":  # noqa: PLR2004
            raise ValueError("lease_seconds below 30 is for development only: remote calls may take 20 s")
        return self


class MailingSettings(ServiceSettings):
    """What a service has that sends mails (`common.mail_service`)."""

    smtp_url: SecretStr = Field(
        description="Mail server: `smtp://host:port`, `smtp+starttls://user:password@host:port`."
    )
    mail_templates: str = Field(
        "", description="Folder of your own mail templates, `<locale>/<kind>.{subject,txt,html}.j2`; empty for ours."
    )
    mail_from: str = Field(description="Sender of all mails, such as `Portico <portico@example.org>`.")
