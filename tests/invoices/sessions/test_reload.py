"""A page that is loaded again, or opened on a second screen, shows the same day: nothing of it lives in the page."""

import asyncio

import orjson
import pytest

from common.app import create_service_app
from common.identity import Verifier, public_set_json
from common.sse import Streams
from services.invoices.sessions.endpoints import DAYS
from services.invoices.sessions.rules import Situation, State, buttons
from tests.support.api import KEY, client
from tests.support.session_site import COMPONENTS, DAY, OPERATOR, Site, open_site
from tests.support.session_states import SITUATIONS, arrange, name_of

pytestmark = pytest.mark.servers


@pytest.fixture
async def site(make_database, tmp_path):
    async with open_site(make_database(*COMPONENTS), tmp_path) as opened:
        yield opened


@pytest.fixture
def app(site: Site):
    app = create_service_app(site.definition, site.core.settings)
    app.state.definition, app.state.core, app.state.resources = site.definition, site.core, site
    app.state.verifier = Verifier(public_set_json(KEY), "invoices")
    return app


async def load(app, name: str):
    """What a screen is built from: the session, asked for by somebody who has just opened the page."""
    async with client(app, "operator", name=name) as caller:
        answer = await caller.get("/v1/session")
    assert answer.status_code == 200
    return answer.json()


async def first_event(site: Site):
    """What a stream that is opened now begins with."""
    async with asyncio.timeout(5), Streams(site.core.db, poll_seconds=0.02).running() as streams:
        body = streams.response(DAYS, key=DAY.isoformat()).body_iterator
        async for chunk in body:
            if chunk.startswith(b"id:"):
                fields = dict(line.split(b": ", 1) for line in chunk.strip().split(b"\n"))
                await body.aclose()
                return orjson.loads(fields[b"data"])
    raise AssertionError("the stream ended without an event")


@pytest.mark.parametrize("now", SITUATIONS, ids=name_of)
async def test_a_reload_shows_the_same_in_every_situation(site: Site, app, now: Situation):
    await arrange(site, now)
    shown = await load(app, "M. Rossi")
    assert await load(app, "M. Rossi") == shown
    assert await load(app, "A. Bianchi") == shown
    if now.state is not State.NONE:
        assert await first_event(site) == shown
    expected = {name: (button.enabled, button.code, button.needs_force) for name, button in buttons(now).items()}
    told = {name: (one["enabled"], one["code"], one["needs_force"]) for name, one in shown["buttons"].items()}
    assert (shown["state"], shown["reason"], told) == (now.state, now.reason, expected)
    assert all(one["enabled"] or one["why"] for one in shown["buttons"].values())


async def test_after_start_a_reload_and_the_other_screen_have_no_start_any_more(site: Site, app):
    await arrange(site, Situation(State.READY, total=3))
    await site.sessions.start(OPERATOR)
    for name in ("M. Rossi", "A. Bianchi"):
        start = (await load(app, name))["buttons"]["start"]
        assert (start["enabled"], start["code"]) == (False, "already_started")
    assert (await first_event(site))["buttons"]["start"]["enabled"] is False
