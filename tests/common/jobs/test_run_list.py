"""The list of runs is written without models: it must say what the document says, and what a single run says."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from common.app import create_service_app, openapi_document
from common.jobs.states import RunState
from common.settings import ServiceSettings
from tests.support.api import api_settings, client, serving
from tests.support.jobs import COMPONENTS, toy_service

pytestmark = pytest.mark.servers

SERVICE = toy_service()
# Every column once empty and once filled, in every state.
FILL = """
INSERT INTO runs (
    job, lane, state, trigger_type, max_attempts, lease_token, reason_code, message, params, trigger_by, schedule_id,
    rerun_of, parent_id, request_id, progress_done, progress_total, progress_unit, cancel_requested_at,
    cancel_requested_by, result, error, seen_by, seen_note, seen_at, started_at, finished_at, ok_count, dry_run
)
SELECT CASE WHEN full_row THEN 'ledger.clean_up' ELSE 'toys.gone' END, 'nobody', state, 'manual', 5,
       CASE WHEN state = 'running' THEN gen_random_uuid() END, f.word, coalesce(f.word, ''),
       jsonb_build_object('n', 9007199254740993, 'deep', jsonb_build_array(1.5, NULL, 'ü')), f.word, f.id, f.id, f.id,
       f.word, f.number, f.number, 'rows', f.at, f.word, f.body, f.error, f.word, f.word, f.at, f.at, f.at,
       coalesce(f.number, 0), full_row
FROM unnest($1::text[]) AS state, unnest(ARRAY[false, true]) AS full_row
CROSS JOIN LATERAL (
    SELECT CASE WHEN full_row THEN 'word' END AS word, CASE WHEN full_row THEN uuidv7() END AS id,
           CASE WHEN full_row THEN 7 END AS number, CASE WHEN full_row THEN clock_timestamp() END AS at,
           CASE WHEN full_row THEN '{"a": {"b": 1}}'::jsonb END AS body,
           CASE WHEN full_row THEN '{"code": "c", "detail": "d", "params": {"x": 1}}'::jsonb END AS error
) f
"""


@pytest.fixture
async def app(make_database):
    async with serving(create_service_app(SERVICE, api_settings(ServiceSettings, make_database(*COMPONENTS)))) as app:
        yield app


async def test_the_list_says_what_the_document_says_and_what_each_run_says(app):
    async with app.state.core.db.connection() as conn:
        await conn.execute(FILL, [state.value for state in RunState])
    async with client(app) as api:
        answer = await api.get("/v1/runs?limit=100")
        page = answer.json()
        singles = [(await api.get(f"/v1/runs/{run['id']}")).json() for run in page["items"]]
    document = openapi_document(SERVICE)
    schema: dict[str, Any] = document["paths"]["/v1/runs"]["get"]["responses"]["200"]["content"]["application/json"]
    whole = {**schema["schema"], "components": document["components"]}
    checker = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [error.message for error in checker.iter_errors(page)] == []
    assert answer.headers["content-type"] == "application/json"
    assert len(page["items"]) == 2 * len(RunState)
    assert {run["state"] for run in page["items"]} == {state.value for state in RunState}
    assert page["items"] == singles


async def test_the_comparison_notices_what_the_document_does_not_say(app):
    document = openapi_document(SERVICE)
    schema = {"$ref": "#/components/schemas/Run", "components": document["components"]}
    assert not Draft202012Validator(schema).is_valid({"id": "x", "state": "sleeping"})
