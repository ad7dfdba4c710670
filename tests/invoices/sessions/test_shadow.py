"""Shadow mode: beside an older application, files are imported and reported; nothing is deleted, started or mailed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from common.app import create_service_app
from common.outbox import send_due
from services.invoices.main import SERVICE
from services.invoices.options import ShadowOptions
from services.invoices.sessions.rules import Event, Go, Reason, Refuse, Situation, State, decide
from tests.support.api import client, serving
from tests.support.inbox_site import MORNING, lines, open_inbox_site
from tests.support.mail_server import running_mail_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    import httpx

    from tests.support.inbox_site import InboxSite
    from tests.support.servers import DatabaseUrl

THREE = lines(600000001, 600000002, 600000003)


@pytest.fixture
async def api(inbox_site: InboxSite) -> AsyncIterator[httpx.AsyncClient]:
    shift = int((MORNING - datetime.now(UTC)).total_seconds())
    settings = inbox_site.settings.model_copy(update={"clock_shift_seconds": shift})
    async with serving(create_service_app(SERVICE, settings)) as app, client(app, name="M. Rossi") as caller:
        yield caller


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (Situation(State.NONE, shadow=True), Refuse("no_session")),
        (Situation(State.READY, shadow=True), Refuse("shadow_mode")),
        (Situation(State.FAILED, Reason.UPLOAD_FAILED, shadow=True), Refuse("shadow_mode")),
        (Situation(State.FAILED, Reason.LOG_FAILURE, shadow=True), Refuse("not_retryable")),
        (Situation(State.OPEN, shadow=True), Refuse("already_started")),
        (Situation(State.READY), Go(State.OPENING)),
    ],
)
def test_only_a_start_is_refused(situation: Situation, expected: object) -> None:
    assert decide(situation, Event.START) == expected


async def test_a_file_is_imported_and_stays_in_the_inbox(inbox_site: InboxSite) -> None:
    await inbox_site.put_options(ShadowOptions, enabled=True)
    name = inbox_site.drop(THREE)
    await inbox_site.pick_up()
    await inbox_site.pick_up()
    assert [file["state"] for file in await inbox_site.files()] == ["imported"]
    assert inbox_site.left() == [name]
    await inbox_site.put_options(ShadowOptions, enabled=False)
    await inbox_site.pick_up()
    assert inbox_site.left() == []


async def test_a_file_that_the_older_application_took_away_is_no_trouble(inbox_site: InboxSite) -> None:
    await inbox_site.put_options(ShadowOptions, enabled=True)
    name = inbox_site.drop(THREE)
    await inbox_site.pick_up()
    (inbox_site.inbox / name).unlink()
    assert (await inbox_site.pick_up())["state"] == "succeeded"
    await inbox_site.put_options(ShadowOptions, enabled=False)
    assert (await inbox_site.pick_up())["state"] == "succeeded"


async def test_start_is_refused_and_says_why(api: httpx.AsyncClient, inbox_site: InboxSite) -> None:
    await inbox_site.put_options(ShadowOptions, enabled=True)
    await api.post("/v1/files", files={"file": ("by hand.txt", THREE)})
    answer = await api.post("/v1/session/start")
    assert (answer.status_code, answer.json()["code"]) == (409, "shadow_mode")
    status = (await api.get("/v1/session")).json()
    assert (status["state"], status["shadow"], status["attempt"]) == ("ready", True, 0)
    assert (status["buttons"]["start"]["enabled"], status["buttons"]["start"]["code"]) == (False, "shadow_mode")
    assert await inbox_site.fetch("SELECT FROM runs") == []
    await inbox_site.put_options(ShadowOptions, enabled=False)
    assert (await api.post("/v1/session/start")).status_code == 202


@pytest.mark.parametrize(
    ("shadow", "to", "mark"), [(True, "trial@example.org", True), (False, "warehouse@example.org", False)]
)
async def test_mails_are_marked_and_go_to_nobody_else(
    make_database: Callable[..., DatabaseUrl],
    free_port: Callable[[], int],
    tmp_path: Path,
    *,
    shadow: bool,
    to: str,
    mark: bool,
) -> None:
    port = free_port()
    url, customer = make_database(*SERVICE.components), make_database()
    async with open_inbox_site(url, customer, tmp_path, smtp_url=f"smtp://127.0.0.1:{port}") as site:
        await site.put_options(ShadowOptions, enabled=shadow, recipients=["trial@example.org"])
        site.drop(THREE)
        await site.pick_up()
        with running_mail_server(port) as server:
            await send_due(site.core.db, site.resources, SERVICE.outbox)
        ((recipients, message),) = server.received
        assert recipients == [to]
        assert message["Subject"].startswith("[shadow] ") is mark
