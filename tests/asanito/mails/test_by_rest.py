"""Mails of the bridge for people: how each looks, whose words it has, and what to do when some did not get it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from common.app import create_service_app
from common.identity import public_set_json
from common.mail_service import sql
from common.outbox import send_due
from services.asanito.mails.samples import SAMPLES
from services.asanito.mails.schemas import KINDS
from services.asanito.mails.service import MAIL_KINDS
from services.asanito.main import SERVICE
from services.asanito.options import MailOptions
from tests.support.api import KEY, check_problem, client, serving

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.support.asanito_site import AsanitoSite
    from tests.support.mail_server import MailServer

pytestmark = pytest.mark.servers

RIGHT, WRONG, CORRECTED = "chief@example.org", "cheif@example.org", "deputy@example.org"
MANY = """
INSERT INTO outbox (kind, key, payload, state, sent_at)
SELECT 'mail', 'old:' || n, '{"kind": "morning", "to": "chief@example.org"}', 'sent', now()
FROM generate_series(1, 2000) AS n
"""


async def deliver(site: AsanitoSite) -> None:
    await send_due(site.core.db, site.resources, SERVICE.outbox)


async def open_items(api: httpx.AsyncClient, code: str) -> list[dict]:
    return [item for item in (await api.get("/v1/attention")).json()["items"] if item["code"] == code]


async def put(site: AsanitoSite, kind: str = "target_down", key: str = "target_down:1") -> None:
    async with site.core.db.transaction() as conn:
        assert await site.resources.mails.put(conn, kind, key, SAMPLES[kind])


async def test_every_mail_can_be_previewed_in_three_languages_and_nothing_is_sent(site: AsanitoSite) -> None:
    async with site.api() as app, client(app, "admin") as admin:
        for kind in KINDS:
            for locale in MAIL_KINDS.locales:
                shown = (await admin.post("/v1/mails/preview", json={"kind": kind, "locale": locale})).json()
                assert all((shown["subject"], shown["text"], "<html" in shown["html"])), kind
                assert (shown["source"], shown["error"]) == ("built_in", None)
        items = (await admin.get("/v1/mails/templates")).json()["items"]
        assert {(item["kind"], item["locale"]) for item in items} == {
            (k, loc) for k in KINDS for loc in MAIL_KINDS.locales
        }
        framed = await admin.get("/v1/mails/preview.html", params={"kind": "morning", "locale": "fa"})
        assert 'dir="rtl"' in framed.text
        assert "sandbox" in framed.headers["content-security-policy"]
        assert (await admin.post("/v1/mails/preview", json={"kind": "import"})).status_code == 422
    assert await site.rows("SELECT FROM outbox") == []


@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_only_an_administrator_sees_templates(site: AsanitoSite, role: str) -> None:
    async with site.api() as app, client(app, role) as caller:
        assert (await caller.get("/v1/mails/templates")).status_code == 403
        assert (await caller.post("/v1/mails/preview", json={"kind": "morning"})).status_code == 403
        assert (await caller.get("/v1/mails/preview.html", params={"kind": "morning"})).status_code == 403


async def test_own_words_are_shown_and_a_broken_text_says_why_and_stops_no_alert(
    mailing: AsanitoSite, server: MailServer, tmp_path: Path
) -> None:
    built_in = SERVICE.migrations.parent / "mails" / "templates" / "it" / "words.j2"
    (tmp_path / "it").mkdir()
    words = built_in.read_text(encoding="utf-8").replace("Asanito non risponde", "Giù")
    (tmp_path / "it" / "words.j2").write_text(words, encoding="utf-8")
    (tmp_path / "it" / "morning.txt.j2").write_text("{{ nobody_knows_this }}")
    settings = mailing.core.settings.model_copy(
        update={"mail_templates": str(tmp_path), "identity_keys": SecretStr(public_set_json(KEY))}
    )
    async with serving(create_service_app(SERVICE, settings)) as app, client(app, "admin") as admin:
        items = (await admin.get("/v1/mails/templates")).json()["items"]
        states = {item["kind"]: item for item in items if item["locale"] == "it"}
        assert (states["target_down"]["source"], states["target_down"]["own_parts"]) == ("own", ["words"])
        assert (states["morning"]["source"], states["morning"]["own_parts"]) == ("built_in", ["txt", "words"])
        assert "nobody_knows_this" in states["morning"]["error"]
        shown = (await admin.post("/v1/mails/preview", json={"kind": "target_down", "locale": "it"})).json()
        assert shown["subject"] == "Giù"
        [item] = await open_items(admin, "mail_template_broken")
        assert (item["params"]["kind"], item["params"]["locale"]) == ("morning", "it")
        await mailing.put_options(MailOptions, locale="it")
        await put(mailing, "morning", "morning:1")
        await send_due(mailing.core.db, app.state.resources, SERVICE.outbox)
    [(_, message)] = server.received
    assert "nobody_knows_this" not in message.get_body(("plain",)).get_content()


@pytest.fixture
async def refused(mailing: AsanitoSite, server: MailServer) -> AsanitoSite:
    """An alert that one of two recipients did not get."""
    server.refused_recipients[WRONG] = "550 No such user."
    await mailing.put_options(MailOptions, recipients=[RIGHT, WRONG])
    await put(mailing)
    await deliver(mailing)
    return mailing


async def press(api: httpx.AsyncClient, name: str) -> httpx.Response:
    [item] = await open_items(api, "mail_refused")
    assert (item["params"]["refused"], item["detail"]) == (WRONG, f"{WRONG}: 550 No such user.")
    [action] = [action for action in item["actions"] if action["name"] == name]
    return await api.post(action["path"], json=action["body"])


async def test_with_corrected_recipients_only_who_lacks_it_gets_it_again(
    refused: AsanitoSite, server: MailServer
) -> None:
    async with refused.api() as app, client(app, "operator", name="M. Rossi") as api:
        await refused.put_options(MailOptions, recipients=[RIGHT])
        check_problem(await press(api, "resend"), 409, "no_recipient")
        await refused.put_options(MailOptions, recipients=[RIGHT, CORRECTED])
        assert (await press(api, "resend")).status_code == 204
        assert await open_items(api, "mail_refused") == []
        await deliver(refused)
        assert [recipients for recipients, _ in server.received] == [[RIGHT], [CORRECTED]]
        [row] = await refused.rows("SELECT id FROM outbox WHERE key = 'target_down:1'")
        check_problem(await api.post(f"/v1/mails/{row['id']}/dismiss"), 409, "already_settled")
    [entry] = await refused.rows("SELECT actor, action FROM audit_entries WHERE action LIKE 'message.%'")
    assert tuple(entry) == ("M. Rossi", "message.resent")


async def test_it_can_be_left_at_that_and_a_viewer_can_do_neither(refused: AsanitoSite, server: MailServer) -> None:
    async with refused.api() as app, client(app, "viewer") as viewer, client(app, "operator") as api:
        assert (await press(viewer, "dismiss")).status_code == 403
        assert (await press(api, "dismiss")).status_code == 204
        assert await open_items(api, "mail_refused") == []
    await deliver(refused)
    assert len(server.received) == 1


async def test_the_end_of_a_trouble_is_told_once_although_its_alert_went_out_twice(
    refused: AsanitoSite,
) -> None:
    async with refused.api() as app, client(app, "operator") as api:
        await refused.put_options(MailOptions, recipients=[RIGHT, CORRECTED])
        await press(api, "resend")
    await deliver(refused)
    assert (await refused.run("contacts"))["state"] == "succeeded"
    await refused.run("watch")
    rows = await refused.rows("SELECT key FROM outbox WHERE payload ->> 'kind' = 'recovered'")
    assert [row["key"] for row in rows] == ["recovered:target_down:1"]


async def test_asking_reads_no_mail_that_everybody_got(site: AsanitoSite) -> None:
    async with site.core.db.connection() as conn:
        await conn.execute(MANY)
        plan = "\n".join(row[0] for row in await conn.fetch(f"EXPLAIN {sql.list_refused}"))
    assert "outbox_refused_idx" in plan


async def test_the_mail_server_has_a_connection_test(mailing: AsanitoSite) -> None:
    [check] = [check for check in mailing.resources.connections if check.name == "mail"]
    assert [step.ok for step in (await check.test()).steps] == [True, True]
