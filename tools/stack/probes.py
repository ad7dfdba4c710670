"""How the supervisor sees that a process is ready. Each answers at once or within a second, and never raises."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

PROBE_SECONDS = 2.0


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections on a loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PROBE_SECONDS):
            return True
    except OSError:
        return False


def readiness(port: int) -> tuple[int, dict[str, Any]]:
    """Status and body of `/readyz`; 0 and nothing when there is no answer."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)
    try:
        link.request("GET", "/readyz")
        answer = link.getresponse()
        body = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}
    finally:
        link.close()
    return answer.status, body if isinstance(body, dict) else {}


def is_ready(port: int) -> bool:
    """Whether the process there takes requests; degraded counts, as Redis or a worker may follow."""
    return readiness(port)[0] == http.client.OK


def says_workers_are_there(api_port: int) -> bool:
    """Whether the service's API sees a worker of its own."""
    check = readiness(api_port)[1].get("checks", {}).get("workers", {})
    return bool(check.get("ok"))
