"""Settings of the asanito processes: addresses and credentials of the source and of Asanito.

What an administrator may change while the service runs is an option, changed in the console: `options.py`.
"""

from __future__ import annotations

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import SettingsConfigDict

from common.settings import MailingSettings


class AsanitoSettings(MailingSettings):
    """Environment variables `ASANITO_…`."""

    model_config = SettingsConfigDict(env_prefix="ASANITO_")

    lease_seconds: float = Field(90, gt=0, description="How long a claimed run may be silent before it is rescued.")
    source_url: SecretStr = Field(
        description="The legacy database, a read-only login: `mssql://user:password@host:1433/database`, or "
        "`postgresql://user:password@host:port/database` for the same tables on PostgreSQL."
    )
    source_driver: str = Field(
        "ODBC Driver 18 for SQL Server", description="Name of the ODBC driver in odbcinst.ini; for `mssql://` only."
    )
    writeback_url: SecretStr = Field(
        SecretStr(""),
        description="The same database with the login that may write fetchStatus; empty when nothing is mirrored back.",
    )
    seed_url: SecretStr = Field(
        SecretStr(""),
        description="The same database with a login that may make and fill its tables; for test systems only, where "
        "an administrator may replace the source by test data. Empty everywhere else.",
    )
    base_url: HttpUrl = Field(description="Asanito's address, such as `https://demobak.asanito.com`.")
    mobile: SecretStr = Field(description="Mobile number that signs in to Asanito.")
    password: SecretStr = Field(description="Its password.")
    customer_id: int = Field(gt=0, description="Customer id at Asanito; bindings belong to it.")
    call_seconds: float = Field(30, gt=0, le=40, description="A call to Asanito that takes longer is given up.")
