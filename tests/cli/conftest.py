"""`portico` with a gateway that a test describes: which path answers what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable

RUN = {
    "id": "0199aa00-0000-7000-8000-000000000001",
    "service": "invoices",
    "job": "imports.pick_up",
    "title": "Check inbox",
    "state": "running",
    "message": "",
    "reason_code": None,
    "trigger": {"type": "manual", "by": "m.r", "schedule_id": None},
    "progress": {"done": 0, "total": None, "unit": "", "text": ""},
    "attempt": 1,
    "max_attempts": 5,
    "run_at": "2026-11-20T08:00:00Z",
    "created_at": "2026-11-20T08:00:00Z",
    "started_at": "2026-11-20T08:00:01Z",
    "finished_at": None,
    "error": None,
    "counts": {"ok": 0, "warning": 0, "problem": 0, "skipped": 0},
    "seen": None,
}


class FakeGateway:
    """Answers by method and path; a list is answered one by one, the last one for ever."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self._answers: dict[str, list[Any]] = {}

    def on(self, what: str, *answers: Any) -> None:
        """`on("GET /api/runs", {...})`; an answer is a document, (status, document), a Response or an exception."""
        self._answers[what] = list(answers)

    def handle(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        answers = self._answers.get(f"{request.method} {request.url.path}")
        if answers is None:
            return httpx.Response(404, json={"code": "not_found", "detail": f"No {request.url.path}."})
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        status, document = answer if isinstance(answer, tuple) else (200, answer)
        return httpx.Response(status, json=document)

    def bodies(self, method: str = "POST") -> list[Any]:
        return [json.loads(request.content) for request in self.asked if request.method == method and request.content]


@pytest.fixture
def gateway() -> FakeGateway:
    fake = FakeGateway()
    fake.on("GET /api/services", [{"name": "invoices", "title": "Invoices", "prefix": "", "role": "operator"}])
    return fake


@pytest.fixture
def portico(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """`portico("runs", "--json")` gives the exit code; what it printed is in `capsys`."""
    monkeypatch.setenv("PORTICO_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("PORTICO_API_KEY", "pk_test_secret")
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr("cli.context.FIRST_LOOK_SECONDS", 0.001)
    monkeypatch.setattr("cli.context.LOOK_SECONDS", 0.001)
    monkeypatch.setattr("cli.client.PAUSE_SECONDS", 0.001)

    def run(*arguments: str) -> int:
        return main(arguments, httpx.MockTransport(gateway.handle))

    return run


@pytest.fixture
def run_document() -> Callable[..., dict[str, Any]]:
    return lambda **changes: {**RUN, **changes}
