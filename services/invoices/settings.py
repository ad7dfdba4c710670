"""Settings of the invoices processes: addresses and credentials of the warehouse's outside systems.

What an administrator may change while the service runs is an option, changed in the console: `options.py`.
"""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from common.settings import MailingSettings


class InvoicesSettings(MailingSettings):
    """Environment variables `INVOICES_…`."""

    model_config = SettingsConfigDict(env_prefix="INVOICES_")

    inbox_url: SecretStr = Field(
        description="Where the day's file arrives: `ftp://user:password@host:port/folder`; `ftpes://` for explicit "
        "TLS, `ftps://` for implicit TLS, `sftp://` or `file:///folder` work as well."
    )
    inbox_tls_ca: str = Field(
        "", description="File with the certificate authority of the inbox's TLS; empty for the system's."
    )
    delivery_url: SecretStr = Field(
        description="Folder that takes the session's CSV: `ftp://user:password@host:port/session_start`."
    )
    delivery_tls_ca: str = Field(
        "", description="File with the certificate authority of the delivery server's TLS; empty for the system's."
    )
    remote_log_url: SecretStr = Field(
        description="The warehouse's log file: `sftp://user:password@host:port/path/to/log`."
    )
    remote_log_host_key: str = Field(
        description="The log host's pinned public key, as in known_hosts without the host: `ssh-ed25519 AAAA…`."
    )
    view_database_url: SecretStr = Field(
        description="PostgreSQL URL of the customer's database: the available-invoices view, the processing table."
    )
