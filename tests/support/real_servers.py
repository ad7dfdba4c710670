"""The file servers that people really run, from Debian's packages, each as its own process on a free loopback port.

vsftpd, ProFTPD, Pure-FTPd and OpenSSH's sshd serve one folder; tests work in folders below it. Started by root they
drop their rights as in an installation; started by an ordinary user they serve as that user.
"""

from __future__ import annotations

import grp
import os
import pwd
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.debian_packages import NotToBeHad, Programs, unpack
from tools.stack.children import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

USERNAME, PASSWORD = "portico", "correct-horse"
# SHA-256 crypt of PASSWORD with few rounds: Pure-FTPd's own kind of hash takes seconds, and every test logs in.
PASSWORD_HASH = "$5$rounds=1000$porticotests$XUCcR7Q6Jw.ralOrVEuLCz/Irwiw/IACIaZE2nVXuf/"
START_SECONDS = 20


@dataclass(frozen=True)
class Wish:
    """What a server shall insist on."""

    tls: str = ""
    """`1.2` or `1.3`, the only version it speaks; empty for none."""
    reuse: bool = False
    """Data connections must resume the control connection's session."""
    implicit: bool = False
    poor: bool = False
    """Tells neither sizes nor times: LIST is all there is (vsftpd and ProFTPD)."""

    @property
    def scheme(self) -> str:
        return "ftp" if not self.tls else "ftps" if self.implicit else "ftpes"


@dataclass(frozen=True)
class Workplace:
    """Where the servers of a test run live: what they serve, their certificate, and a folder for their settings."""

    served: Path
    aside: Path
    authority: Path
    certificate: Path
    """Key and certificate in one file."""


@dataclass
class RealSite:
    """A running server."""

    port: int
    scheme: str
    account: str
    top: str
    """What the server calls the served folder."""
    stop: Callable[[], None]
    process_id: int = 0
    host_key: str = ""
    key_file: str = ""

    def url(self, folder: str = "", *, account: str | None = None) -> str:
        return f"{self.scheme}://{account or self.account}@127.0.0.1:{self.port}{self.top}/{folder}"


def vsftpd(place: Workplace, port: int, wish: Wish) -> RealSite:
    programs = unpack("vsftpd")
    name, _uid, _gid = servant()
    lines = [
        *("listen=YES", "background=NO", "listen_address=127.0.0.1", f"listen_port={port}"),
        *("anonymous_enable=YES", "local_enable=NO", "no_anon_password=YES", f"anon_root={place.served}"),
        *("write_enable=YES", "anon_upload_enable=YES", "anon_mkdir_write_enable=YES", "anon_umask=022"),
        *("anon_other_write_enable=YES", "anon_world_readable_only=NO", f"ftp_username={name}"),
        *("seccomp_sandbox=NO", "isolate=NO", "isolate_network=NO", f"secure_chroot_dir={place.aside}/empty"),
    ]
    if wish.poor:
        lines.append("cmds_denied=SIZE,MDTM,FEAT,NLST")
    if not is_root():
        lines.append("run_as_launching_user=YES")
    if wish.tls:
        lines += [
            *("ssl_enable=YES", f"rsa_cert_file={place.certificate}", f"rsa_private_key_file={place.certificate}"),
            *("allow_anon_ssl=YES", "force_anon_logins_ssl=YES", "force_anon_data_ssl=YES", "ssl_ciphers=HIGH"),
            f"require_ssl_reuse={'YES' if wish.reuse else 'NO'}",
            f"strict_ssl_read_eof={'YES' if wish.reuse else 'NO'}",
            f"strict_ssl_write_shutdown={'YES' if wish.reuse else 'NO'}",
            f"implicit_ssl={'YES' if wish.implicit else 'NO'}",
        ]
    (place.aside / "empty").mkdir(exist_ok=True)
    settings = _write(place.aside / f"vsftpd-{port}.conf", lines)
    command = [programs.find("vsftpd"), str(settings)]
    return _start(place, programs, command, port, wish, account="anonymous:x", chrooted=is_root())


