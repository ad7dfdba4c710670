"""From a URL to a file server: `ftp://`, `ftpes://` (explicit TLS), `ftps://` (implicit TLS), `sftp://`, `file://`.

What only some `sftp` hosts need stands in the URL's query, its values percent-encoded:
`sftp://me@inner/logs?key_file=/etc/portico/id&jump=me@gate:22&jump_host_key=ssh-ed25519%20AAAA…`.

The drivers are optional parts of an installation, so each is imported when its kind of URL is first opened.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from common.errors import Permanent
from common.transfer.store import Patience

if TYPE_CHECKING:
    from common.transfer.store import FileServer

SFTP_OPTIONS = {"key_file", "jump", "jump_host_key"}
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


@dataclass(frozen=True, slots=True)
class SshHost:
    """A host, its pinned public key, and the private key to log in with, if any."""

    account: Account
    host_key: str
    key_file: str


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
        key_file: private key for `sftp`; the URL's password opens it or logs in. May stand in the URL as well.
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
    patience = Patience(timeout_seconds, idle_seconds, transfer_seconds)
    if parts.scheme == "sftp":
        return _sftp(name, parts, SshHost(account, host_key, key_file), patience)
    from common.transfer.ftp import FtpServer  # noqa: PLC0415

    return FtpServer(
        name=name,
        account=account,
        tls={"ftp": None, "ftpes": "explicit", "ftps": "implicit"}[parts.scheme],
        tls_context=ssl.create_default_context(cafile=tls_ca or None) if parts.scheme != "ftp" else None,
        patience=patience,
    )


def _sftp(name: str, parts: SplitResult, host: SshHost, patience: Patience) -> FileServer:
    from common.transfer.sftp import SftpServer  # noqa: PLC0415

    pairs = (part.partition("=") for part in parts.query.split("&") if part)
    options = {key: unquote(value) for key, _, value in pairs}
    if unknown := sorted(options.keys() - SFTP_OPTIONS):
        raise Permanent(f"The address of {name} has an unknown option {unknown[0]}.", target=name, code="bad_address")
    key_file = host.key_file or options.get("key_file", "")
    jump = None
    if "jump" in options:
        gate = urlsplit(f"sftp://{options['jump']}")
        if not gate.hostname:
            raise Permanent(f"The jump host of {name} can't be read.", target=name, code="bad_address")
        jump = SshHost(_account(gate), options.get("jump_host_key", ""), key_file)
    if not host.host_key or (jump is not None and not jump.host_key):
        whose = "jump host" if host.host_key else "host"
        raise Permanent(f"{name} needs the {whose}'s public key.", target=name, code="host_key_missing")
    return SftpServer(
        name=name,
        host=SshHost(host.account, host.host_key, key_file),
        jump=jump,
        patience=patience,
    )


def _account(parts: SplitResult) -> Account:
    return Account(
        host=parts.hostname or "",
        port=parts.port or DEFAULT_PORTS[parts.scheme],
        username=unquote(parts.username or "anonymous"),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path) or "/",
    )
