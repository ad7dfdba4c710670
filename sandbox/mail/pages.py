"""The web side of the mail catcher: JSON below `/mail/api`, and the reading page at `/mail`."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, Response

from sandbox.mail.store import MailStore, body, detail, summary

PAGE = Path(__file__).with_name("page.html")
# Shown in a sandboxed frame: no scripts, no forms, nothing loaded from elsewhere.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def mail_router(store: MailStore) -> APIRouter:
    router = APIRouter(prefix="/mail", tags=["mail"])

    @router.get("", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(PAGE)

    @router.get("/api/messages")
    def list_messages(to: str = "", subject: str = "", after: int = 0, limit: int = 200) -> dict[str, Any]:
        """Newest first. `to` is compared with the envelope's recipients, `subject` as a part of the subject."""
        found = []
        for envelope in store.envelopes():
            message = store.message(envelope.number)
            if envelope.number <= after or message is None:
                continue
            row = summary(envelope, message)
            if (not to or to in envelope.recipients) and subject.casefold() in row["subject"].casefold():
                found.append(row)
        return {"items": found[:limit], "total": len(found)}

    @router.delete("/api/messages", status_code=204)
    def delete_messages() -> None:
        store.clear()

    @router.get("/api/messages/{number}")
    def read_message(number: int) -> dict[str, Any]:
        envelope = next((one for one in store.envelopes() if one.number == number), None)
        message = store.message(number)
        if envelope is None or message is None:
            raise HTTPException(404, "There is no such mail.")
        return detail(envelope, message)

    _add_parts(router, store)
    return router


def _add_parts(router: APIRouter, store: MailStore) -> None:
    @router.get("/api/messages/{number}/html")
    def read_html(number: int) -> Response:
        message = store.message(number)
        html = body(message, "html") if message is not None else None
        if html is None:
            raise HTTPException(404, "This mail has no HTML part.")
        return Response(html, media_type="text/html", headers={"Content-Security-Policy": MAIL_POLICY})

    @router.get("/api/messages/{number}/raw")
    def read_raw(number: int) -> Response:
        raw = store.raw(number)
        if raw is None:
            raise HTTPException(404, "There is no such mail.")
        return Response(raw, media_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})

    @router.get("/api/messages/{number}/attachments/{index}")
    def read_attachment(number: int, index: int) -> Response:
        message = store.message(number)
        parts = list(message.iter_attachments()) if message is not None else []
        if not 0 <= index < len(parts):
            raise HTTPException(404, "There is no such attachment.")
        content = parts[index].get_payload(decode=True)
        return Response(
            content if isinstance(content, bytes) else b"",
            media_type="application/octet-stream",
            headers={"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"},
        )
