"""Every kind of mail in both languages, the outbox in front of a real SMTP server, and what may go wrong there."""

import re
from base64 import b64encode
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from common.mail_templates import MailTemplates
from common.outbox import send_due
from services.invoices.mails.samples import SAMPLES
from services.invoices.mails.schemas import KINDS, UnsentInvoice
from services.invoices.mails.service import ATTACHED, SHOWN, TEMPLATES, compose, shortened
from services.invoices.options import MailKind, MailOptions
from tests.support.mail_server import running_mail_server
from tests.support.session_site import COMPONENTS, open_site

FIXTURES = Path(__file__).with_name("fixtures")
ROME = ZoneInfo("Europe/Rome")
BUILT_IN = MailTemplates(TEMPLATES)
LOCALES = ["en", "it"]


def mail_of(kind, locale, data=None):
    to = ["a@example.org"]
    return compose(BUILT_IN, kind, f"{kind}:1", data or SAMPLES[kind], to=to, locale=locale, zone=ROME)


def test_every_kind_has_data_templates_recipients_and_a_sample():
    kinds = set(get_args(MailKind))
    assert set(KINDS) == set(SAMPLES) == kinds
    for locale in LOCALES:
        assert BUILT_IN.kinds(locale) == kinds


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_text_is_the_golden_one(kind, locale):
    mail = mail_of(kind, locale)
    golden = (FIXTURES / f"{kind}.{locale}.txt").read_text(encoding="utf-8")
    assert f"{mail.subject}\n\n{mail.text}" == golden


@pytest.mark.parametrize("locale", LOCALES)
def test_the_html_is_the_golden_one(locale):
    assert mail_of("success", locale).html == (FIXTURES / f"success.{locale}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", KINDS)
def test_html_tells_what_the_text_tells_and_is_escaped(kind, locale):
    mail = mail_of(kind, locale)
    assert mail.html.startswith("<!doctype html>")
    assert mail.html.endswith("</html>\n")
    assert "{{" not in mail.html + mail.text + mail.subject
    assert "<b>" not in mail.html
    assert "<ok>" not in mail.html
    for number in re.findall(r"\b6\d{8}\b", mail.text):
        assert number in mail.html


def test_two_hundred_invoices_are_shown_and_all_are_attached():
    unsent = [UnsentInvoice(number=600000000 + n, status="not_found") for n in range(SHOWN + 12)]
    mail = mail_of("success", "en", SAMPLES["success"].model_copy(update={"unsent": unsent}))
    assert len(re.findall(r"^  6\d{8}", mail.text, re.MULTILINE)) == len(re.findall(r">6\d{8}<", mail.html)) == SHOWN
    assert "and 12 more" in mail.text
    assert "and 12 more" in mail.html
    [attachment] = mail.attachments
    assert (attachment.name, attachment.media_type) == ("unsent.csv", "text/csv")
    assert attachment.content.count(b"\r\n") == SHOWN + 13


def test_a_mail_without_unsent_invoices_has_no_attachment():
    mail = mail_of("success", "en", SAMPLES["success"].model_copy(update={"unsent": []}))
    assert mail.attachments == ()
    assert "All invoices of the file can go." in mail.text


def test_an_endless_list_stays_below_five_megabytes():
    unsent = [UnsentInvoice(number=600000000, status="already_sent")] * (ATTACHED + 5)
    data = shortened(SAMPLES["success"].model_copy(update={"unsent": unsent}))
    mail = mail_of("success", "en", data)
    [attachment] = mail.attachments
    assert len(b64encode(attachment.content)) < 5_000_000
    assert attachment.content.endswith(b"5 more,see the console\r\n")
    assert "Not sent (150,005)" in mail.text
    assert shortened(SAMPLES["no_file"]) is SAMPLES["no_file"]


def test_texts_do_not_say_more_than_their_facts():
    data = SAMPLES["invalid"].model_copy(update={"held": False, "bad_lines": [], "declared": None, "records": None})
    text = mail_of("invalid", "en", data).text
    assert "upload it by hand" in text
    assert "First rejected lines" not in text
    assert "None" not in text


@pytest.mark.parametrize("wrong", ["nobody", "a b@example.org", "a@example.org, b@example.org", "A <a@example.org>"])
def test_a_recipient_is_one_plain_address(wrong):
    with pytest.raises(ValidationError):
        MailOptions(recipients=[wrong])
    with pytest.raises(ValidationError):
        MailOptions(recipients_by_kind={"failed": [wrong]})


@pytest.fixture
async def site(make_database, tmp_path, free_port):
    async with open_site(make_database(*COMPONENTS), tmp_path, smtp_port=free_port()) as opened:
        yield opened


