"""Where Portico is and which key opens it: environment first, then the `var/portico.json` of a local `./dev up`."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cli.problems import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path("var/portico.json")


@dataclass(frozen=True)
class Connection:
    url: str
    api_key: str = field(repr=False)


def find_connection(environment: Mapping[str, str], start: Path, url: str | None = None) -> Connection:
    """`url` is the command line's; a key is never taken from there, where every process could read it."""
    known = _local_file(start)
    found_url = url or environment.get("PORTICO_URL") or known.get("url")
    # The key in the file belongs to the installation in the file, and is not shown to another one.
    file_key = known.get("api_key") if found_url == known.get("url") else None
    found_key = environment.get("PORTICO_API_KEY") or file_key
    if not found_url:
        raise UsageProblem(
            "Nobody said where Portico is.",
            "Set PORTICO_URL and PORTICO_API_KEY, or run this below a checkout whose ./dev up has run once.",
        )
    if not found_key:
        raise UsageProblem(
            f"There is no API key for {found_url}.",
            "Make one in the console (Settings, API keys) and set PORTICO_API_KEY.",
        )
    return Connection(found_url.rstrip("/"), found_key)


def from_process(url: str | None = None) -> Connection:
    return find_connection(os.environ, Path.cwd(), url)


def _local_file(start: Path) -> dict[str, str]:
    for folder in (start, *start.parents):
        path = folder / FILE
        try:
            return dict(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise UsageProblem(f"{path} can't be read: {error}.", "Run ./dev up again, or set PORTICO_URL.") from error
    return {}
