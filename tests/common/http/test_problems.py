"""Every source of error answers with the one shape, and tells nothing of the inside."""

import asyncpg
import pytest

from common.errors import Ambiguous, Busy, Permanent, Transient, Unavailable
from tests.support.api import check_problem, client, stranger


async def test_an_unknown_address_is_a_404(app) -> None:
    body = check_problem(await client(app).get("/v1/nothing"), 404, "no_such_address")
    assert body["instance"] == "/v1/nothing"


async def test_a_wrong_method_is_a_405_that_names_the_right_ones(app) -> None:
    for path, methods in (("/v1/notes", "GET, POST"), ("/v1/options/look", "GET, PUT"), ("/v1/audit", "GET")):
        answer = await client(app).delete(path)
        check_problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == methods


async def test_an_unknown_thing_is_a_404_with_its_own_code_and_params(app) -> None:
    missing = "00000000-0000-7000-8000-000000000000"
    body = check_problem(await client(app).get(f"/v1/notes/{missing}"), 404, "unknown_note")
    assert body["params"] == {"id": missing}


async def test_a_wrong_body_points_at_each_place(app) -> None:
    wrong = {"text": "x" * 201, "lines": [1, "two"], "a/b": 1}
    body = check_problem(await client(app).post("/v1/notes", json=wrong), 422, "invalid_input")
    assert {error["pointer"] for error in body["errors"]} == {"/text", "/lines/1", "/a~1b"}


async def test_a_wrong_query_names_the_parameter(app) -> None:
    body = check_problem(await client(app).get("/v1/notes?limit=0&colour=mauve"), 422, "invalid_input")
    assert {error["pointer"] for error in body["errors"]} == {"limit", "colour"}


async def test_a_misspelt_filter_is_refused_instead_of_showing_everything(app) -> None:
    body = check_problem(await client(app).get("/v1/notes?color=red"), 422, "invalid_input")
    assert body["errors"][0]["pointer"] == "color"


@pytest.mark.parametrize("content", [b"{", b'{"text": ', b"\xff\xfe", b'"text"', b"[]", b""])
async def test_broken_json_is_a_422(app, content) -> None:
    answer = await client(app).post("/v1/notes", content=content, headers={"Content-Type": "application/json"})
    check_problem(answer, 422, answer.json()["code"])


