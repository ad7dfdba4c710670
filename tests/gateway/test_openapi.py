"""One document of everything, valid, and the same while a service is away."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from openapi_spec_validator import validate
from pydantic import BaseModel

from common.openapi import document, operations
from gateway.main import create_gateway
from gateway.openapi import REFRESH_SECONDS, MergedDocument, common_schemas, merge, own_document
from gateway.settings import GatewaySettings
from tests.gateway.backend import Backend
from tests.gateway.running import serving

if TYPE_CHECKING:
    from tests.gateway.conftest import Start


class Session(BaseModel):
    """A schema of the service's own, by a name that the gateway has as well."""

    opened_by: str


def service_document(title: str) -> dict[str, Any]:
    """What a small service of ours would serve."""
    app = FastAPI(title=title)
    router = APIRouter(prefix="/v1", tags=["sessions"])

    @router.post("/session/start", operation_id="start_session")
    async def start_session(session: Session) -> Session:
        return session

    app.include_router(router)
    made = document(app)
    made["paths"]["/livez"] = made["paths"]["/v1/session/start"]
    return made


def own() -> dict[str, Any]:
    return own_document(create_gateway(GatewaySettings.model_construct()).app)


def test_the_merged_document_is_valid_and_its_operation_ids_are_unique() -> None:
    merged = merge(own(), {"invoices": service_document("Invoices"), "bursar": service_document("Bursar")})
    validate(merged)
    ids = Counter(operation["operationId"] for _, _, operation in operations(merged))
    assert [name for name, count in ids.items() if count > 1] == []
    assert "invoices_start_session" in ids


def test_schemas_of_common_keep_their_name_and_others_carry_their_services() -> None:
    merged = merge(own(), {"invoices": service_document("Invoices")})
    schemas = merged["components"]["schemas"]
    assert schemas["Problem"] == common_schemas()["Problem"]
    assert "Invoices_Problem" not in schemas
    assert "opened_by" in schemas["Invoices_Session"]["properties"]
    assert "user_agent" in schemas["Session"]["properties"]
    operation = merged["paths"]["/api/invoices/v1/session/start"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/Invoices_Session")
    assert set(operation["responses"]) >= {"502", "504"}
    assert operation["security"] == [{"session": []}, {"api_key": []}]


def test_only_what_the_gateway_routes_is_in_the_document() -> None:
    paths = merge(own(), {"invoices": service_document("Invoices")})["paths"]
    assert all(path.startswith("/api/") or path in {"/livez", "/readyz"} for path in paths)
    assert not [path for path in paths if path.endswith(("/metrics", "invoices/livez"))]


def test_every_operation_says_who_may_and_what_it_does() -> None:
    for method, path, operation in operations(own()):
        assert operation["x-role"] in {"public", "signed_in", "viewer", "operator", "admin"}, (method, path)
        assert operation["summary"]
        assert operation["tags"]
        assert (operation["x-role"] == "public") == (path in {"/livez", "/readyz", "/api/auth/login"})


async def test_a_service_that_is_away_keeps_its_part_and_is_marked(start: Start) -> None:
    backend = Backend(documents=service_document("Invoices"))
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(backend))
        running = await start(upstreams={"invoices": url})
        browser = await running.signed_in("ada")
        fresh = (await browser.get("/api/openapi.json")).json()
        assert "x-service-status" not in str(fresh)
        await stack.aclose()
        merged: MergedDocument = running.gateway.app.state.merged_document
        merged._read_at -= REFRESH_SECONDS
        kept = (await browser.get("/api/openapi.json")).json()
    assert kept["paths"].keys() == fresh["paths"].keys()
    assert kept["paths"]["/api/invoices/v1/session/start"]["post"]["x-service-status"] == "away"
    validate(kept)
