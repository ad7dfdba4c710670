"""An FTP server over a real directory, in a thread of its own, that can misbehave in every way a client must survive.

Two of them run: the inbox, where the day's file arrives, and the delivery server, where our CSV goes.
Operations are the FTP commands themselves, and `CONNECT`. What each fault kind does here: `sandbox/README.md`.
"""

from __future__ import annotations

import logging
import socket
import struct
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

if TYPE_CHECKING:
    from sandbox.kit import Entry, Fault, Kit

logger = logging.getLogger("sandbox.ftp")

KNOWN_COMMANDS: dict[str, Any] = vars(FTPHandler)["proto_cmds"]
TRANSFERS = {"RETR", "STOR", "APPE", "LIST", "NLST", "MLSD"}
TRANSFER_KINDS = {"stall", "drop", "truncate", "reply"}
NONSENSE = "%?* the tape ran out *?%\r\n"
IDLE_SECONDS = 0.1
BLOCK = 64 * 1024


class FaultyTransfer(DTPHandler):  # type: ignore[misc]
    """The data connection. Its fault, if any, strikes once `fault.bytes` bytes have moved."""

    struck = False

    @property
    def _fault(self) -> Fault | None:
        return self.cmd_channel.transfer_fault  # type: ignore[no-any-return]

    def use_sendfile(self) -> bool:
        # sendfile would move bytes past the count below.
        return self._fault is None and bool(super().use_sendfile())

    def send(self, data: bytes) -> int:
        fault = self._fault
        if fault is None or fault.bytes is None:
            return int(super().send(data))
        left = fault.bytes - self.tot_bytes_sent
        sent = int(super().send(data[:left])) if left > 0 else 0
        if self.tot_bytes_sent >= fault.bytes:
            self._strike_soon(fault)
        return sent

    def enable_receiving(self, kind: str, cmd: str) -> None:
        super().enable_receiving(kind, cmd)
        fault = self._fault
        if fault is None or fault.bytes is None:
            return
        if fault.kind == "truncate":
            self._data_wrapper = _Cutter(fault.bytes)
            return
        self.ac_in_buffer_size = max(1, min(BLOCK, fault.bytes))
        if fault.bytes == 0:
            self._strike_soon(fault)

    def handle_read(self) -> None:
        super().handle_read()
        fault = self._fault
        if fault is None or fault.bytes is None or fault.kind == "truncate" or self._closed:
            return
        if self.tot_bytes_received >= fault.bytes:
            self._strike_soon(fault)

    handle_read_event = handle_read  # asyncore calls this name

    def _strike_soon(self, fault: Fault) -> None:
        # Not from within send(): asynchat still holds the chunk it is sending.
        if not self.struck:
            self.struck = True
            if fault.kind == "stall":
                self.del_channel()
            else:
                self.call_later(0, self._strike, fault)

    def _strike(self, fault: Fault) -> None:
        if self._closed:
            return
        if fault.kind == "drop":
            reset(self.socket)
            self.cmd_channel.reset_connection()
        elif fault.kind == "reply":
            self._resp = (f"{fault.status} {fault.text}", logger.debug)
            self.close()
        else:  # truncate while sending: what is left is thrown away and the transfer called complete
            self.discard_buffers()
            self.handle_close()


class _Cutter:
    """Lets the first bytes of an upload through and swallows the rest."""

    def __init__(self, keep: int) -> None:
        self._keep = keep

    def __call__(self, chunk: bytes) -> bytes:
        kept = chunk[: self._keep]
        self._keep -= len(kept)
        return kept


