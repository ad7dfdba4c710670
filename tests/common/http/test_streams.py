"""Live streams over a real socket: what comes, in which form, from where on; one poll for everybody."""

import asyncio
import contextlib
import json
import os
import sys

import httpx
import pytest

from common.app import create_service_app
from common.identity import public_set_json
from common.settings import ServiceSettings
from common.sse import HEARTBEAT_SECONDS, Event, Feed, Streams
from tests.common.http.sample.service import SAMPLE
from tests.support.api import KEY, NOWHERE, api_settings, check_problem, client, identity, listening


@pytest.fixture
async def served(make_database):
    settings = api_settings(ServiceSettings, make_database(*SAMPLE.components))
    app = create_service_app(SAMPLE, settings)
    async with listening(app) as url:
        yield app, url


async def read(stream: httpx.Response, count: int) -> list[dict]:
    """The next `count` events, comments and retry left out."""
    events: list[dict] = []
    event: dict = {}
    async for line in stream.aiter_lines():
        if line.startswith((":", "retry")):
            continue
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif event:
            events.append(event)
            event = {}
        if len(events) == count:
            break
    return events


async def new_note(app, text: str) -> str:
    return (await client(app).post("/v1/notes", json={"text": text})).json()["id"]


async def change(app, note: str, text: str) -> None:
    changed = await client(app).patch(f"/v1/notes/{note}", json={"text": text}, headers={"If-Match": "*"})
    assert changed.status_code == 200


@contextlib.asynccontextmanager
async def listen(app, url: str, note: str, **headers: str):
    async with (
        httpx.AsyncClient(base_url=url, headers=identity(app, "viewer") | headers, timeout=10) as api,
        api.stream("GET", f"/v1/notes/{note}/events") as stream,
    ):
        yield stream


async def test_a_stream_tells_the_present_then_each_change_and_ends(served) -> None:
    app, url = served
    note = await new_note(app, "one")
    async with listen(app, url, note) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        lines = stream.aiter_lines()
        assert await anext(lines) == "retry: 3000"
        assert await anext(lines) == ""
        first = [await anext(lines) for _ in range(3)]
        assert first == ["id: 1", "event: message", 'data: {"text":"one"}']
        await change(app, note, "two")
        await change(app, note, "end")
        rest = [line async for line in lines if line.startswith(("id", "data"))]
    assert rest[-2:] == ["id: 3", 'data: {"text":"end"}']


async def test_a_listener_that_comes_back_goes_on_where_it_was(served) -> None:
    app, url = served
    note = await new_note(app, "one")
    async with listen(app, url, note) as stream:
        (seen,) = await read(stream, 1)
    await change(app, note, "two")
    async with listen(app, url, note, **{"Last-Event-ID": seen["id"]}) as stream:
        (missed,) = await read(stream, 1)
    assert json.loads(missed["data"]) == {"text": "two"}
    async with listen(app, url, note, **{"Last-Event-ID": missed["id"]}) as stream:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(read(stream, 1), 1.5)


async def test_last_event_id_must_be_a_number(app) -> None:
    answer = await client(app).get(
        "/v1/notes/00000000-0000-7000-8000-000000000000/events", headers={"Last-Event-ID": "'; DROP"}
    )
    check_problem(answer, 422, "invalid_input")


class Counting:
    """A database that counts how often it is asked; the feed makes up its events."""

    def __init__(self) -> None:
        self.asked = 0
        self.version = 0
        self.failing = False

    @contextlib.asynccontextmanager
    async def connection(self):
        self.asked += 1
        if self.failing:
            raise ConnectionResetError
        yield self

    async def read(self, _conn, wanted):
        self.version += 1
        return [Event(key, self.version, {"n": self.version}) for key in wanted]


async def take(response, count: int) -> list[bytes]:
    pieces = []
    async for piece in response.body_iterator:
        if piece.startswith(b"id"):
            pieces.append(piece)
        if len(pieces) == count:
            break
    await response.body_iterator.aclose()
    return pieces


