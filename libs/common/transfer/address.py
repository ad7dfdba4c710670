"""From a URL to a file server: `ftp://`, `ftpes://` (explicit TLS), `ftps://` (implicit TLS), `sftp://`, `file://`.

The drivers are optional parts of an installation, so each is imported when its kind of URL is first opened.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from common.errors import Permanent

if TYPE_CHECKING:
    from common.transfer.store import FileServer

DEFAULT_PORTS = {"ftp": 21, "ftpes": 21, "ftps": 990, "sftp": 22}


@dataclass(frozen=True, slots=True)
class Account:
    """Host and login, out of a URL."""

    host: str
    port: int
    username: str
    password: str
    folder: str

    @property
    def address(self) -> str:
        """For people: without the password."""
        return f"{self.username}@{self.host}:{self.port}{self.folder}"


def open_server(
    url: str,
    *,
    name: str,
    tls_ca: str = "",
    host_key: str = "",
    key_file: str = "",
    timeout_seconds: float = 30,
    idle_seconds: float = 20,
    transfer_seconds: float = 600,
) -> FileServer:
    """The server behind a URL; nothing is connected yet.

    Args:
        name: of the connection, such as `inbox`.
        tls_ca: file with the authority that signs the server's certificate; empty for the system's.
        host_key: pinned public key of an SSH host, `ssh-ed25519 AAAA…`; required for `sftp`.
        key_file: private key for `sftp`; the URL's password opens it or logs in.
        timeout_seconds: for connecting, logging in and each short command.
        idle_seconds: a transfer that moves no byte for so long is given up.
        transfer_seconds: a transfer that lasts longer is given up.

    Raises:
        Permanent: the URL can't be used; the sentence says why, without its password.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        from common.transfer.local import LocalServer  # noqa: PLC0415

        return LocalServer(name=name, folder=unquote(parts.path))
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise Permanent(
            f"The address of {name} must begin with ftp://, ftpes://, ftps://, sftp:// or file://.",
            target=name,
            code="bad_address",
        )
    account = _account(parts)
    if parts.scheme == "sftp":
        return _sftp(name, account, host_key, key_file, timeout_seconds, transfer_seconds)
    from common.transfer.ftp import FtpServer  # noqa: PLC0415

    return FtpServer(
        name=name,
        account=account,
        tls={"ftp": None, "ftpes": "explicit", "ftps": "implicit"}[parts.scheme],
        tls_context=ssl.create_default_context(cafile=tls_ca or None) if parts.scheme != "ftp" else None,
        timeout_seconds=timeout_seconds,
        idle_seconds=idle_seconds,
        transfer_seconds=transfer_seconds,
    )


def _sftp(
    name: str, account: Account, host_key: str, key_file: str, timeout_seconds: float, transfer_seconds: float
) -> FileServer:
    from common.transfer.sftp import SftpServer  # noqa: PLC0415

    if not host_key:
        raise Permanent(f"{name} needs the host's public key.", target=name, code="host_key_missing")
    return SftpServer(
        name=name,
        account=account,
        host_key=host_key,
        key_file=key_file,
        timeout_seconds=timeout_seconds,
        transfer_seconds=transfer_seconds,
    )


def _account(parts: SplitResult) -> Account:
    return Account(
        host=parts.hostname or "",
        port=parts.port or DEFAULT_PORTS[parts.scheme],
        username=unquote(parts.username or "anonymous"),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path) or "/",
    )
