"""The console's files: hashed names for a year, compressed when the client likes, one page for all its addresses.

index.html carries a style nonce made for each answer (its placeholder is `__CSP_NONCE__`), so that the console's styles
run under a policy without `unsafe-inline`.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from common.errors import NotFound
from common.problem import MethodNotAllowed
from gateway.security import content_security_policy

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.asgi import Receive, Scope, Send

NONCE = "__CSP_NONCE__"
# `assets/index-Bq3kV9xZ.js`: the name changes with the content.
HASHED = re.compile(r"^assets/.+-[\w-]{8,}\.\w+$")
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}

NOT_BUILT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Portico</title></head>
<body>
<h1>The console is not built yet</h1>
<p>The gateway runs; only the files of its web console are missing. Build them with <code>./dev web build</code>
(or <code>npm ci &amp;&amp; npm run build</code> in <code>gateway/web</code>) and reload this page.</p>
<p>The REST interface works without it: <code>POST /api/auth/login</code>, <code>GET /api/openapi.json</code>.</p>
</body>
</html>
"""


class Console:
    """Answers whatever no operation took; mounted as the application's last resort."""

    def __init__(self, static: Path) -> None:
        self._root = static.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.answer(Request(scope))(scope, receive, send)

    def answer(self, request: Request) -> Response:
        """A file, or the one page for an address of the app.

        Raises:
            NotFound: neither; nothing below /api is a page.
            MethodNotAllowed: pages are only read.
        """
        path = request.scope["path"].lstrip("/")
        if path == "api" or path.startswith("api/"):
            raise NotFound("There is nothing at this address.")
        if request.method not in {"GET", "HEAD"}:
            raise MethodNotAllowed("Pages are only read.", headers={"Allow": "GET, HEAD"})
        if file := self._find(path):
            return _file(file, path, request.headers.get("accept-encoding", ""))
        if "." in path.rpartition("/")[2] or not _wants_page(request):
            raise NotFound("There is nothing at this address.")
        return _page(self._root)

    def _find(self, path: str) -> Path | None:
        try:
            file = (self._root / path).resolve()
            wanted = file.is_relative_to(self._root) and file.suffix in MEDIA_TYPES and file.is_file()
        except (OSError, ValueError):  # longer than a name can be, or with a null character
            return None
        return file if wanted else None


def _file(file: Path, path: str, accepted: str) -> Response:
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if HASHED.match(path) else "no-cache",
        "Vary": "Accept-Encoding",
    }
    media_type = MEDIA_TYPES[file.suffix]
    codings = (coding.replace(" ", "").partition(";") for coding in accepted.split(","))
    offered = {name for name, _, weight in codings if weight not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}}
    for encoding, suffix in ENCODINGS:
        compressed = file.with_name(file.name + suffix)
        if encoding in offered and compressed.is_file():
            headers["Content-Encoding"] = encoding
            return FileResponse(compressed, headers=headers, media_type=media_type)
    return FileResponse(file, headers=headers, media_type=media_type)


def _wants_page(request: Request) -> bool:
    accept = request.headers.get("accept", "*/*")
    return "text/html" in accept or "*/*" in accept


def _page(root: Path) -> Response:
    index = root / "index.html"
    if not index.is_file():
        return HTMLResponse(NOT_BUILT, status_code=503, headers={"Retry-After": "30"})
    nonce = secrets.token_urlsafe(16)
    policy = content_security_policy(style_src=f"'self' 'nonce-{nonce}'")
    text = index.read_text(encoding="utf-8").replace(NONCE, nonce)
    return HTMLResponse(text, headers={"Content-Security-Policy": policy})
