"""Real file servers on loopback for tests: FTP by pyftpdlib in a thread, SFTP by asyncssh in the test's own loop."""

from __future__ import annotations

import threading
import warnings
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncssh

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from OpenSSL import SSL
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

USERNAME, PASSWORD = "portico", "correct-horse"


@dataclass
class FtpSite:
    """A running FTP server and the ways to make it misbehave."""

    folder: Path
    port: int = 0
    scheme: str = "ftp"
    refused: dict[str, str] = field(default_factory=dict)
    """Command -> answer given instead of doing it, such as `{"DELE": "550 No permission."}`."""
    before: dict[str, Callable[[str], None]] = field(default_factory=dict)
    """Command -> called with its argument before the command is carried out."""
    journal: list[str] = field(default_factory=list)
    """The commands that were asked, in order."""

    @property
    def url(self) -> str:
        return f"{self.scheme}://{USERNAME}:{PASSWORD}@127.0.0.1:{self.port}/"


@contextmanager
def running_ftp(
    folder: Path, *, certificate: Path | None = None, port: int = 0, tls_version: str = ""
) -> Iterator[FtpSite]:
    """An FTP server over `folder`; with explicit TLS when a certificate (key and chain in one file) is given.

    Args:
        tls_version: `1.2` or `1.3`, the only one it speaks then.
    """
    site = FtpSite(folder, scheme="ftpes" if certificate else "ftp")
    base = TLS_FTPHandler if certificate else FTPHandler

    class Data(base.dtp_handler):  # type: ignore[misc,name-defined]
        pass

    class Handler(base):  # type: ignore[misc,valid-type]
        dtp_handler = Data
        authorizer = DummyAuthorizer()
        auth_failed_timeout = 0
        use_sendfile = False

        def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
            site.journal.append(f"{cmd} {arg}".strip())
            if hook := site.before.get(cmd):
                hook(arg)
            if answer := site.refused.get(cmd):
                if answer == "drop":
                    self.close()
                else:
                    self.respond(answer)
                return
            super().pre_process_command(line, cmd, arg)

    Handler.authorizer.add_user(USERNAME, PASSWORD, str(folder), perm="elradfmwMT")
    if certificate:
        Handler.certfile = str(certificate)
        Handler.tls_control_required = True
        Handler.tls_data_required = True
        other = {"1.2": SSL.OP_NO_TLSv1_3, "1.3": SSL.OP_NO_TLSv1_2}.get(tls_version, 0)
        Handler.ssl_options = TLS_FTPHandler.ssl_options | other
    server = FTPServer(("127.0.0.1", port), Handler, ioloop=IOLoop())
    site.port = server.address[1]
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            server.serve_forever(timeout=0.02, blocking=False)
        server.close_all()

    thread = threading.Thread(target=serve, name="ftp", daemon=True)
    thread.start()
    try:
        yield site
    finally:
        stop.set()
        thread.join(5)


class _Anyone(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USERNAME, PASSWORD)


@dataclass(frozen=True)
class SftpSite:
    """A running SSH host that offers SFTP only. What is in `on_open` is called whenever a session begins."""

    folder: Path
    port: int
    host_key: str
    on_open: list[Callable[[], None]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"sftp://{USERNAME}:{PASSWORD}@127.0.0.1:{self.port}/"


@asynccontextmanager
async def running_sftp(folder: Path, *, port: int = 0) -> AsyncIterator[SftpSite]:
    """An SSH host over `folder`, with a host key of its own."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    on_open: list[Callable[[], None]] = []

    def open_files(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        for hook in on_open:
            hook()
        return asyncssh.SFTPServer(channel, chroot=str(folder).encode())

    server = await asyncssh.create_server(_Anyone, "127.0.0.1", port, server_host_keys=[key], sftp_factory=open_files)
    try:
        yield SftpSite(folder, server.get_port(), key.export_public_key().decode().strip(), on_open)
    finally:
        server.close()
        await server.wait_closed()


def make_certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1, key and certificate in one file; also its own authority."""
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415
    from ipaddress import ip_address  # noqa: PLC0415

    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    private = serialization.load_pem_private_key(key.export_private_key("pkcs8-pem"), None)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
