"""The played day, with a Portico of sixty lines in the place of the real one."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.warehouse.test_consumer import csv_line
from tests.support.warehouse_sandbox import warehouse_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.servers


class Portico:
    """Takes the file away when it is told to look, delivers a CSV when it is told to start."""

    def __init__(self, state: str = "none") -> None:
        self.state = state
        self.pressed: list[str] = []
        self.inbox: Path | None = None
        self.delivery: Path | None = None

    def press(self, path: str) -> tuple[int, dict[str, Any]]:
        self.pressed.append(path)
        if path.endswith("/jobs/imports.pick_up/runs") and self.inbox:
            for file in self.inbox.iterdir():
                file.unlink()
            self.state = "ready"
        elif path.endswith("/session/start") and self.delivery:
            hidden = self.delivery / ".session.csv.part"
            hidden.write_text("".join(csv_line(number) for number in range(600000001, 600000006)))
            hidden.replace(self.delivery / "session.csv")
            self.state = "open"
        return 202, {}

    @contextmanager
    def listening(self) -> Iterator[str]:
        portico = self

        class Door(BaseHTTPRequestHandler):
            def answer(self, status: int, body: dict[str, Any]) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def do_GET(self) -> None:
                self.answer(200, {"state": portico.state})

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.answer(*portico.press(self.path))

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()


@pytest.fixture
def play(tmp_path):
    """Plays a day without a person against `portico`; gives the day's end."""

    def run(portico: Portico) -> dict[str, Any]:
        login = tmp_path / "portico.json"
        with (
            portico.listening() as url,
            warehouse_sandbox(tmp_path / "sandbox", arguments=("--portico-file", str(login))) as outside,
        ):
            login.write_text(json.dumps({"url": url, "api_key": "pk_test"}))
            portico.inbox, portico.delivery = outside.inbox, outside.delivery
            assert outside.state()["console"] == url
            outside.client.post("/_sandbox/day", json={"by_hand": False, "rows": 20}).raise_for_status()
            if portico.state == "none":
                outside.wait_for(lambda: outside.state()["day"]["steps"][4]["state"] == "done", 20)
                portico.state = "closed"
            return outside.wait_for(lambda: not (day := outside.state()["day"])["running"] and day, 20)

    return run


def test_a_day_plays_the_operator_too(play):
    portico = Portico()
    day = play(portico)
    assert day["outcome"] == "The day is done."
    assert [step["state"] for step in day["steps"]] == ["done"] * 6
    assert portico.pressed == [
        "/api/invoices/v1/jobs/imports.pick_up/runs",
        "/api/invoices/v1/session/start",
    ]


class ClosedPortico(Portico):
    """Its session of today is closed; it still takes files away."""

    def press(self, path: str) -> tuple[int, dict[str, Any]]:
        answer = super().press(path)
        self.state = "closed"
        return answer


def test_a_second_day_on_one_date_is_told_and_ended(play):
    day = play(ClosedPortico("closed"))
    assert "Today's session is closed already" in day["outcome"]
    assert day["steps"][2]["state"] == "failed"
