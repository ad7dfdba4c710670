"""Files on other machines, by FTP, SFTP or in a folder, behind one port. Used by invoices, scraper, bursar.

`open_server(url, …)` gives a `FileServer`; `async with server.connect() as store:` gives a `FileStore` on its folder.

    FileStore           what every kind of server can do, and what it promises
    settle              two looks: which files have stopped growing
    put                 write under a temporary name, verify, rename; never replaces
    discard_older_parts delete what attempts that were cut off have left
    probe               test a server step by step, for the console
"""

from __future__ import annotations

from common.transfer.address import open_server
from common.transfer.steps import discard_older_parts, probe, put, settle, temporary_name
from common.transfer.store import Entry, FileServer, FileStore, StepListener

__all__ = [
    "Entry",
    "FileServer",
    "FileStore",
    "StepListener",
    "discard_older_parts",
    "open_server",
    "probe",
    "put",
    "settle",
    "temporary_name",
]