def proftpd(place: Workplace, port: int, wish: Wish) -> RealSite:
    programs = unpack("proftpd-core", "proftpd-mod-crypto")
    name, uid, gid = servant()
    users = _write(place.aside / "proftpd.users", [f"{USERNAME}:{PASSWORD_HASH}:{uid}:{gid}::{place.served}:/bin/sh"])
    lines = [
        *('ServerName "real"', "ServerType standalone", "DefaultAddress 127.0.0.1", f"Port {port}", "UseIPv6 off"),
        *(f"PidFile {place.aside}/proftpd-{port}.pid", f"ScoreboardFile {place.aside}/proftpd-{port}.score"),
        *("DelayEngine off", "WtmpLog off", "UseReverseDNS off", "TransferLog none", "SystemLog none", "Umask 022"),
        *(f"User {name}", f"Group {grp.getgrgid(gid).gr_name}", f"AuthUserFile {users}", "AuthOrder mod_auth_file.c"),
        *("RequireValidShell off", "AllowOverwrite on", "AllowStoreRestart on", "AllowRetrieveRestart on"),
    ]
    if wish.poor:
        lines += ["<Limit SIZE MDTM MLSD MLST>", "DenyAll", "</Limit>"]
    if is_root():
        lines.append(f"DefaultRoot {place.served}")
    if wish.tls:
        options = [] if wish.reuse else ["NoSessionReuseRequired"]
        options += ["UseImplicitSSL"] if wish.implicit else []
        lines += [
            *(f"ModulePath {programs.library('mod_tls.so').parent}", "LoadModule mod_tls.c", "TLSEngine on"),
            *(f"TLSRSACertificateFile {place.certificate}", f"TLSRSACertificateKeyFile {place.certificate}"),
            *("TLSRequired on", f"TLSProtocol TLSv{wish.tls}", f"TLSLog {place.aside}/proftpd-{port}.tls"),
        ]
        lines += [f"TLSOptions {' '.join(options)}"] if options else []
    settings = _write(place.aside / f"proftpd-{port}.conf", lines)
    command = [programs.find("proftpd"), "-n", "-c", str(settings)]
    return _start(place, programs, command, port, wish, chrooted=is_root())


def pure_ftpd(place: Workplace, port: int, wish: Wish, *, slow_login: bool = False) -> RealSite:
    if not is_root():
        raise NotToBeHad("it serves accounts of its own only when root starts it")
    programs = unpack("pure-ftpd")
    _name, uid, gid = servant()
    home = f"{place.served}/./"
    users, database = place.aside / f"pure-{port}.users", place.aside / f"pure-{port}.pdb"
    make = programs.find("pure-pw")
    if slow_login:
        command = [make, "useradd", USERNAME, "-f", str(users), "-u", str(uid), "-g", str(gid), "-d", str(place.served)]
        passwords = f"{PASSWORD}\n{PASSWORD}\n".encode()
        subprocess.run(command, input=passwords, env=programs.environment, check=True, capture_output=True)
    else:
        _write(users, [f"{USERNAME}:{PASSWORD_HASH}:{uid}:{gid}::{home}::::::::::::"])
    subprocess.run([make, "mkdb", str(database), "-f", str(users)], env=programs.environment, check=True)
    command = [programs.find("pure-ftpd"), "-S", f"127.0.0.1,{port}", "-l", f"puredb:{database}", "-E", "-H", "-u", "1"]
    command += ["-g", f"{place.aside}/pure-{port}.pid"]
    if wish.tls:
        command += ["-Y", "2", "-2", str(place.certificate)]
    return _start(place, programs, command, port, wish, chrooted=True)


