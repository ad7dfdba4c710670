"""Every combination of server and demands that common.transfer is tried with, each started when first asked for."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from itertools import count, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from common.transfer import open_server
from tests.support.authority import make_authority
from tests.support.debian_packages import NotToBeHad
from tests.support.file_servers import PASSWORD, USERNAME, running_ftp
from tests.support.real_servers import RealSite, Wish, Workplace, proftpd, pure_ftpd, sshd, vsftpd
from tools.stack.children import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.transfer import FileServer

    Start = Callable[[Workplace, int, Wish], RealSite]

VERSIONS = ("1.2", "1.3")
PLAIN = [Wish()]
EXPLICIT = [Wish(tls) for tls in VERSIONS]
STRICT = [Wish(tls, reuse=True) for tls in VERSIONS]
IMPLICIT = [Wish(tls, reuse, implicit=True) for tls, reuse in product(VERSIONS, (False, True))]


def pyftpdlib(place: Workplace, port: int, wish: Wish) -> RealSite:
    """In a thread of the test run; it can neither demand session reuse nor begin with TLS."""
    stack = ExitStack()
    certificate = place.certificate if wish.tls else None
    site = stack.enter_context(running_ftp(place.served, certificate=certificate, port=port, tls_version=wish.tls))
    return RealSite(site.port, wish.scheme, f"{USERNAME}:{PASSWORD}", "", stack.close)


SERVERS: list[tuple[Start, list[Wish]]] = [
    (vsftpd, [*PLAIN, *EXPLICIT, *STRICT, *IMPLICIT]),
    (proftpd, [*PLAIN, *EXPLICIT, *STRICT, *IMPLICIT]),
    (pure_ftpd, [*PLAIN, *EXPLICIT]),
    (pyftpdlib, [*PLAIN, *EXPLICIT]),
    (sshd, PLAIN),
]


def label(start: Start, wish: Wish) -> str:
    words = [start.__name__.replace("_", "-")]
    if wish.tls:
        words += [f"tls{wish.tls}", *(["implicit"] if wish.implicit else []), *(["reuse"] if wish.reuse else [])]
    elif start is not sshd:
        words.append("plain")
    return "-".join(words)


COMBINATIONS = {label(start, wish): (start, wish) for start, wishes in SERVERS for wish in wishes}


class Sites:
    """The servers of one test run. They share one folder below /tmp, since they must be able to walk there."""

    def __init__(self) -> None:
        self._top = Path(tempfile.mkdtemp(prefix="portico-files-"))
        self._top.chmod(0o755)
        served, aside = self._top / "served", self._top / "aside"
        served.mkdir(mode=0o755)
        aside.mkdir(mode=0o755)
        self.place = Workplace(served, aside, *make_authority(aside))
        self._running: dict[str, RealSite] = {}
        self._folders = count(1)

    def get(self, name: str) -> RealSite:
        """The running server; the test is skipped, with the reason, where its package can't be had."""
        if name not in self._running:
            start, wish = COMBINATIONS[name]
            self._running[name] = self.start(start, wish)
        return self._running[name]

    def start(self, start: Start, wish: Wish) -> RealSite:
        """A server of one's own, that the caller stops."""
        try:
            return start(self.place, free_port(), wish)
        except NotToBeHad as error:
            pytest.skip(f"no {start.__name__} here: {error}")

    def make_folder(self) -> Path:
        """An empty folder that all servers serve and may write to."""
        folder = self.place.served / f"case-{next(self._folders)}"
        folder.mkdir()
        folder.chmod(0o777)
        return folder

    def close(self) -> None:
        for site in self._running.values():
            site.stop()
        shutil.rmtree(self._top, ignore_errors=True)


def server_of(sites: Sites, site: RealSite, folder: Path, **more: Any) -> FileServer:
    """The folder on that server, as a service opens it: certificate and host key are checked."""
    encrypted = site.scheme in {"ftps", "ftpes"}
    more = {"tls_ca": str(sites.place.authority) if encrypted else "", "host_key": site.host_key} | more
    return open_server(more.pop("url", site.url(folder.name)), name="shelf", **({"timeout_seconds": 10} | more))
