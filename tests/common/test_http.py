"""The HTTP client against a real server on a real socket: what each kind of failure becomes, tokens, certificates."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from common.errors import Ambiguous, Permanent, RemoteError, Transient
from common.http import CODES, Answer, Token, TokenSource, open_http
from common.limits import TargetLimit
from tests.support.authority import make_authority

KNOWN_ELSEWHERE = dict.fromkeys(["remote_unreachable", "remote_unavailable", "certificate_refused", "target_busy"])

pytestmark = pytest.mark.servers


@dataclass
class Site:
    """An HTTP server that answers as it is told, down to single bytes, and keeps what it was asked."""

    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    port: int = 0
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def reply(self, status: int = 200, body: Any = None, **headers: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} Told", f"content-length: {len(raw)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.answers.append("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().strip().split("\r\n")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, path, _ = first.split(" ")
                self.asked.append((method, path, headers, body))
                answer = self.answers.pop(0) if self.answers else b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
                if answer == "silence":
                    await asyncio.sleep(30)
                if answer == "reset":
                    writer.transport.abort()
                    return
                writer.write(answer)
                await writer.drain()
                if b"close" in answer.partition(b"\r\n\r\n")[0]:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def running(tls: ssl.SSLContext | None = None):
    site = Site(scheme="https" if tls else "http")
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()


@pytest.fixture
async def site():
    async with running() as site:
        yield site


@asynccontextmanager
async def http_to(site: Site, **options: Any):
    async with open_http(site.url, target="crm", **{"timeout_seconds": 0.5, **options}) as http:
        yield http


async def failure(http, method: str = "POST", **more: Any) -> RemoteError:
    with pytest.raises(RemoteError) as raised:
        await http.send(method, "/things?secret=1", json={"a": 1}, **more)
    assert raised.value.target == "crm"
    assert "secret" not in raised.value.detail
    assert raised.value.code in CODES | KNOWN_ELSEWHERE, "the reference of errors tells it"
    return raised.value


async def test_a_good_answer_comes_back_whole(site):
    site.reply(201, {"id": 7})
    async with http_to(site, headers={"X-Ours": "yes"}) as http:
        answer = await http.send("POST", "/things", json={"a": 1}, params={"page": 2})
    assert (answer.status, answer.json()) == (201, {"id": 7})
    method, path, headers, body = site.asked[0]
    assert (method, path, headers["x-ours"], json.loads(body)) == ("POST", "/things?page=2", "yes", {"a": 1})


async def test_what_never_left_the_house_may_be_tried_again(free_port):
    async with http_to(Site(port=free_port())) as http:
        error = await failure(http)
    assert isinstance(error, Transient)
    assert error.code == "remote_unreachable"


@pytest.mark.parametrize(
    "answer",
    [
        "silence",
        "reset",
        b"",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\n{",
        b"what is this?\r\nclose\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nplain",
    ],
    ids=["silence", "reset", "nothing", "half", "garbage", "bad gzip"],
)
async def test_a_create_without_a_proper_answer_is_in_doubt_and_a_question_is_not(site, answer):
    async with http_to(site) as http:
        for method, more, kind in (
            ("POST", {}, Ambiguous),
            ("PUT", {}, Transient),
            ("POST", {"repeatable": True}, Transient),
        ):
            site.answers.append(answer)
            error = await failure(http, method, **more)
            assert type(error) is kind, (method, more)
            assert error.code == "remote_no_answer"
    assert len(site.asked) == 3  # nothing is sent twice by itself


@pytest.mark.parametrize(
    ("status", "create", "question", "code"),
    [
        (400, Permanent, Permanent, "remote_rejected"),
        (403, Permanent, Permanent, "remote_forbidden"),
        (404, Permanent, Permanent, "remote_not_found"),
        (302, Permanent, Permanent, "remote_rejected"),
        (429, Transient, Transient, "remote_too_many_requests"),
        (500, Ambiguous, Transient, "remote_failed"),
        (503, Ambiguous, Transient, "remote_failed"),
    ],
)
async def test_each_status_has_its_meaning(site, status, create, question, code):
    async with http_to(site) as http:
        for method, kind in (("POST", create), ("GET", question)):
            site.reply(status, {"Message": "No such\n person"})
            error = await failure(http, method)
            assert type(error) is kind
            assert (error.code, error.params["status"]) == (code, status)
            assert "No such person" in error.detail


async def test_a_system_may_be_known_to_do_nothing_when_it_answers_503(site):
    site.reply(503)
    async with http_to(site, never_happened={429, 503}) as http:
        assert isinstance(await failure(http), Transient)


async def test_a_caller_may_want_to_see_a_refusal(site):
    site.reply(404, {"error": "gone"})
    async with http_to(site) as http:
        answer = await http.send("PUT", "/things/1", accept={404})
    assert (answer.status, answer.words()) == (404, "gone")


async def test_an_error_inside_a_good_answer_is_a_refusal(site):
    def error_inside(answer: Answer) -> str | None:
        error = answer.json().get("error")
        return str(error) if error else None

    async with http_to(site, find_error=error_inside) as http:
        site.reply(200, {"error": "account closed"})
        error = await failure(http)
        assert isinstance(error, Permanent)
        assert "account closed" in error.detail
        site.reply(200, {"error": None, "id": 1})
        assert (await http.send("POST", "/things")).json()["id"] == 1


async def test_a_create_whose_good_answer_can_not_be_read_is_in_doubt(site):
    async with http_to(site) as http:
        for method, kind in (("POST", Ambiguous), ("GET", Transient)):
            site.reply(200, b"<html>")
            answer = await http.send(method, "/things")
            with pytest.raises(kind, match="not JSON"):
                answer.json()


async def test_a_refusal_that_nests_without_end_is_a_refusal(site):
    site.reply(400, b"[" * 1000 + b'"no"' + b"]" * 1000)
    async with http_to(site) as http:
        refused = await failure(http)
    assert (refused.code, refused.params["status"]) == ("remote_rejected", 400)


async def test_an_endless_answer_is_cut_off(site, monkeypatch):
    monkeypatch.setattr("common.http.MOST_BYTES", 1000)
    packed = gzip.compress(b"0" * 5000)
    site.reply(200, packed, content_encoding="gzip")
    async with http_to(site) as http:
        assert (await failure(http, "GET")).code == "remote_bad_reply"


async def test_the_other_sides_wish_to_rest_is_told_and_kept(site):
    limit = TargetLimit("crm", longest_wait_seconds=5)
    async with http_to(site, limit=limit) as http:
        site.reply(429, retry_after="120")
        error = await failure(http)
        assert isinstance(error, Transient)
        assert error.retry_after_seconds == 120
        held = await failure(http)
        assert held.code == "target_busy"
        assert 100 < held.retry_after_seconds <= 120
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [("Sat, 21 Nov 2026 10:01:00 GMT", 60), ("Sat, 21 Nov 2026 09:00:00 GMT", 0), ("soon", None), ("-5", None)],
)
async def test_a_wish_may_be_a_date(site, wish, seconds):
    site.reply(503, retry_after=wish, date="Sat, 21 Nov 2026 10:00:00 GMT")
    async with http_to(site) as http:
        error = await failure(http, "GET")
    assert error.retry_after_seconds == seconds


class LogIn:
    """Hands out numbered tokens, slowly."""

    def __init__(self, seconds: float | None = None) -> None:
        self.times = 0
        self.seconds = seconds

    async def __call__(self) -> Token:
        self.times += 1
        number = self.times
        await asyncio.sleep(0.05)
        return Token.lasting(f"t{number}", self.seconds)


async def test_one_log_in_serves_all_and_a_refused_token_is_replaced_once(site):
    log_in = LogIn()
    async with http_to(site) as http:
        http.use(TokenSource(log_in))
        await asyncio.gather(*(http.send("GET", "/a") for _ in range(4)))
        assert log_in.times == 1
        assert {asked[2]["authorization"] for asked in site.asked} == {"Bearer t1"}
        site.asked.clear()
        for _ in range(4):
            site.reply(401)
        await asyncio.gather(*(http.send("POST", "/b") for _ in range(4)))
        assert log_in.times == 2
        assert sorted(asked[2]["authorization"] for asked in site.asked) == ["Bearer t1"] * 4 + ["Bearer t2"] * 4


async def test_a_second_refusal_is_final(site):
    log_in = LogIn()
    async with http_to(site) as http:
        http.use(TokenSource(log_in))
        site.reply(401)
        site.reply(401)
        error = await failure(http)
    assert isinstance(error, Permanent)
    assert (error.code, log_in.times, len(site.asked)) == ("remote_unauthorized", 2, 2)


async def test_a_token_that_ends_soon_is_not_used(site):
    log_in = LogIn(seconds=10)
    async with http_to(site) as http:
        http.use(TokenSource(log_in, early_seconds=30))
        await http.send("GET", "/a")
        await http.send("GET", "/a")
    assert log_in.times == 2


async def test_a_log_in_that_fails_is_told_to_all_and_tried_anew_by_the_next(site):
    times = 0

    async def refuse() -> Token:
        nonlocal times
        times += 1
        await asyncio.sleep(0.02)
        raise Permanent("Wrong password.", target="crm", code="remote_unauthorized")

    async with http_to(site) as http:
        http.use(TokenSource(refuse))
        results = await asyncio.gather(*(http.send("GET", "/a") for _ in range(3)), return_exceptions=True)
        assert [getattr(result, "code", None) for result in results] == ["remote_unauthorized"] * 3
        assert times == 1
        await failure(http, "GET")
        assert times == 2
        assert (await http.send("GET", "/open", token=False)).status == 200
    assert len(site.asked) == 1


async def test_who_gives_up_leaves_the_others_their_log_in(site):
    log_in = LogIn()
    async with http_to(site) as http:
        http.use(TokenSource(log_in))
        first, second = (asyncio.create_task(http.send("GET", "/a")) for _ in range(2))
        await asyncio.sleep(0.01)
        first.cancel()
        assert (await second).status == 200
    assert log_in.times == 1


async def test_certificates_are_checked_in_both_directions(tmp_path):
    authority, ours = map(str, make_authority(tmp_path))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority)
    tls.load_cert_chain(ours)
    tls.verify_mode = ssl.CERT_REQUIRED
    async with running(tls) as site:
        async with http_to(site) as http:
            error = await failure(http, "GET")
            assert (type(error), error.code) == (Permanent, "certificate_refused")
        async with http_to(site, ca_file=authority) as http:
            assert isinstance(await failure(http, "GET"), Transient)
        async with http_to(site, ca_file=authority, certificate=(ours, ours)) as http:
            assert (await http.send("GET", "/a")).status == 200