def sshd(place: Workplace, port: int, _wish: Wish) -> RealSite:
    """As an ordinary user, so without an `sshd` account. The user is made up: Debian's nss_wrapper tells it to sshd."""
    programs, wrapper = unpack("openssh-server"), unpack("libnss-wrapper")
    _name, uid, gid = servant()
    home = place.aside / "sshd"
    home.mkdir(exist_ok=True)
    key, user_key = home / f"host-{port}", home / f"user-{port}"
    for path in (key, user_key):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    _write(home / "passwd", [f"{USERNAME}:{PASSWORD_HASH}:{uid}:{gid}::{home}:/bin/sh"])
    _write(home / "group", [f"{USERNAME}:x:{gid}:"])
    lines = [
        *("ListenAddress 127.0.0.1", f"Port {port}", f"HostKey {key}", "PidFile none", "UsePAM no", "StrictModes no"),
        *(f"AuthorizedKeysFile {user_key}.pub", "Subsystem sftp internal-sftp", "PasswordAuthentication yes"),
        *("KbdInteractiveAuthentication no", "MaxStartups 100", "UseDNS no"),
    ]
    settings = _write(home / f"{port}.conf", lines)
    if is_root():
        for path in home.iterdir():
            os.chown(path, uid, gid)
    environment = programs.environment | {
        "LD_PRELOAD": str(wrapper.library("libnss_wrapper.so")),
        "NSS_WRAPPER_PASSWD": str(home / "passwd"),
        "NSS_WRAPPER_GROUP": str(home / "group"),
    }
    site = _start(
        place,
        programs,
        [programs.find("sshd"), "-D", "-e", "-f", str(settings)],
        port,
        None,
        environment=environment,
        identity=(uid, gid) if is_root() else None,
    )
    site.host_key, site.key_file = key.with_name(f"{key.name}.pub").read_text().strip(), str(user_key)
    return site


def servant() -> tuple[str, int, int]:
    """Name, user and group that the servers work as: an account without rights, or whoever runs the tests."""
    if not is_root():
        me = pwd.getpwuid(os.getuid())
        return me.pw_name, me.pw_uid, me.pw_gid
    for account in pwd.getpwall():
        if account.pw_uid not in {0, 65534} and account.pw_gid and Path(account.pw_dir).is_dir():
            return account.pw_name, account.pw_uid, account.pw_gid
    raise NotToBeHad("there is no account without rights that a server could work as")


def freeze(site: RealSite) -> None:
    """The server and all that it started stop in their tracks, sockets open; `site.stop` still ends them."""
    os.kill(site.process_id, signal.SIGSTOP)
    for pid in descendants(site.process_id):
        with suppress(ProcessLookupError):  # one that was just leaving
            os.kill(pid, signal.SIGSTOP)


def is_root() -> bool:
    return os.geteuid() == 0


def descendants(pid: int) -> Iterator[int]:
    """The processes below one, as /proc tells."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                child = int(stat.parent.name)
                yield from descendants(child)
                yield child


def _write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join([*lines, ""]))
    path.chmod(0o600)
    return path


def _start(
    place: Workplace,
    programs: Programs,
    command: list[str],
    port: int,
    wish: Wish | None,
    *,
    account: str = f"{USERNAME}:{PASSWORD}",
    chrooted: bool = False,
    environment: dict[str, str] | None = None,
    identity: tuple[int, int] | None = None,
) -> RealSite:
    environment = environment or programs.environment
    if wish and wish.tls:
        environment["OPENSSL_CONF"] = str(_openssl_settings(place.aside, wish.tls))
    log = place.aside / f"{Path(command[0]).name}-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=place.aside,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=identity[0] if identity else None,
            group=identity[1] if identity else None,
            extra_groups=[] if identity else None,
            preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGKILL),  # noqa: PLW1509 - a killed pytest leaves none
        )
    scheme = wish.scheme if wish else "sftp"

    def stop() -> None:
        for pid in [*descendants(process.pid), process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()

    deadline = time.monotonic() + START_SECONDS
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > deadline:
            stop()
            raise AssertionError(f"{log.name}: {log.read_text(errors='replace')[-2000:] or 'it said nothing'}")
        time.sleep(0.02)
    return RealSite(port, scheme, account, "" if chrooted else str(place.served), stop, process.pid)


def _openssl_settings(folder: Path, version: str) -> Path:
    """One version of TLS and no other, for any program on OpenSSL."""
    return _write(
        folder / f"openssl-{version}.cnf",
        [
            *("openssl_conf = start", "[start]", "ssl_conf = ssl", "[ssl]", "system_default = versions", "[versions]"),
            *(f"MinProtocol = TLSv{version}", f"MaxProtocol = TLSv{version}"),
        ],
    )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
