"""The warehouse's SSH host: SFTP only, read-only, one account, its own persisted host key, the consumer's log file.

Clients come in through a gate, so that the host can be frozen or cut. Operations: `connect` (gate), `login`, `open`,
`stat`, `read`.
"""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING

import asyncssh

from sandbox.gate import Gate
from sandbox.warehouse.remote_log import RemoteLog

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.kit import Kit

SYSTEM = "ssh"
LOG_PATH = "/logs/upload.log"
WRITING = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


class LogHost:
    """The SSH server and its key, opened on the loop that runs the sandbox."""

    def __init__(self, kit: Kit, directory: Path, user: str, password: str) -> None:
        self.user = user
        self.password = password
        self.files = directory / "files"
        self.log = RemoteLog(self.files / LOG_PATH.lstrip("/"), kit.clock)
        self.gate: Gate | None = None
        self._kit = kit
        self._directory = directory
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._key = self._load_key()

    @property
    def host_key(self) -> str:
        """The public key, as a line for known_hosts without the host."""
        return self._key.export_public_key("openssh").decode().strip().rsplit(" ", 1)[0]

    @property
    def url(self) -> str:
        address = self.gate.address if self.gate else ("127.0.0.1", 0)
        return f"sftp://{self.user}:{self.password}@{address[0]}:{address[1]}{LOG_PATH}"

    async def open(self, host: str, port: int) -> None:
        chroot = str(self.files).encode()
        authorized = self._directory / "authorized_keys"
        self._acceptor = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[self._key],
            server_factory=lambda: _Login(self._kit, self.user, self.password),
            sftp_factory=lambda channel: _Files(self._kit, self, channel, chroot),
            authorized_client_keys=str(authorized) if authorized.exists() else None,
            allow_scp=False,
            x11_forwarding=False,
            agent_forwarding=False,
        )
        self.gate = Gate(self._kit, SYSTEM, ("127.0.0.1", self._acceptor.get_port()))
        await self.gate.open(host, port)

    async def shut(self) -> None:
        if self.gate is not None:
            await self.gate.shut()
        if self._acceptor is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()

    async def change_host_key(self) -> str:
        """As when somebody sets up the machine anew, or sits in between. Returns the new public key."""
        self._key_path.replace(self._key_path.with_suffix(".old"))
        await self._use_key()
        return self.host_key

    async def restore_host_key(self) -> str:
        old = self._key_path.with_suffix(".old")
        if old.exists():
            old.replace(self._key_path)
            await self._use_key()
        return self.host_key

    async def _use_key(self) -> None:
        self._key = self._load_key()
        if self._acceptor is not None:
            self._acceptor.update(server_host_keys=[self._key])
        if self.gate is not None:
            await self.gate.cut()

    @property
    def _key_path(self) -> Path:
        return self._directory / "host_key"

    def _load_key(self) -> asyncssh.SSHKey:
        self._directory.mkdir(parents=True, exist_ok=True)
        if not self._key_path.exists():
            key = asyncssh.generate_private_key("ssh-ed25519", comment="sandbox")
            self._key_path.touch(mode=0o600)
            self._key_path.write_bytes(key.export_private_key("openssh"))
        return asyncssh.read_private_key(str(self._key_path))


class _Login(asyncssh.SSHServer):
    def __init__(self, kit: Kit, user: str, password: str) -> None:
        self._kit = kit
        self._user = user
        self._password = password

    def begin_auth(self, username: str) -> bool:
        del username
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        fault = self._kit.faults.strike(SYSTEM, "login", username)
        right = hmac.compare_digest(password.encode(), self._password.encode()) and username == self._user
        accepted = right and fault is None
        answer = "accepted" if accepted else "refused"
        self._kit.journal.note(SYSTEM, "login", username, answer, fault.kind if fault else "")
        return accepted


class _Files(asyncssh.SFTPServer):
    """Files below one directory, reading only."""

    def __init__(self, kit: Kit, host: LogHost, channel: asyncssh.SSHServerChannel[bytes], chroot: bytes) -> None:
        super().__init__(channel, chroot=chroot)
        self._kit = kit
        self._host = host

    async def _face(self, operation: str, argument: str) -> bool:
        """Journals, and lets the fault strike; true when the answer should be nonsense."""
        fault = self._kit.faults.strike(SYSTEM, operation, argument)
        self._kit.journal.note(SYSTEM, operation, argument, fault=fault.kind if fault else "")
        if fault is None:
            return False
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "stall":
            await asyncio.Event().wait()
        elif fault.kind == "absent":
            raise asyncssh.SFTPNoSuchFile("No such file")
        elif fault.kind == "reply":
            raise asyncssh.SFTPFailure(fault.text or "Failure")
        elif fault.kind == "garbage":
            return True
        elif self._host.gate is not None:
            # Not awaited: this very connection is one of those that are cut.
            self._cutting = asyncio.create_task(self._host.gate.cut())
            await asyncio.Event().wait()
        return False

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags & WRITING:
            raise asyncssh.SFTPPermissionDenied("This account may only read")
        await self._face("open", path.decode(errors="replace"))
        opened = super().open(path, pflags, attrs)
        return await opened if asyncio.iscoroutine(opened) else opened

    async def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        await self._face("stat", path.decode(errors="replace"))
        found = super().stat(path)
        return asyncssh.SFTPAttrs.from_local(found)  # type: ignore[arg-type]

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        nonsense = await self._face("read", f"{offset}+{size}")
        data: bytes = super().read(file_obj, offset, size)  # type: ignore[assignment]
        return bytes(255 - byte for byte in data) if nonsense else data

    def _refuse(self, *_: object) -> None:
        raise asyncssh.SFTPPermissionDenied("This account may only read")

    remove = rename = posix_rename = mkdir = rmdir = setstat = _refuse  # type: ignore[assignment]
