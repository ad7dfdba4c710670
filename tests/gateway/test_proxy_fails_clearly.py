"""A service that is dead, slow or rude: a clear answer in time, and nobody else feels it."""

from __future__ import annotations

import asyncio
import socket
from time import monotonic
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.gateway.backend import Backend, RudeServer
from tests.gateway.running import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gateway.conftest import Running, Start

ROLES = {"invoices": "operator", "dead": "operator", "slow": "operator"}


def told(response: httpx.Response) -> tuple[int, str, str]:
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["retry-after"]) > 0
    return response.status_code, response.json()["code"], response.json()["params"]["service"]


async def test_a_dead_service_is_named_and_the_caller_told_when_to_come_back(
    start: Start, free_port: Callable[[], int]
) -> None:
    running = await start(upstreams={"dead": f"http://127.0.0.1:{free_port()}"})
    browser = await running.signed_in("ada", roles=ROLES)
    for method in ("GET", "POST"):
        assert told(await browser.request(method, "/api/dead/v1/echo")) == (502, "service_unreachable", "dead")


async def test_a_service_that_says_nothing_is_given_up(start: Start) -> None:
    running = await start(silence_seconds=0.3)
    browser = await running.signed_in("ada", roles=ROLES)
    began = monotonic()
    assert told(await browser.get("/api/invoices/v1/slow")) == (504, "service_timeout", "invoices")
    assert monotonic() - began < 2
    await asyncio.wait_for(running.backend.cancelled.wait(), 5)


async def test_a_get_that_got_no_word_is_repeated_once_and_a_change_never(start: Start) -> None:
    rude = RudeServer()
    async with rude.serving() as url:
        running = await start(upstreams={"invoices": url})
        browser = await running.signed_in("ada", roles=ROLES)
        for method, failures, status, requests in (
            ("GET", 1, 200, 2),
            ("GET", 2, 502, 2),
            ("POST", 1, 502, 1),
            ("PUT", 1, 502, 1),
            ("PATCH", 1, 502, 1),
            ("DELETE", 1, 502, 1),
        ):
            rude.failures, rude.requests = failures, 0
            response = await browser.request(method, "/api/invoices/v1/echo")
            assert (response.status_code, rude.requests) == (status, requests), method


async def test_an_answer_that_breaks_off_looks_broken_off(running: Running) -> None:
    browser = await running.signed_in("ada", roles=ROLES)
    with pytest.raises(httpx.RemoteProtocolError):
        await browser.get("/api/invoices/v1/breaks")


async def test_a_slow_service_fills_its_own_pool_and_nobody_elses(start: Start) -> None:
    slow, quick = Backend(), Backend()
    async with serving(slow) as slow_url, serving(quick) as quick_url:
        running = await start(
            upstreams={"slow": slow_url, "invoices": quick_url}, upstream_connections=2, connect_seconds=0.2
        )
        browser = await running.signed_in("ada", roles=ROLES)
        stuck = [asyncio.create_task(browser.get("/api/slow/v1/slow")) for _ in range(2)]
        await asyncio.wait_for(slow.started.wait(), 5)
        answers = await asyncio.gather(
            *(browser.get("/api/slow/v1/echo") for _ in range(3)),
            *(browser.get("/api/invoices/v1/echo") for _ in range(20)),
        )
        assert [told(answer) for answer in answers[:3]] == [(503, "service_busy", "slow")] * 3
        assert {answer.status_code for answer in answers[3:]} == {200}
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)


async def test_open_streams_leave_room_for_requests(start: Start) -> None:
    running = await start(upstream_connections=2)
    browser = await running.signed_in("ada", roles=ROLES)
    headers = {"Accept": "text/event-stream", "Cookie": f"__Host-sid={browser.cookies['__Host-sid']}"}

    async def listen() -> None:
        async with browser.http.stream("GET", "/api/invoices/v1/stream", headers=headers) as response:
            async for _ in response.aiter_raw():
                pass

    listeners = [asyncio.create_task(listen()) for _ in range(10)]
    await asyncio.wait_for(running.backend.all_listening(10), 5)
    assert (await browser.get("/api/invoices/v1/echo")).status_code == 200
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)


SMUGGLED = {
    "both lengths": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "length twice, different": b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "length twice, equal": b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
    "list of lengths": b"Content-Length: 4, 5\r\n\r\nabcde",
    "odd length": b"Content-Length: +4\r\n\r\nabcd",
    "negative length": b"Content-Length: -4\r\n\r\n",
    "unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "coding with tab": b"Transfer-Encoding:\tchunked, identity\r\n\r\n0\r\n\r\n",
    "space before colon": b"Content-Length : 4\r\n\r\nabcd",
    "folded header": b"X-A: 1\r\n Content-Length: 4\r\n\r\nabcd",
    "host twice": b"Host: other\r\nContent-Length: 0\r\n\r\n",
    "authorization twice": b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("path", ["/api/invoices/v1/echo", "/api/auth/login", "/"])
@pytest.mark.parametrize("probe", SMUGGLED.values(), ids=SMUGGLED.keys())
async def test_a_request_that_two_servers_could_read_differently_is_refused(
    running: Running, probe: bytes, path: str
) -> None:
    host, _, port = running.url.removeprefix("http://").partition(":")
    request = b"POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s" % (path.encode(), host.encode(), probe)
    answer = await asyncio.to_thread(speak, host, int(port), request)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert running.backend.seen == []


def speak(host: str, port: int, request: bytes) -> bytes:
    with socket.create_connection((host, port), timeout=5) as conn:
        conn.sendall(request)
        answer = b""
        while chunk := conn.recv(65_536):
            answer += chunk
        return answer