async def test_one_poll_serves_all_listeners_and_none_happens_without() -> None:
    source = Counting()
    feed = Feed("numbers", source.read)
    async with Streams(source, poll_seconds=0.05).running() as streams:
        await asyncio.sleep(0.2)
        assert source.asked == 0
        before = asyncio.get_running_loop().time()
        got = await asyncio.gather(*(take(streams.response(feed, key=f"key {n % 5}"), 3) for n in range(50)))
        took = asyncio.get_running_loop().time() - before
        assert all(len(pieces) == 3 for pieces in got)
        assert source.asked <= took / 0.05 + 55  # each newcomer may wake the poll once
        asked = source.asked
        await asyncio.sleep(0.2)
        assert source.asked <= asked + 1
        assert not streams._listeners


async def test_a_database_that_is_away_only_delays_the_stream() -> None:
    source = Counting()
    source.failing = True
    async with Streams(source, poll_seconds=0.02).running() as streams:
        waiting = asyncio.create_task(take(streams.response(Feed("n", source.read), key="a"), 1))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        source.failing = False
        assert await asyncio.wait_for(waiting, 2)


async def test_who_does_not_read_is_cut_off_and_holds_nobody_up() -> None:
    source = Counting()

    async def flood(_conn, wanted):
        return [Event(key, wanted[key] + n, {}) for key in wanted for n in range(1, 1200)]

    feed = Feed("flood", flood)
    async with Streams(source, poll_seconds=0.01).running() as streams:
        body = streams.response(feed, key="a").body_iterator
        await anext(body)  # joins, then does not read on
        await asyncio.sleep(0.1)
        (listener,) = streams._listeners[feed]["a"]
        assert listener.cut
        rest = [piece async for piece in body]
        assert 0 < len(rest) <= 1000


async def test_a_reader_with_a_mistake_ends_its_streams_and_the_next_start_anew() -> None:
    source = Counting()

    async def mistaken(_conn, _wanted):
        if source.asked == 1:
            raise ZeroDivisionError
        return await source.read(_conn, _wanted)

    feed = Feed("mistaken", mistaken)
    async with Streams(source, poll_seconds=0.01).running() as streams:
        assert await asyncio.wait_for(take(streams.response(feed, key="a"), 1), 1) == []
        assert len(await asyncio.wait_for(take(streams.response(feed, key="a"), 1), 1)) == 1


async def test_stopping_ends_every_stream() -> None:
    source = Counting()

    async def nothing(_conn, _wanted):
        return []

    async with Streams(source, poll_seconds=0.01).running() as streams:
        reading = asyncio.create_task(take(streams.response(Feed("none", nothing), key="a"), 1))
        await asyncio.sleep(0.05)
    assert await asyncio.wait_for(reading, 1) == []


async def test_a_silent_stream_beats() -> None:
    source = Counting()

    async def nothing(_conn, _wanted):
        return []

    assert HEARTBEAT_SECONDS == 15
    async with Streams(source, poll_seconds=0.01, heartbeat_seconds=0.05).running() as streams:
        body = streams.response(Feed("none", nothing), key="a").body_iterator
        pieces = [await anext(body) for _ in range(3)]
        await body.aclose()
    assert pieces[1:] == [b": still here\n\n"] * 2


async def test_a_stopping_process_ends_its_streams_at_once(make_database, free_port) -> None:
    port = free_port()
    run = "from common.process import run_process; from tests.common.http.sample.service import SAMPLE as S;"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"{run} raise SystemExit(run_process(S, ['api', '--port', '{port}']))",
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "DATABASE_URL": make_database(*SAMPLE.components),
            "REDIS_URL": NOWHERE,
            "IDENTITY_KEYS": public_set_json(KEY),
        },
        stdout=asyncio.subprocess.PIPE,
    )
    url, app = f"http://127.0.0.1:{port}", create_service_app(SAMPLE)
    async with httpx.AsyncClient(base_url=url, headers=identity(app), timeout=10) as api:
        while True:
            with contextlib.suppress(httpx.ConnectError):
                await api.get("/livez")
                break
            assert process.returncode is None, await process.stdout.read()
            await asyncio.sleep(0.1)
        note = (await api.post("/v1/notes", json={"text": "one"})).json()["id"]
        async with listen(app, url, note) as stream:
            await read(stream, 1)
            began = asyncio.get_running_loop().time()
            process.terminate()
            await process.wait()
    assert asyncio.get_running_loop().time() - began < 5
    log = (await process.stdout.read()).decode()
    assert "Traceback" not in log
    assert all(json.loads(line)["service"] == "sample" for line in log.splitlines())
