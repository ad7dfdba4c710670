"""Requests reach the service as they were sent, and its answers come back as they were given."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.gateway.conftest import Running, Start

ECHO = "/api/invoices/v1/echo"
OPERATOR = {"invoices": "operator"}


async def test_a_signed_identity_with_the_role_reaches_the_service(running: Running) -> None:
    browser = await running.signed_in("ada", roles=OPERATOR)
    response = await browser.get(f"{ECHO}?state=failed%2Cpartial&q=a+b")
    assert response.status_code == 200
    seen = running.backend.seen[0]
    assert (seen["path"], seen["query"]) == ("/v1/echo", "state=failed%2Cpartial&q=a+b")
    identity = running.verifier.verify(dict(seen["headers"])["x-portico-identity"])
    assert (identity.name, identity.kind, identity.role) == ("ada", "user", "operator")


async def test_a_changed_role_reaches_the_service_at_once(running: Running) -> None:
    admin = await running.signed_in("root", roles={"portico": "admin"})
    ada = await running.signed_in("ada", roles=OPERATOR)
    await ada.get(ECHO)
    user = (await ada.get("/api/auth/me")).json()["user"]
    patch = {"roles": {"invoices": "viewer"}}
    changed = await admin.request("PATCH", f"/api/users/{user['id']}", json=patch, headers={"If-Match": "*"})
    assert changed.status_code == 200
    await ada.get(ECHO)
    roles = [running.verifier.verify(dict(seen["headers"])["x-portico-identity"]).role for seen in running.backend.seen]
    assert roles == ["operator", "viewer"]


async def test_what_a_client_says_about_itself_never_reaches_the_service(running: Running) -> None:
    browser = await running.signed_in("ada", roles=OPERATOR)
    spoofed = {
        "X-Portico-Identity": "forged",
        "X_Portico_Identity": "forged",
        "X-User-Id": "root",
        "X-User-Roles": "admin",
        "X-Roles": "admin",
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Real-IP": "6.6.6.6",
        "Forwarded": "for=6.6.6.6",
        "X-Original-URL": "/metrics",
        "X-HTTP-Method-Override": "DELETE",
        "Connection": "close, X-Secret-Hop",
        "X-Secret-Hop": "1",
        "TE": "trailers",
        "Keep-Alive": "timeout=5",
        "Proxy-Authorization": "Basic eDp5",
    }
    await browser.get(ECHO, headers=spoofed)
    seen = running.backend.seen[0]["headers"]
    names = [name for name, _ in seen]
    text = json.dumps(seen)
    assert "forged" not in text
    assert "6.6.6.6" not in text
    assert "evil.example" not in text
    assert names.count("x-portico-identity") == 1
    assert dict(seen)["x-forwarded-for"] == "127.0.0.1"
    unwanted = {"cookie", "authorization", "x-csrf-token", "x-secret-hop", "te", "keep-alive", "x-roles", "x-user-id"}
    assert not unwanted & set(names)


async def test_a_key_is_a_principal_of_its_own_and_needs_no_token(running: Running) -> None:
    key = await running.key("nightly import", invoices="operator")
    response = await running.browser().post(ECHO, headers=key, json={"a": 1})
    assert response.status_code == 200
    seen = dict(running.backend.seen[0]["headers"])
    identity = running.verifier.verify(seen["x-portico-identity"])
    assert (identity.name, identity.kind) == ("nightly import", "key")
    assert "authorization" not in seen


async def test_headers_of_the_answer_pass_without_hop_by_hop_and_cookies(running: Running) -> None:
    browser = await running.signed_in("ada", roles=OPERATOR)
    response = await browser.get("/api/invoices/v1/moved", follow_redirects=False)
    assert response.status_code == 202
    assert response.headers["location"] == "/api/invoices/v1/runs/7"
    assert "set-cookie" not in response.headers
    assert len(response.headers.get_list("date")) == 1
    assert "server" not in response.headers


async def test_the_request_id_is_the_same_for_the_service_and_the_caller(running: Running) -> None:
    browser = await running.signed_in("ada", roles=OPERATOR)
    wanted = "0198c5a0-0000-7000-8000-000000000001"
    response = await browser.get(ECHO, headers={"X-Request-ID": wanted})
    assert response.headers.get_list("x-request-id") == [wanted]
    assert dict(running.backend.seen[0]["headers"])["x-request-id"] == wanted
    for odd in ("<script>", "1", "x" * 500):
        answered = (await browser.get(ECHO, headers={"X-Request-ID": odd})).headers["x-request-id"]
        assert answered != odd
        assert len(answered) == 36


async def test_bodies_pass_both_ways_unchanged(running: Running) -> None:
    browser = await running.signed_in("ada", roles=OPERATOR)
    sent = await browser.post("/api/invoices/v1/upload", content=b"x" * 3_000_001)
    assert sent.json() == {"bytes": 3_000_001}

    async def chunks() -> object:
        for _ in range(7):
            yield b"y" * 1_000

    running.backend.received_bytes = 0
    sent = await browser.post("/api/invoices/v1/upload", content=chunks())
    assert sent.json() == {"bytes": 7_000}
    assert len((await browser.get("/api/invoices/v1/big")).content) == 64 * 65_536


async def test_events_pass_one_by_one_while_the_stream_is_open(running: Running) -> None:
    browser = await running.signed_in("ada", roles=OPERATOR)
    headers = {"Accept": "text/event-stream", "Cookie": f"__Host-sid={browser.cookies['__Host-sid']}"}
    received = []
    async with browser.http.stream("GET", "/api/invoices/v1/stream", headers=headers) as response:
        assert response.headers["content-type"] == "text/event-stream"
        async for chunk in response.aiter_raw():
            received.append(chunk)
            if len(received) == 5:
                break
    assert [chunk.split(b"\n")[0] for chunk in received] == [b"id: %d" % number for number in range(1, 6)]
    await asyncio.wait_for(running.backend.cancelled.wait(), 5)


async def test_an_open_stream_ends_with_its_session(running: Running) -> None:
    browser = await running.signed_in("ada", roles=OPERATOR)
    headers = {"Accept": "text/event-stream", "Cookie": f"__Host-sid={browser.cookies['__Host-sid']}"}
    async with browser.http.stream("GET", "/api/invoices/v1/stream", headers=headers) as response:
        chunks = response.aiter_raw()
        await anext(chunks)
        await browser.post("/api/auth/logout")
        async with asyncio.timeout(5):
            assert len([chunk async for chunk in chunks]) < 5
    await asyncio.wait_for(running.backend.cancelled.wait(), 5)


async def test_a_gateway_that_stops_ends_its_streams_first(running: Running) -> None:
    browser = await running.signed_in("ada", roles=OPERATOR)
    headers = {"Accept": "text/event-stream", "Cookie": f"__Host-sid={browser.cookies['__Host-sid']}"}
    async with browser.http.stream("GET", "/api/invoices/v1/stream", headers=headers) as response:
        chunks = response.aiter_raw()
        await anext(chunks)
        running.resources.proxy.end_streams()
        async with asyncio.timeout(5):
            assert len([chunk async for chunk in chunks]) < 5
    await asyncio.wait_for(running.backend.cancelled.wait(), 5)


async def test_a_client_that_leaves_stops_the_request_at_the_service(running: Running) -> None:
    browser = await running.signed_in("ada", roles=OPERATOR)
    with pytest.raises(httpx.ReadTimeout):
        await browser.get("/api/invoices/v1/slow", timeout=0.3)
    await asyncio.wait_for(running.backend.cancelled.wait(), 5)


async def test_an_upload_that_breaks_off_is_never_taken_for_a_whole_one(running: Running) -> None:
    browser = await running.signed_in("ada", roles=OPERATOR)

    async def endless() -> object:
        while True:
            yield b"z" * 10_000
            await asyncio.sleep(0.01)

    upload = asyncio.create_task(browser.post("/api/invoices/v1/upload", content=endless()))
    await asyncio.wait_for(running.backend.started.wait(), 5)
    upload.cancel()
    await asyncio.wait_for(running.backend.cancelled.wait(), 5)
    assert running.backend.received_bytes > 0


async def test_nothing_of_a_service_but_its_api_is_reachable(running: Running) -> None:
    browser = await running.signed_in("ada", roles={"invoices": "admin", "portico": "admin"})
    for path in (
        "/api/invoices/metrics",
        "/api/invoices/docs",
        "/api/invoices/openapi.json",
        "/api/invoices/readyz",
        "/api/invoices/v1/../metrics",
        "/api/invoices/v1/%2e%2e/metrics",
        "/api/invoices/v1/..%2fmetrics",
        "/api/invoices/v1/..%5cmetrics",
        "/api/invoices/v2/echo",
        "/api/%69nvoices/v1/echo",
        "/api/unknown/v1/echo",
        "/api/invoices",
    ):
        response = await browser.http.send(
            httpx.Request(
                "GET",
                httpx.URL(running.url).copy_with(raw_path=path.encode()),
                headers={"Cookie": f"__Host-sid={browser.cookies['__Host-sid']}"},
            )
        )
        assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json"), path
    assert running.backend.seen == []


async def test_without_a_role_nothing_passes(running: Running) -> None:
    browser = await running.signed_in("ada", roles={"portico": "admin"})
    response = await browser.get(ECHO)
    assert (response.status_code, response.json()["code"]) == (403, "no_role")
    assert (await running.browser().get(ECHO)).status_code == 401
    assert running.backend.seen == []


async def test_a_trusted_proxy_may_say_where_the_client_is(start: Start) -> None:
    running = await start(trusted_proxies="127.0.0.1")
    browser = await running.signed_in("ada", roles=OPERATOR)
    await browser.get(ECHO, headers={"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"})
    seen = dict(running.backend.seen[0]["headers"])
    assert (seen["x-forwarded-for"], seen["x-forwarded-proto"]) == ("203.0.113.7", "https")


async def test_trace_and_large_bodies_are_refused_before_the_service_hears_of_them(start: Start) -> None:
    running = await start(most_body_bytes=1_000)
    browser = await running.signed_in("ada", roles=OPERATOR)
    assert (await browser.request("TRACE", ECHO)).status_code == 405
    assert (await browser.post(ECHO, content=b"x" * 2_000)).status_code == 413
    assert running.backend.seen == []

    async def chunks() -> object:
        for _ in range(20):
            yield b"y" * 100

    response = await browser.post("/api/invoices/v1/upload", content=chunks())
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
