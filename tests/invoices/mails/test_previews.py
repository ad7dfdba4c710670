"""Mail templates for an administrator: which are the customer's, which are broken, how each mail looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from common.app import create_service_app
from services.invoices.mails.schemas import KINDS
from services.invoices.main import SERVICE
from tests.support.api import client, serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.inbox_site import InboxSite


async def test_every_mail_can_be_previewed_by_an_administrator(inbox_site: InboxSite) -> None:
    async with serving(create_service_app(SERVICE, inbox_site.settings)) as app, client(app, "admin") as caller:
        for kind in KINDS:
            for locale in ("en", "it"):
                answer = await caller.post("/v1/mails/preview", json={"kind": kind, "locale": locale})
                assert answer.status_code == 200, answer.text
                shown = answer.json()
                assert all((shown["subject"], shown["text"], "<html" in shown["html"])), kind
                assert (shown["source"], shown["error"]) == ("built_in", None)
        answer = await caller.post("/v1/mails/preview", json={"kind": "nonsense"})
        assert answer.status_code == 422
        items = (await caller.get("/v1/mails/templates")).json()["items"]
    assert {(item["kind"], item["locale"]) for item in items} == {(k, loc) for k in KINDS for loc in ("en", "it")}
    assert await inbox_site.mails() == []


@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_only_an_administrator_sees_templates(inbox_site: InboxSite, role: str) -> None:
    async with serving(create_service_app(SERVICE, inbox_site.settings)) as app, client(app, role) as caller:  # type: ignore[arg-type]
        assert (await caller.get("/v1/mails/templates")).status_code == 403
        assert (await caller.post("/v1/mails/preview", json={"kind": "import"})).status_code == 403


async def test_own_templates_are_shown_and_broken_ones_say_why(inbox_site: InboxSite, tmp_path: Path) -> None:
    own = tmp_path / "own" / "en"
    own.mkdir(parents=True)
    (own / "no_file.subject.j2").write_text("Nothing came on {{ business_date }}")
    (own / "late.txt.j2").write_text("{{ nobody_knows_this }}")
    (own / "stale.txt.j2").write_text("{% if %}")
    settings = inbox_site.settings.model_copy(update={"mail_templates": str(own.parent)})
    async with serving(create_service_app(SERVICE, settings)) as app, client(app, "admin") as caller:
        items = (await caller.get("/v1/mails/templates")).json()["items"]
        states = {item["kind"]: item for item in items if item["locale"] == "en"}
        assert (states["no_file"]["source"], states["no_file"]["own_parts"]) == ("own", ["subject"])
        assert (states["late"]["source"], states["late"]["own_parts"]) == ("built_in", ["txt"])
        assert "nobody_knows_this" in states["late"]["error"]
        assert "line 1" in states["stale"]["error"]
        assert states["import"]["error"] is None
        shown = (await caller.post("/v1/mails/preview", json={"kind": "no_file"})).json()
        assert shown["subject"] == "Nothing came on 2026-11-20"
        items = (await caller.get("/v1/attention")).json()["items"]
        broken = {item["params"]["kind"]: item for item in items if item["code"] == "mail_template_broken"}
        assert set(broken) == {"late", "stale"}
        assert "nobody_knows_this" in broken["late"]["detail"]
        shown = (await caller.post("/v1/mails/preview", json={"kind": "late"})).json()
        assert "nobody_knows_this" not in shown["text"]


async def test_the_html_of_a_mail_can_be_framed_and_can_do_nothing_there(inbox_site: InboxSite) -> None:
    async with serving(create_service_app(SERVICE, inbox_site.settings)) as app, client(app, "admin") as caller:
        answer = await caller.get("/v1/mails/preview.html", params={"kind": "invalid", "locale": "it"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        policy = answer.headers["content-security-policy"].split("; ")
        assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= set(policy)
        assert "&lt;b&gt;Shoes&lt;/b&gt;" in answer.text
        assert (await caller.get("/v1/mails/preview.html", params={"kind": "nonsense"})).status_code == 422
    async with serving(create_service_app(SERVICE, inbox_site.settings)) as app, client(app, "operator") as caller:
        assert (await caller.get("/v1/mails/preview.html", params={"kind": "import"})).status_code == 403
