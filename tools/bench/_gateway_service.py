"""The service that the gateway is measured in front of: one of ours in small, with the identity verified.

python -m tools.bench._gateway_service <port>        (JWKS in IDENTITY_KEYS)
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from common.auth import Viewer  # noqa: TC001 - FastAPI reads it at run time
from common.identity import Verifier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EVENT = b"id: 1\ndata: " + b"x" * 1000 + b"\n\n"

app = FastAPI()


@app.get("/v1/item")
async def item(viewer: Viewer) -> dict[str, Any]:
    return {"id": 7, "asked_by": viewer.name, "text": "a row as services answer it " * 4, "state": "succeeded"}


@app.post("/v1/upload")
async def upload(request: Request, _: Viewer) -> dict[str, int]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return {"bytes": size}


@app.get("/v1/stream")
async def stream(events: int, _: Viewer) -> StreamingResponse:
    async def all_events() -> AsyncIterator[bytes]:
        for _number in range(events):
            yield EVENT

    return StreamingResponse(all_events(), media_type="text/event-stream")


if __name__ == "__main__":
    app.state.verifier = Verifier(os.environ["IDENTITY_KEYS"], "bench")
    uvicorn.run(
        app, port=int(sys.argv[1]), log_level="error", access_log=False, server_header=False, date_header=False,
        timeout_keep_alive=75,
    )  # fmt: skip
