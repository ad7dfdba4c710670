"""The mail catcher, asked by the standard library's SMTP client."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.support.warehouse_sandbox import warehouse_sandbox

if TYPE_CHECKING:
    from tests.support.warehouse_sandbox import WarehouseSandbox

pytestmark = pytest.mark.servers


def mail(subject: str = "Import summary", to: str = "ops@example.test") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "portico@example.test", to, subject
    message["Message-ID"] = "<one@example.test>"
    message.set_content("12 invoices not found: città")
    message.add_alternative("<p>12 <b>invoices</b></p><script>alert(1)</script>", subtype="html")
    message.add_attachment(b"600000001\n", maintype="text", subtype="csv", filename="not-found.csv")
    return message


def send(outside: WarehouseSandbox, message: EmailMessage, timeout: float = 5) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP("127.0.0.1", urlsplit(outside.smtp_url).port or 25, timeout=timeout) as smtp:
        return smtp.send_message(message)


def test_a_mail_can_be_read_with_its_parts(outside):
    send(outside, mail())
    (row,) = outside.mails(to="ops@example.test", subject="summary")
    found = outside.mail(row["number"])
    assert found["text"].strip() == "12 invoices not found: città"
    assert "<b>invoices</b>" in found["html"]
    assert [(part["name"], part["size"]) for part in found["attachments"]] == [("not-found.csv", 10)]
    attachment = outside.client.get(f"/mail/api/messages/{row['number']}/attachments/0")
    assert attachment.content == b"600000001\n"
    assert found["message_id"] == "<one@example.test>"


def test_html_is_served_so_that_nothing_in_it_can_run(outside):
    send(outside, mail())
    html = outside.client.get(f"/mail/api/messages/{outside.mails()[0]['number']}/html")
    assert html.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_mails_survive_a_restart(tmp_path):
    with warehouse_sandbox(tmp_path) as first:
        send(first, mail("kept"))
    with warehouse_sandbox(tmp_path) as second:
        assert [row["subject"] for row in second.mails()] == ["kept"]


def test_one_recipient_of_two_is_refused(outside):
    outside.fault("mail", "RCPT", "reply", match="gone@", status=550, text="no such user")
    refused = send(outside, mail(to="ops@example.test, gone@example.test"))
    assert refused["gone@example.test"][0] == 550
    assert outside.mails()[0]["recipients"] == ["ops@example.test"]
    assert outside.mails()[0]["refused"] == ["gone@example.test"]


@pytest.mark.parametrize("status", [451, 554])
def test_a_mail_is_refused_at_its_end_and_not_kept(outside, status):
    outside.fault("mail", "DATA", "reply", status=status, text="try later")
    with pytest.raises(smtplib.SMTPDataError, match="try later"):
        send(outside, mail())
    assert outside.mails() == []


def test_a_kept_mail_whose_answer_is_lost_is_there(outside):
    outside.fault("mail", "DATA", "reset_after")
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send(outside, mail())
    assert len(outside.mails()) == 1


def test_a_stalled_server_says_nothing(outside):
    outside.fault("mail", "MAIL", "stall")
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        send(outside, mail(), timeout=0.4)


@pytest.mark.parametrize(("kind", "more"), [("reset_before", {}), ("reply", {"status": 421, "text": "closing"})])
def test_a_greeting_can_fail(outside, kind, more):
    outside.fault("mail", "CONNECT", kind, **more)
    with pytest.raises((smtplib.SMTPException, OSError)):
        send(outside, mail())
    send(outside, mail())


def test_a_stopped_mail_server_refuses_connections(outside):
    outside.system("mail", up=False)
    with pytest.raises(ConnectionRefusedError):
        send(outside, mail())
    outside.system("mail", up=True)
    send(outside, mail())
