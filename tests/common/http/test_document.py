"""The OpenAPI document of a service promises what FOUNDATION says, and the service keeps it."""

import pytest

from common.app import openapi_document
from tests.common.http.sample.service import SAMPLE
from tests.support.api import client, stranger
from tests.support.walk import operations, promises, walk


@pytest.fixture(scope="module")
def document() -> dict:
    return openapi_document(SAMPLE)


def test_the_document_keeps_the_conventions(document) -> None:
    assert promises(document) == []


def test_a_document_that_does_not_is_found(document) -> None:
    broken = {**document, "paths": {**document["paths"]}}
    listed = dict(broken["paths"]["/v1/notes"]["get"])
    del listed["x-role"], listed["summary"]
    listed["responses"] = {"200": listed["responses"]["200"]}
    broken["paths"]["/v1/notes"] = {"get": listed}
    found = promises(broken)
    assert "GET /v1/notes: names no role" in found
    assert "GET /v1/notes: has no summary or no tag" in found
    assert any("does not document" in line for line in found)


def test_roles_come_from_the_dependencies(document) -> None:
    roles = {operation.spec["operationId"]: operation.role for operation in operations(document)}
    assert (roles["list_notes"], roles["create_note"], roles["make_key"]) == ("viewer", "operator", "admin")
    assert (roles["livez"], roles["get_options"], roles["list_audit"]) == (None, "admin", "admin")


def test_streams_say_that_they_stream(document) -> None:
    streams = {operation.path for operation in operations(document) if operation.streams}
    assert streams == {"/v1/notes/{note_id}/events", "/v1/runs/{run_id}/events", "/v1/runs/{run_id}/log/stream"}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", [20261121])
async def test_no_request_gets_an_undocumented_answer_or_a_5xx(app, document, seed) -> None:
    note = (await client(app).post("/v1/notes", json={"text": "here"})).json()["id"]

    def call(role):
        return stranger(app) if role == "stranger" else client(app, role)

    known = {"note_id": note, "name": "look"}
    found = await walk(document, call, seed=seed, known=known)
    # This one raises what a test puts there, and is walked to see that a walk notices.
    assert [line for line in found if "/v1/notes/break" not in line] == []
    assert any(line.startswith("POST /v1/notes/break") and "answers 500" in line for line in found)
