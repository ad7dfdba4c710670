"""ASVS 3.4, 13.4, 14.3: security headers on every answer, the console's files, and nothing else of the disk."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.gateway.conftest import Running, Start

SCRIPT = b"let a = 1;"
INDEX = '<html><head><meta name="csp-nonce" content="__CSP_NONCE__"></head><body></body></html>'


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A built console in small."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    script = folder / "assets" / "index-Bq3kV9xZ.js"
    script.write_bytes(SCRIPT)
    script.with_name(script.name + ".br").write_bytes(b"brotli bytes")
    script.with_name(script.name + ".gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.js").write_text("outside")
    return folder


def check_headers(response: httpx.Response) -> None:
    policy = response.headers["content-security-policy"]
    for directive in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    assert len(response.headers.get_list("content-security-policy")) == 1
    assert len(response.headers.get_list("cache-control")) == 1
    assert "server" not in response.headers
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/runs?state=failed", 200),
        ("GET", "/favicon.svg", 200),
        ("GET", "/livez", 200),
        ("GET", "/readyz", 200),
        ("GET", "/api/auth/me", 401),
        ("GET", "/api/nothing", 404),
        ("GET", "/api/openapi.json", 401),
        ("GET", "/api/docs", 303),
        ("GET", "/metrics", 401),
        ("POST", "/api/auth/login", 422),
        ("PATCH", "/api/auth/login", 405),
        ("GET", "/api/auth/login", 405),
        ("GET", "/api/invoices/v1/echo", 401),
        ("GET", "/missing.js", 404),
    ],
)
async def test_every_answer_carries_the_security_headers(
    start: Start, static: Path, method: str, path: str, status: int
) -> None:
    running = await start(static=static)
    response = await running.browser().request(method, path)
    assert response.status_code == status
    check_headers(response)
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["request_id"] == response.headers["x-request-id"]


async def test_answers_of_services_carry_them_too_and_are_not_kept(running: Running) -> None:
    browser = await running.signed_in("ada", roles={"invoices": "viewer"})
    response = await browser.get("/api/invoices/v1/echo")
    check_headers(response)
    assert response.headers["cache-control"] == "no-store"


async def test_https_is_asked_for_for_two_years_when_people_come_over_https(start: Start) -> None:
    running = await start(public_url="https://portico.example")
    for path in ("/livez", "/api/invoices/v1/echo"):
        response = await running.browser().get(path)
        assert response.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    plain = await start()
    assert "strict-transport-security" not in (await plain.browser().get("/livez")).headers


async def test_the_page_gets_a_style_nonce_of_its_own_each_time(start: Start, static: Path) -> None:
    running = await start(static=static)
    nonces = set()
    for _ in range(2):
        response = await running.browser().get("/")
        nonce = re.search(r"style-src 'self' 'nonce-([\w-]{20,})'", response.headers["content-security-policy"])
        assert nonce
        assert f'content="{nonce[1]}"' in response.text
        assert response.headers["cache-control"] == "no-store"
        nonces.add(nonce[1])
    assert len(nonces) == 2


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("br, gzip", "br"), ("gzip", "gzip"), ("gzip;q=0, identity", None), ("", None)]
)
async def test_hashed_files_are_kept_for_a_year_and_sent_compressed(
    start: Start, static: Path, accepted: str, encoding: str | None
) -> None:
    running = await start(static=static)
    request = running.browser().http.build_request(
        "GET", "/assets/index-Bq3kV9xZ.js", headers={"Accept-Encoding": accepted}
    )
    response = await running.browser().http.send(request, stream=True)
    body = b"".join([chunk async for chunk in response.aiter_raw()])
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in response.headers["cache-control"]
    assert response.headers["vary"] == "Accept-Encoding"
    assert (gzip.decompress(body) if encoding == "gzip" else body) == (b"brotli bytes" if encoding == "br" else SCRIPT)


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.js",
        "/%2e%2e/secret.js",
        "/assets/..%2f..%2fsecret.js",
        "/assets/",
        "/index-Bq3kV9xZ.js.br",
        "/%00.js",
        f"/{'x' * 5000}.js",
        "/%ff.js",
    ],
)
async def test_nothing_outside_the_folder_is_served_and_no_listing(start: Start, static: Path, path: str) -> None:
    running = await start(static=static)
    response = await running.browser().get(path)
    assert "outside" not in response.text
    assert "brotli bytes" not in response.text
    assert response.status_code == (404 if "." in path else 200)


async def test_a_console_that_is_not_built_says_how_to_build_it(running: Running) -> None:
    response = await running.browser().get("/")
    assert response.status_code == 503
    assert "npm run build" in response.text


async def test_the_docs_need_a_login_and_hold_nothing_inline(running: Running) -> None:
    stranger = await running.browser().get("/api/docs")
    assert stranger.headers["location"].startswith("/login")
    browser = await running.signed_in("ada")
    page = await browser.get("/api/docs")
    assert page.status_code == 200
    assert "<style" not in page.text
    assert re.findall(r"<script(?![^>]*\bsrc=)", page.text) == []


async def test_metrics_need_a_role_for_portico(running: Running) -> None:
    browser = await running.signed_in("ada", roles={"invoices": "admin"})
    assert (await browser.get("/metrics")).status_code == 403
    key = await running.key("prometheus", portico="viewer")
    response = await running.browser().get("/metrics", headers=key)
    assert response.status_code == 200
    assert "http_requests_total" in response.text
