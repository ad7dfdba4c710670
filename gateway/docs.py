"""The merged OpenAPI document and its page, for whoever is signed in.

The page loads Swagger UI's files from the console's build (`static/swagger`), and a script that starts it: the content
security policy allows nothing inline.
"""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common.errors import Unauthorized
from gateway.asgi import single_headers
from gateway.auth.access import SignedIn, TheResources
from gateway.openapi import MergedDocument

router = APIRouter(tags=["docs"])

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Portico: REST interface</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/swagger/swagger-ui.css">
<script defer src="/swagger/swagger-ui-bundle.js"></script>
<script defer src="/swagger/init.js"></script>
</head>
<body>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript; the document is at <a href="/api/openapi.json">/api/openapi.json</a>.</noscript>
</body>
</html>
"""


def merged_document(request: Request) -> MergedDocument:
    """The document of this process."""
    merged: MergedDocument = request.app.state.merged_document
    return merged


@router.get("/api/openapi.json", operation_id="get_openapi", response_model=dict[str, Any])
async def get_openapi(_: SignedIn, merged: Annotated[MergedDocument, Depends(merged_document)]) -> Response:
    """The merged document: the gateway and all services."""
    content = await merged.json()
    tag = hashlib.sha256(content).hexdigest()[:16]
    return Response(content, media_type="application/json", headers={"ETag": f'"{tag}"'})


@router.get("/api/docs", include_in_schema=False)
async def get_docs(request: Request, resources: TheResources) -> Response:
    """The document as a page; who is not signed in is sent to the login first."""
    try:
        await resources.doorman.identify("GET", single_headers(request.scope["headers"]))
    except Unauthorized:
        return RedirectResponse("/login?to=%2Fapi%2Fdocs", status_code=303)
    return HTMLResponse(PAGE)