class FaultyControl(FTPHandler):  # type: ignore[misc]
    """The control connection: journals every command and asks the fault script before obeying it."""

    kit: Kit
    system: str
    dtp_handler = FaultyTransfer
    banner = "Sandbox warehouse, not a real one"
    auth_failed_timeout = 0
    permit_foreign_addresses = True
    log_cmds_list: ClassVar[list[str]] = []

    transfer_fault: Fault | None = None
    _entry: Entry | None = None
    _answer_is_lost = False

    def handle(self) -> None:
        fault = self.kit.faults.strike(self.system, "CONNECT")
        self._entry = self.kit.journal.note(self.system, "CONNECT", fault=fault.kind if fault else "")
        if fault is None:
            super().handle()
        elif fault.kind == "delay":
            self.call_later(fault.seconds, super().handle)
        elif fault.kind == "reply":
            self.respond(f"{fault.status} {fault.text}")
            self.close_when_done()
        elif fault.kind == "garbage":
            self.push(NONSENSE)
        elif fault.kind != "stall":
            self.reset_connection()

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        shown = "***" if cmd == "PASS" else arg
        fault = self.kit.faults.strike(self.system, cmd, shown)
        self._entry = self.kit.journal.note(self.system, cmd, shown, fault=fault.kind if fault else "")
        if fault is None or (fault.kind in TRANSFER_KINDS and cmd in TRANSFERS and self._limit(fault, cmd, arg)):
            super().pre_process_command(line, cmd, arg)
        else:
            self._misbehave(fault, line, cmd, arg)

    def _limit(self, fault: Fault, cmd: str, arg: str) -> bool:
        """Arms the fault for the coming transfer. A truncation without a size takes half of the file."""
        if fault.bytes is None and fault.kind == "truncate":
            path = Path(self.fs.ftp2fs(arg)) if self.fs else Path()
            fault = replace(fault, bytes=path.stat().st_size // 2 if cmd == "RETR" and path.is_file() else 0)
        if fault.bytes is None:
            return False
        self.transfer_fault = fault
        return True

    def _misbehave(self, fault: Fault, line: str, cmd: str, arg: str) -> None:
        if fault.kind == "delay":
            self.call_later(fault.seconds, super().pre_process_command, line, cmd, arg)
        elif fault.kind == "reply":
            self.respond(f"{fault.status} {fault.text}")
            if fault.status == 421:  # noqa: PLR2004 - FTP's "closing control connection"
                self.close_when_done()
        elif fault.kind == "absent":
            self.respond(f"500 {cmd} not understood")
        elif fault.kind == "garbage":
            self.push(NONSENSE)
        elif fault.kind == "reset_after":
            self._answer_is_lost = True
            super().pre_process_command(line, cmd, arg)
        elif fault.kind != "stall":
            self.reset_connection()

    def respond(self, resp: str, logfun: Any = logger.debug) -> None:
        if self._entry is not None:
            self._entry.answer = resp
        if self._answer_is_lost and not resp.startswith("1"):
            self._last_response = resp
            self.call_later(0, self.reset_connection)
            return
        super().respond(resp, logfun)

    def ftp_FEAT(self, line: str) -> None:  # noqa: N802 - pyftpdlib's naming
        absent = self.kit.faults.absent(self.system)
        self.proto_cmds = {name: rules for name, rules in KNOWN_COMMANDS.items() if name not in absent}
        super().ftp_FEAT(line)

    def reset_connection(self) -> None:
        """Both connections end with a TCP reset, as when the machine at the other end goes down."""
        if self.data_channel is not None:
            reset(self.data_channel.socket)
        if not self._closed:
            reset(self.socket)
            self.close()

    def _on_dtp_close(self) -> None:
        self.transfer_fault = None
        super()._on_dtp_close()


def reset(connection: socket.socket) -> None:
    """The next close of this socket sends RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class FtpHost:
    """One FTP server: one user, one directory, one thread."""

    def __init__(self, kit: Kit, system: str, directory: Path, user: str, password: str) -> None:
        self.system = system
        self.directory = directory
        self.user = user
        self.password = password
        self.address = ("127.0.0.1", 0)
        self._kit = kit
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        directory.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return f"ftp://{self.user}:{self.password}@{self.address[0]}:{self.address[1]}"

    @property
    def up(self) -> bool:
        return self._thread is not None

    def open(self, host: str, port: int) -> None:
        authorizer = DummyAuthorizer()
        authorizer.add_user(self.user, self.password, str(self.directory), perm="elradfmwMT")
        handler = type("Control", (FaultyControl,), {"kit": self._kit, "system": self.system, "authorizer": authorizer})
        loop = IOLoop()
        server = FTPServer((host, port), handler, ioloop=loop)
        self.address = server.address
        self._stopping.clear()
        self._thread = threading.Thread(target=self._serve, args=(server, loop), name=self.system, daemon=True)
        self._thread.start()

    def reopen(self) -> None:
        if not self.up:
            self.open(*self.address)

    def shut(self) -> None:
        """Stops listening and drops every connection."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join()
            self._thread = None

    def _serve(self, server: FTPServer, loop: IOLoop) -> None:
        # Its own loop instead of serve_forever(), so that another thread can end it.
        soonest = None
        while not self._stopping.is_set():
            soonest = loop.loop(IDLE_SECONDS if soonest is None else min(IDLE_SECONDS, max(0, soonest)), blocking=False)
        server.close_all()

    def names(self) -> list[dict[str, Any]]:
        """What lies in the directory, for the page."""
        found = []
        for path in sorted(self.directory.rglob("*")):
            try:
                if path.is_file():
                    found.append({"name": str(path.relative_to(self.directory)), "size": path.stat().st_size})
            except FileNotFoundError:  # taken while we looked
                continue
        return found