async def test_a_broken_multipart_body_is_a_422(app) -> None:
    answer = await client(app).post(
        "/v1/notes/upload", content=b"nonsense", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    check_problem(answer, 422, answer.json()["code"])


async def test_what_the_database_cannot_store_is_a_422(app) -> None:
    check_problem(await client(app).post("/v1/notes", json={"text": "a\0b"}), 422, "value_out_of_range")


async def test_a_body_over_the_limit_is_a_413_whether_announced_or_streamed(app) -> None:
    async def endless():
        for _ in range(40):
            yield b"x" * 65536

    json = {"Content-Type": "application/json"}
    check_problem(await client(app).post("/v1/notes", content=b"x" * 2_000_000, headers=json), 413, "too_large")
    check_problem(await client(app).post("/v1/notes", content=endless(), headers=json), 413, "too_large")


async def test_a_route_may_take_more_than_the_default_and_has_its_own_end(app) -> None:
    taken = await client(app).post("/v1/notes/upload", files={"file": ("a.txt", b"x" * 3_000_000)})
    assert taken.status_code == 200, taken.text
    refused = await client(app).post("/v1/notes/upload", files={"file": ("a.txt", b"x" * 9_000_000)})
    check_problem(refused, 413, "too_large")


async def test_a_change_needs_if_match_and_a_fresh_one(app) -> None:
    api = client(app)
    note = (await api.post("/v1/notes", json={"text": "one"})).json()
    path = f"/v1/notes/{note['id']}"
    check_problem(await api.patch(path, json={"text": "two"}), 428, "if_match_required")
    for stale in ('"v2"', 'W/"v1"', "v1", '"1"', '"v99999999999999999999"'):
        check_problem(await api.patch(path, json={"text": "two"}, headers={"If-Match": stale}), 412, "stale")
    assert (await api.patch(path, json={"text": "two"}, headers={"If-Match": '"v7", "v1"'})).status_code == 200


async def test_what_the_caller_has_already_is_not_sent_again(app) -> None:
    api = client(app)
    note = (await api.post("/v1/notes", json={"text": "one"})).json()
    first = await api.get(f"/v1/notes/{note['id']}")
    assert first.headers["etag"] == '"v1"'
    again = await api.get(f"/v1/notes/{note['id']}", headers={"If-None-Match": '"v1"'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", '"v1"')
    assert (await api.get(f"/v1/notes/{note['id']}", headers={"If-None-Match": '"v2"'})).status_code == 200


async def test_what_nobody_foresaw_is_a_500_that_tells_nothing(app, caplog) -> None:
    app.state.resources.failures.append(ZeroDivisionError("password=hunter2 in /srv/app.py"))
    answer = await client(app).post("/v1/notes/break")
    check_problem(answer, 500, "internal_error")
    assert "hunter2" not in answer.text
    assert "ZeroDivision" not in answer.text


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (asyncpg.DiskFullError("could not extend file"), 503, "database_full"),
        (asyncpg.TooManyConnectionsError("sorry"), 503, "database_full"),
        (asyncpg.AdminShutdownError("terminating"), 503, "database_unavailable"),
        (asyncpg.CannotConnectNowError("starting up"), 503, "database_unavailable"),
        (asyncpg.DeadlockDetectedError("deadlock"), 503, "database_unavailable"),
        (asyncpg.ConnectionDoesNotExistError("gone"), 503, "database_unavailable"),
        (asyncpg.InterfaceError("connection is closed"), 503, "database_unavailable"),
        (asyncpg.InterfaceError("the server expects 2 arguments"), 500, "internal_error"),
        (asyncpg.UndefinedTableError("no table"), 500, "internal_error"),
        (ConnectionResetError("reset"), 503, "database_unavailable"),
        (TimeoutError(), 503, "database_unavailable"),
        (Transient("The inbox does not answer.", target="inbox", retry_after_seconds=7), 503, "remote_unavailable"),
        (Permanent("The inbox refuses the password.", target="inbox"), 502, "remote_refused"),
        (Ambiguous("Nobody knows.", target="inbox"), 502, "remote_uncertain"),
        (Busy("Somebody is at it.", code="session_busy"), 409, "session_busy"),
        (Unavailable("Closed.", headers={"Retry-After": "9"}), 503, "unavailable"),
    ],
)
async def test_each_kind_of_error_has_its_status_and_code(app, raised, status, code) -> None:
    app.state.resources.failures.append(raised)
    answer = await client(app).post("/v1/notes/break")
    check_problem(answer, status, code)
    if status == 503:
        assert int(answer.headers["retry-after"]) > 0


async def test_no_identity_is_a_401_and_too_little_of_a_role_a_403(app) -> None:
    check_problem(await stranger(app).get("/v1/notes"), 401, "unauthorized")
    check_problem(await client(app, None).get("/v1/notes"), 403, "forbidden")
    body = check_problem(await client(app, "viewer").post("/v1/notes/poke"), 403, "forbidden")
    assert body["params"] == {"needed": "operator", "role": "viewer"}
    assert (await client(app, "admin").post("/v1/notes/poke")).status_code == 204


async def test_the_request_id_is_taken_over_when_it_is_one(app) -> None:
    wanted = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
    answer = await client(app).get("/v1/nothing", headers={"X-Request-ID": wanted})
    assert answer.headers["x-request-id"] == wanted
    answer = await client(app).get("/v1/nothing", headers={"X-Request-ID": "<script>"})
    assert "<script>" not in answer.headers["x-request-id"]
    assert len(answer.headers["x-request-id"]) == 36
