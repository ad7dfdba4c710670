"""A mail that some recipients did not get: it waits for a person, with what can be done about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from common.app import create_service_app
from common.mail_service import sql
from common.outbox import send_due
from services.invoices.mails.samples import SAMPLES
from services.invoices.main import SERVICE
from services.invoices.options import MailOptions
from tests.support.api import check_problem, client, serving
from tests.support.inbox_site import InboxSite, open_inbox_site
from tests.support.mail_server import MailServer, running_mail_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    import httpx

    from tests.support.servers import DatabaseUrl

pytestmark = pytest.mark.servers

MANY = """
INSERT INTO outbox (kind, key, payload, state, sent_at)
SELECT 'mail', 'old:' || n, '{"kind": "expired", "to": "chief@example.org"}', 'sent', now()
FROM generate_series(1, 2000) AS n
"""
RIGHT, WRONG, CORRECTED = "chief@example.org", "cheif@example.org", "deputy@example.org"


@pytest.fixture
def server(free_port: Callable[[], int]) -> Iterator[MailServer]:
    with running_mail_server(free_port()) as running:
        running.refused_recipients[WRONG] = "550 No such user."
        yield running


@pytest.fixture
async def site(
    make_database: Callable[..., DatabaseUrl], server: MailServer, tmp_path: Path
) -> AsyncIterator[InboxSite]:
    url = make_database(*SERVICE.components)
    smtp = f"smtp://127.0.0.1:{server.port}"
    async with open_inbox_site(url, make_database(), tmp_path, smtp_url=smtp) as opened:
        await opened.put_options(MailOptions, recipients=[RIGHT, WRONG])
        async with opened.core.db.transaction() as conn:
            await opened.resources.mails.put(conn, "expired", "expired:1", SAMPLES["expired"])
        await deliver(opened)
        yield opened


@pytest.fixture
async def api(site: InboxSite) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(create_service_app(SERVICE, site.settings)) as app, client(app, name="M. Rossi") as caller:
        yield caller


async def deliver(site: InboxSite) -> None:
    await send_due(site.core.db, site.resources, SERVICE.outbox)


async def questions(api: httpx.AsyncClient) -> list[dict]:
    items = (await api.get("/v1/attention")).json()["items"]
    return [item for item in items if item["code"] == "mail_refused"]


async def press(api: httpx.AsyncClient, name: str) -> httpx.Response:
    [item] = await questions(api)
    [action] = [action for action in item["actions"] if action["name"] == name]
    return await api.post(action["path"], json=action["body"])


async def test_it_says_who_did_not_get_it_and_why(api: httpx.AsyncClient, server: MailServer) -> None:
    assert [recipients for recipients, _ in server.received] == [[RIGHT]]
    [item] = await questions(api)
    assert (item["severity"], item["params"]["refused"], item["params"]["key"]) == ("warning", WRONG, "expired:1")
    assert item["detail"] == f"{WRONG}: 550 No such user."
    assert datetime.fromisoformat(item["since"]).astimezone(UTC).date() == datetime.now(UTC).date()
    assert [action["name"] for action in item["actions"]] == ["resend", "dismiss"]


async def test_with_corrected_recipients_only_the_new_one_gets_it_again(
    api: httpx.AsyncClient, site: InboxSite, server: MailServer
) -> None:
    await site.put_options(MailOptions, recipients=[RIGHT, CORRECTED])
    assert (await press(api, "resend")).status_code == 204
    assert await questions(api) == []
    await deliver(site)
    assert [recipients for recipients, _ in server.received] == [[RIGHT], [CORRECTED]]
    first, second = (message for _, message in server.received)
    assert first["Subject"] == second["Subject"]
    entry = await site.fetchrow("SELECT actor, action, after FROM audit_entries")
    assert tuple(entry) == ("M. Rossi", "message.resent", {WRONG: "550 No such user."})


async def test_an_address_that_is_refused_again_alone_is_a_dead_letter(api: httpx.AsyncClient, site: InboxSite) -> None:
    await press(api, "resend")
    await deliver(site)
    codes = [item["code"] for item in (await api.get("/v1/attention")).json()["items"]]
    assert codes == ["outbox_dead"]


async def test_a_resend_that_would_reach_nobody_is_refused_and_says_what_to_do(
    api: httpx.AsyncClient, site: InboxSite
) -> None:
    await site.put_options(MailOptions, recipients=[RIGHT])
    problem = check_problem(await press(api, "resend"), 409, "no_recipient")
    assert "options" in problem["detail"]
    assert len(await questions(api)) == 1


async def test_it_can_be_left_at_that(api: httpx.AsyncClient, site: InboxSite, server: MailServer) -> None:
    assert (await press(api, "dismiss")).status_code == 204
    assert await questions(api) == []
    await deliver(site)
    assert len(server.received) == 1


async def test_two_people_settle_it_once(api: httpx.AsyncClient, site: InboxSite) -> None:
    row = await site.fetchrow("SELECT id FROM outbox")
    assert (await api.post(f"/v1/mails/{row['id']}/resend")).status_code == 204
    check_problem(await api.post(f"/v1/mails/{row['id']}/dismiss"), 409, "already_settled")


async def test_a_mail_that_all_got_can_not_be_sent_again(api: httpx.AsyncClient, site: InboxSite) -> None:
    await press(api, "dismiss")
    await site.put_options(MailOptions, recipients=[RIGHT])
    async with site.core.db.transaction() as conn:
        await site.resources.mails.put(conn, "expired", "expired:2", SAMPLES["expired"])
    await deliver(site)
    row = await site.fetchrow("SELECT id FROM outbox WHERE key = 'expired:2' AND state = 'sent'")
    check_problem(await api.post(f"/v1/mails/{row['id']}/resend"), 404, "unknown_message")
    assert await questions(api) == []


async def test_asking_reads_no_mail_that_everybody_got(site: InboxSite) -> None:
    async with site.core.db.connection() as conn:
        await conn.execute(MANY)
        plan = "\n".join(row[0] for row in await conn.fetch(f"EXPLAIN {sql.list_refused}"))
    assert "outbox_refused_idx" in plan
