"""Mail over a real SMTP server: what arrives, what is refused, and of which kind each failure is."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2
import pytest

from common.connections import ConnectionCheck
from common.errors import Permanent, Transient
from common.mail import Attachment, Mail, Mailer, message_id
from common.mail_templates import MailTemplates
from tests.support.mail_server import running_mail_server

SENDER = "Magazzino è qui <portico@example.org>"
AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
MAIL = Mail(
    key="import:1",
    to=("a@example.org", "b@example.org"),
    subject="Importato: 12 è meglio",
    text="Ciao\n",
    html="<p>Ciao</p>\n",
    attachments=(Attachment("unsent.csv", b"a;b\r\n", "text/csv"),),
)


@pytest.fixture
def server(free_port):
    with running_mail_server(free_port()) as running:
        yield running


@pytest.fixture
def mailer(server):
    return Mailer(f"smtp://127.0.0.1:{server.port}", sender=SENDER, timeout_seconds=2)


async def test_a_mail_arrives_whole(server, mailer):
    receipt = await mailer.send(MAIL, at=AT)
    [(recipients, message)] = server.received
    assert recipients == ["a@example.org", "b@example.org"]
    assert message["Subject"] == "Importato: 12 è meglio"
    assert message["From"] == SENDER
    assert message["Message-ID"] == receipt.message_id == message_id("import:1", SENDER)
    assert message["Date"] == "Fri, 20 Nov 2026 18:00:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_body(("plain",)).get_content().splitlines() == ["Ciao"]
    assert message.get_body(("html",)).get_content().splitlines() == ["<p>Ciao</p>"]
    [attachment] = message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("unsent.csv", "a;b\r\n")
    assert receipt.refused == {}


def test_the_same_event_is_the_same_message_id():
    assert message_id("x", SENDER) == message_id("x", SENDER) != message_id("y", SENDER)
    assert message_id("x", "nobody").endswith("@localhost>")


async def test_a_recipient_that_is_refused_is_named_and_the_others_get_the_mail(server, mailer):
    server.refused_recipients["a@example.org"] = "550 No such user"
    receipt = await mailer.send(MAIL, at=AT)
    assert receipt.refused == {"a@example.org": "550 No such user"}
    assert [recipients for recipients, _ in server.received] == [["b@example.org"]]


@pytest.mark.parametrize(("answers", "kind"), [(("550 no", "550 no"), Permanent), (("550 no", "451 later"), Transient)])
async def test_all_recipients_refused_is_an_error_of_the_mildest_kind(server, mailer, answers, kind):
    server.refused_recipients.update(zip(MAIL.to, answers, strict=True))
    with pytest.raises(kind) as refused:
        await mailer.send(MAIL, at=AT)
    assert refused.value.code == "recipients_refused"
    assert "a@example.org (550 no)" in refused.value.detail


@pytest.mark.parametrize(("answer", "kind"), [("451 Try later", Transient), ("554 Spam", Permanent)])
async def test_refused_content_is_tried_again_only_when_the_server_says_so(server, mailer, answer, kind):
    server.refused_data = answer
    with pytest.raises(kind, match=answer[4:]):
        await mailer.send(MAIL, at=AT)


async def test_a_server_that_is_down_is_transient(free_port):
    with pytest.raises(Transient, match="does not answer"):
        await Mailer(f"smtp://127.0.0.1:{free_port()}", sender=SENDER, timeout_seconds=1).send(MAIL, at=AT)


async def test_a_login_that_the_server_does_not_offer_is_permanent_and_hides_the_password(server):
    mailer = Mailer(f"smtp://user:hunter2@127.0.0.1:{server.port}", sender=SENDER, timeout_seconds=2)
    with pytest.raises(Permanent) as refused:
        await mailer.send(MAIL, at=AT)
    assert "hunter2" not in refused.value.detail + mailer.address


@pytest.mark.parametrize("wrong", [{"subject": "a\r\nBcc: x@example.org"}, {"to": ("a@example.org\r\nBcc: x",)}])
async def test_a_line_break_can_not_get_into_a_header(mailer, wrong):
    broken = Mail(**{"key": "k", "to": MAIL.to, "subject": "s", "text": "", "html": ""} | wrong)
    with pytest.raises(Permanent) as refused:
        await mailer.send(broken, at=AT)
    assert refused.value.code == "mail_invalid"


@pytest.mark.parametrize("url", ["http://127.0.0.1", "smtp://", "mail"])
def test_an_address_that_is_no_mail_server_is_refused(url):
    with pytest.raises(Permanent, match="must begin with smtp"):
        Mailer(url, sender=SENDER)


async def test_the_connection_test_names_its_steps(server, mailer, free_port):
    def check(one: Mailer) -> ConnectionCheck:
        return ConnectionCheck(name="mail", title="Mail", kind="smtp", address=one.address, probe=one.probe)

    good = await check(mailer).test()
    assert [(step.name, step.ok) for step in good.steps] == [("connect", True), ("sender", True)]
    assert server.received == []
    bad = await check(Mailer(f"smtp://127.0.0.1:{free_port()}", sender=SENDER, timeout_seconds=1)).test()
    assert [(step.name, step.ok) for step in bad.steps] == [("connect", False)]


@pytest.fixture
def templates(tmp_path: Path) -> MailTemplates:
    files = {
        "en/hello.subject.j2": "Hello\n  {{ name }}",
        "en/hello.txt.j2": "{{ count | number }} / {{ day | day }} / {{ at | instant }} / {{ size | size }}\n\n",
        "en/hello.html.j2": "<p>{{ name }}</p>",
        "it/hello.subject.j2": "Ciao {{ name }}",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return MailTemplates(tmp_path)


DATA = {"name": "<b>Ada</b>", "count": 12345, "day": AT.date(), "at": AT, "size": 4_100_000}


def test_html_is_escaped_and_text_is_not(templates):
    text = templates.render("hello", DATA, locale="en", zone=ZoneInfo("Europe/Rome"))
    assert text.subject == "Hello <b>Ada</b>"
    assert text.text == "12,345 / Friday, 20 November 2026 / 20 Nov 2026, 19:00:00 CET / 4.1 MB\n"
    assert text.html == "<p>&lt;b&gt;Ada&lt;/b&gt;</p>\n"


def test_a_language_without_a_template_falls_back_to_english_texts_with_its_own_numbers(templates):
    text = templates.render("hello", DATA | {"size": 815}, locale="it", zone=ZoneInfo("Europe/Rome"))
    assert text.subject == "Ciao <b>Ada</b>"
    assert text.text.startswith("12.345 / ")
    assert text.text.endswith("815 B\n")


def test_a_missing_name_is_an_error_and_not_an_empty_place(templates):
    with pytest.raises(jinja2.UndefinedError):
        templates.render("hello", {}, locale="en", zone=ZoneInfo("UTC"))


def test_templates_can_not_reach_into_python(templates, tmp_path):
    (tmp_path / "en/hello.txt.j2").write_text("{{ name.__class__.__mro__ }}")
    with pytest.raises(jinja2.exceptions.SecurityError):
        templates.render("hello", DATA, locale="en", zone=ZoneInfo("UTC"))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    (folder / "en").mkdir(parents=True)
    return folder


def test_the_customers_template_comes_first_and_what_it_lacks_is_built_in(templates, tmp_path, own):
    (own / "en/hello.subject.j2").write_text("Dear {{ name }}")
    text = MailTemplates(tmp_path, own).render("hello", DATA, locale="en", zone=ZoneInfo("UTC"))
    assert text.subject == "Dear <b>Ada</b>"
    assert text.text == templates.render("hello", DATA, locale="en", zone=ZoneInfo("UTC")).text


@pytest.mark.parametrize("broken", ["{{ nmae }}", "{% if %}", "{{ count / 0 }}", "{{ name | day }}", b"\xff"])
def test_a_broken_template_of_the_customer_is_passed_over(templates, tmp_path, own, broken):
    path = own / "en/hello.subject.j2"
    path.write_bytes(broken if isinstance(broken, bytes) else broken.encode())
    text = MailTemplates(tmp_path, own).render("hello", DATA, locale="en", zone=ZoneInfo("UTC"))
    assert text == templates.render("hello", DATA, locale="en", zone=ZoneInfo("UTC"))


def test_kinds_are_those_with_a_subject(templates):
    assert templates.kinds() == {"hello"}
