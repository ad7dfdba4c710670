"""Calls to Portico: an idempotency key for each unsafe call, every refusal as a `Refused`, event streams."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from ipaddress import ip_address
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from cli.problems import Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.connection import Connection

TIMEOUT_SECONDS = 30.0
UPLOAD_SECONDS = 600.0
TRIES = 2
PAUSE_SECONDS = 0.5
LARGEST_PAGE = 999  # lists over all services give no more


@dataclass(frozen=True)
class ServerEvent:
    id: str
    name: str
    data: Any


class Portico:
    """The public API. Paths begin below the URL: `/api/runs`, `/api/invoices/v1/session`."""

    def __init__(self, connection: Connection, transport: httpx.BaseTransport | None = None) -> None:
        self.url = connection.url
        self._http = httpx.Client(
            base_url=connection.url,
            headers={"Authorization": f"Bearer {connection.api_key}", "Accept": "application/json"},
            timeout=TIMEOUT_SECONDS,
            transport=transport,
            trust_env=not _is_loopback(connection.url),  # a proxy does not know our loopback
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        return _body(self._send("GET", path, params=_plain(query)))

    def get_bytes(self, path: str) -> bytes:
        return self._send("GET", path).content

    def post(self, path: str, body: Any = None) -> Any:
        return _body(self._send("POST", path, json={} if body is None else body))

    def upload(self, path: str, name: str, content: IO[bytes], **query: Any) -> Any:
        files = {"file": (name, content)}
        return _body(self._send("POST", path, params=_plain(query), files=files, timeout=UPLOAD_SECONDS))

    def pages(self, path: str, limit: int, **query: Any) -> dict[str, Any]:
        """Follows `next` until `limit` items are there; what else the first page said (`errors`) is kept."""
        page: dict[str, Any] = self.get(path, limit=min(limit, LARGEST_PAGE), **query)
        items, cursor = list(page["items"]), page.get("next")
        while cursor and len(items) < limit:
            more = self.get(path, limit=min(limit - len(items), LARGEST_PAGE), cursor=cursor, **query)
            items += more["items"]
            cursor = more.get("next")
        return {**page, "items": items[:limit], "next": cursor}

    def events(self, path: str, after: str, silence_seconds: float) -> Iterator[ServerEvent]:
        """One connection's events after `after`; ends when the server ends it, or after so much silence."""
        headers = {"Accept": "text/event-stream", "Last-Event-ID": after}
        timeout = httpx.Timeout(TIMEOUT_SECONDS, read=silence_seconds)
        try:
            with self._http.stream("GET", path, headers=headers, timeout=timeout) as answer:
                if not answer.is_success:
                    answer.read()
                    raise _refusal(answer)
                yield from _parse_events(answer.iter_lines())
        except (httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ReadError):
            return
        except httpx.TransportError as error:
            raise _away(self.url, error) from error

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        # The same key for both tries: the second can't do it twice.
        headers = {} if method == "GET" else {"Idempotency-Key": str(uuid.uuid4())}
        for tries in range(1, TRIES + 1):
            try:
                answer = self._http.request(method, path, headers=headers, **more)
            except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError) as error:
                if tries == TRIES:
                    raise _away(self.url, error) from error
                _rewind(more.get("files"))
                time.sleep(PAUSE_SECONDS)
            except httpx.TransportError as error:
                raise _away(self.url, error) from error
            else:
                if not answer.is_success:
                    raise _refusal(answer)
                return answer
        raise AssertionError("unreachable: the last try returns or raises")  # pragma: no cover


def _rewind(files: dict[str, tuple[str, IO[bytes]]] | None) -> None:
    for _, content in (files or {}).values():
        content.seek(0)


def _plain(query: dict[str, Any]) -> dict[str, Any]:
    """Without what was not given; truth as the API writes it."""
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
        if value is not None and value != ""
    }


def _body(answer: httpx.Response) -> Any:
    return answer.json() if answer.content else None


def _refusal(answer: httpx.Response) -> Refused:
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        document = {"detail": f"Portico answered {answer.status_code} without saying why."}
    return Refused(answer.status_code, document)


def _away(url: str, error: httpx.TransportError) -> Unreachable:
    reason = "did not answer in time" if isinstance(error, httpx.TimeoutException) else "does not answer"
    return Unreachable(f"Portico at {url} {reason}.", "Check the address, and that it runs (`./dev status` locally).")


def _parse_events(lines: Iterator[str]) -> Iterator[ServerEvent]:
    fields: dict[str, str] = {}
    for line in lines:
        if not line:
            if "data" in fields:
                yield ServerEvent(fields.get("id", ""), fields.get("event", "message"), json.loads(fields["data"]))
            fields = {}
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data" and "data" in fields:
            value = f"{fields['data']}\n{value}"
        if name:  # a line that starts with a colon is a keep-alive
            fields[name] = value


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