async def put(site, kind="expired", key="expired:1"):
    async with site.core.db.transaction() as conn:
        return await site.mails.put(conn, kind, key, SAMPLES[kind])


async def put_and_break_off(site):
    async with site.core.db.transaction() as conn:
        await site.mails.put(conn, "expired", "expired:2", SAMPLES["expired"])
        raise ZeroDivisionError


async def send(site):
    return await send_due(site.core.db, site.mails, {"mail": lambda mails, row: mails.send(row)})


async def outbox(site):
    async with site.core.db.connection() as conn:
        await conn.execute("UPDATE outbox SET next_try_at = now() WHERE state = 'pending'")
        return await conn.fetch("SELECT key, state, attempts, error, payload FROM outbox ORDER BY id")


def port_of(site):
    return int(site.mails._mailer.address.rpartition(":")[2])


@pytest.mark.servers
async def test_a_mail_is_put_once_and_goes_with_its_transaction(site):
    assert await put(site)
    assert not await put(site)
    with pytest.raises(ZeroDivisionError):
        await put_and_break_off(site)
    assert [row["key"] for row in await outbox(site)] == ["expired:1"]


@pytest.mark.servers
async def test_data_that_does_not_fit_its_kind_is_refused_at_once(site):
    async with site.core.db.transaction() as conn:
        with pytest.raises(ValidationError):
            await site.mails.put(conn, "expired", "expired:1", {"business_date": "2026-11-20"})


@pytest.mark.servers
async def test_mails_of_an_outage_are_delivered_once_each_and_in_order(site):
    await put(site, "no_file", "no_file:2026-11-20")
    await put(site, "import", "import:1")
    await send(site)
    assert [(row["state"], row["attempts"]) for row in await outbox(site)] == [("pending", 1), ("pending", 1)]
    with running_mail_server(port_of(site)) as server:
        await send(site)
        await send(site)
    assert [row["state"] for row in await outbox(site)] == ["sent", "sent"]
    subjects = [message["Subject"] for _, message in server.received]
    assert [subject.split()[0] for subject in subjects] == ["No", "Imported:"]


@pytest.mark.servers
async def test_the_outbox_says_to_whom_with_what_subject_and_who_was_refused(site):
    await site.put_options(MailOptions, recipients=["a@example.org", "b@example.org"], locale="it")
    await put(site)
    with running_mail_server(port_of(site)) as server:
        server.refused_recipients["b@example.org"] = "550 Gone"
        await send(site)
    [row] = await outbox(site)
    assert row["state"] == "sent"
    assert row["payload"]["to"] == "a@example.org, b@example.org"
    assert row["payload"]["subject"] == "La sessione del 2026-11-20 era ancora aperta ed è stata chiusa"
    assert row["payload"]["refused"] == {"b@example.org": "550 Gone"}
    assert [recipients for recipients, _ in server.received] == [["a@example.org"]]


@pytest.mark.servers
async def test_a_kind_that_nobody_wants_is_not_sent(site):
    await site.put_options(MailOptions, recipients_by_kind={"expired": []})
    await put(site)
    await send(site)
    [row] = await outbox(site)
    assert (row["state"], row["payload"]["to"]) == ("sent", "")


@pytest.mark.servers
async def test_a_repetition_after_a_crash_has_the_same_message_id(site):
    await put(site)
    with running_mail_server(port_of(site)) as server:
        await send(site)
        async with site.core.db.connection() as conn:
            await conn.execute("UPDATE outbox SET state = 'pending', sent_at = NULL")
        await send(site)
    first, second = (message["Message-ID"] for _, message in server.received)
    assert first == second


@pytest.mark.servers
async def test_recipients_are_those_of_the_moment_of_sending(site):
    await put(site)
    await site.put_options(MailOptions, recipients_by_kind={"expired": ["late@example.org"]})
    with running_mail_server(port_of(site)) as server:
        await send(site)
    assert [recipients for recipients, _ in server.received] == [["late@example.org"]]


def test_an_own_template_that_can_not_be_read_does_not_stop_an_alert(tmp_path):
    (tmp_path / "own" / "en").mkdir(parents=True)
    (tmp_path / "own" / "en" / "expired.txt.j2").symlink_to("/proc/self/mem")  # can be opened, and reading it fails
    templates = MailTemplates(TEMPLATES, tmp_path / "own")
    data, to = SAMPLES["expired"], ["a@example.org"]
    mail = compose(templates, "expired", "expired:1", data, to=to, locale="en", zone=ROME)
    assert mail.text == mail_of("expired", "en").text
