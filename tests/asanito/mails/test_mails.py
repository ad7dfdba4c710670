"""Every kind of mail in three languages, the customer's own templates, and the way out through a real SMTP server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment, FileSystemLoader

from common.mail import Mailer
from common.mail_templates import MailTemplates
from common.outbox import send_due
from services.asanito.alerts.rules import CODES
from services.asanito.mails.samples import SAMPLES
from services.asanito.mails.schemas import KINDS, MailKind
from services.asanito.mails.service import MAIL_KINDS, TEMPLATES, Mails, compose
from services.asanito.options import MailOptions
from tests.architecture.test_reasons_are_told import ends_of_runs, reasons
from tests.support.mail_server import running_mail_server
from tools.stack.children import free_port

if TYPE_CHECKING:
    from pathlib import Path

TEHRAN = ZoneInfo("Asia/Tehran")
BUILT_IN = MailTemplates(TEMPLATES, filters=MAIL_KINDS.filters)
DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٬", "0123456789,")


def mail_of(kind, locale, templates=BUILT_IN, **changes):
    data = SAMPLES[kind].model_copy(update=changes)
    return compose(templates, kind, f"{kind}:1", data, to=["a@example.org"], locale=locale, zone=TEHRAN)


def test_every_kind_has_data_a_sample_and_templates():
    assert set(KINDS) == set(SAMPLES) == set(get_args(MailKind))
    for kind in KINDS:
        for part in ("subject", "txt", "html"):
            assert (TEMPLATES / f"{kind}.{part}.j2").is_file()


@pytest.mark.parametrize("locale", MAIL_KINDS.locales)
@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_is_whole_escaped_and_in_one_language(kind, locale):
    mail = mail_of(kind, locale)
    assert mail.subject
    assert "\n" not in mail.subject
    assert mail.html.startswith("<!doctype html>")
    assert "<answer>" not in mail.html
    assert "<new_reason>" not in mail.html
    assert "{{" not in mail.html + mail.text + mail.subject
    if locale != "en":
        assert mail.text != mail_of(kind, "en").text
        assert mail.subject != mail_of(kind, "en").subject


@pytest.mark.parametrize("kind", KINDS)
def test_persian_is_written_from_right_to_left_with_its_own_digits_and_days(kind):
    mail = mail_of(kind, "fa")
    assert '<html lang="fa" dir="rtl">' in mail.html
    assert re.search("[آ-ی]", mail.subject)
    if kind in ("morning", "cycle_missed"):
        assert "شنبه ۳۰ آبان ۱۴۰۵" in mail.subject
    for text in (mail.text, mail.html):
        shown = re.sub("<[^>]*>", "", text.replace("&lt;", "").replace("No <answer> from Asanito", ""))
        assert re.findall(r"\d", shown, re.ASCII) == []
        assert "۱۴۰۵" in shown or kind not in ("morning", "recovered")


def test_all_languages_have_the_same_words():
    def names(locale):
        text = (TEMPLATES / locale / "words.j2").read_text(encoding="utf-8")
        return set(re.findall(r"set (\w+) =", text)), set(re.findall(r'"(\w[\w-]*)": "', text))

    assert names("en") == names("it") == names("fa")


@pytest.mark.parametrize("locale", MAIL_KINDS.locales)
def test_every_reason_that_the_bridge_can_give_has_its_words(locale):
    words = Environment(loader=FileSystemLoader(TEMPLATES / locale), autoescape=True).get_template("words.j2").module
    assert sorted((reasons() | ends_of_runs()) - words.reasons.keys()) == []
    assert words.alerts.keys() == words.advice.keys() == CODES.keys()


@pytest.mark.parametrize("locale", MAIL_KINDS.locales)
def test_the_morning_tells_what_was_done_what_was_not_and_what_to_press(locale):
    mail = mail_of("morning", locale)
    for text in (mail.text, mail.html):
        plain = text.translate(DIGITS).replace(".", ",")
        for number in ("120", "12,400", "1,000,000", "900,000", "50,000"):
            assert number in plain
        assert "invalid_data" not in text
        assert "new_reason" in text


def test_a_morning_without_trouble_says_that_nothing_is_to_be_pressed():
    quiet = {"uncertain": 0, "failed": 0, "gaps": 0, "questions": 0, "money": None, "reasons": [], "reason": None}
    mail = mail_of("morning", "en", **quiet)
    assert mail.text.rstrip().split("What to press")[1].split("--")[0].strip() == "- Nothing."


def test_an_own_template_comes_first_and_a_broken_one_is_passed_over(tmp_path: Path):
    (tmp_path / "fa").mkdir()
    (tmp_path / "fa" / "recovered.subject.j2").write_text("خوب شد: {{ trouble }}", encoding="utf-8")
    own = MailTemplates(TEMPLATES, tmp_path, MAIL_KINDS.filters)
    assert mail_of("recovered", "fa", own).subject == "خوب شد: target_down"
    (tmp_path / "fa" / "recovered.subject.j2").write_text("{{ nobody }}", encoding="utf-8")
    assert mail_of("recovered", "fa", own).subject == mail_of("recovered", "fa").subject


@pytest.mark.servers
async def test_a_mail_goes_to_the_recipients_of_the_options_in_their_language_once(site):
    port = free_port()
    await site.put_options(MailOptions, locale="fa", recipients=["a@example.org", "b@example.org"])
    mails = Mails(site.core, Mailer(f"smtp://127.0.0.1:{port}", sender="Portico <portico@example.org>"))

    async def put() -> bool:
        async with site.core.db.transaction() as conn:
            return await mails.put(conn, "target_down", "target_down:1", SAMPLES["target_down"])

    assert (await put(), await put()) == (True, False)
    with running_mail_server(port) as server:
        await send_due(site.core.db, mails, {"mail": lambda resources, row: resources.send(row)})
    [(to, message)] = server.received
    assert to == ["a@example.org", "b@example.org"]
    assert message["Subject"] == "آسانیتو پاسخ نمی‌دهد"
    html = message.get_body(("html",)).get_content()
    assert 'dir="rtl"' in html
    [row] = await site.rows("SELECT state, payload ->> 'to' AS to FROM outbox WHERE kind = 'mail'")
    assert (row["state"], row["to"]) == ("sent", "a@example.org, b@example.org")
