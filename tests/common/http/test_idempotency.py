"""The same request sent again has no second effect and gets the same answer."""

import asyncio
import uuid

import pytest

from common.errors import Conflict, Unavailable
from tests.support.api import check_problem, client


@pytest.fixture
def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


async def test_a_repeat_is_answered_without_a_second_effect(app, key) -> None:
    api = client(app)
    first = await api.post("/v1/notes", json={"text": "once"}, headers=key)
    again = await api.post("/v1/notes", json={"text": "once"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert app.state.resources.effects == ["once"]


async def test_another_body_or_question_under_the_same_key_is_refused(app, key) -> None:
    api = client(app)
    await api.post("/v1/notes", json={"text": "one"}, headers=key)
    check_problem(await api.post("/v1/notes", json={"text": "two"}, headers=key), 422, "idempotency_key_reused")
    check_problem(await api.post("/v1/notes?x=1", json={"text": "one"}, headers=key), 422, "idempotency_key_reused")
    assert app.state.resources.effects == ["one"]


async def test_a_key_belongs_to_its_sender_method_and_address(app, key) -> None:
    for name in ("Ada", "Grace"):
        assert (await client(app, name=name).post("/v1/notes/poke", headers=key)).status_code == 204
    assert (await client(app, name="Ada").post("/v1/notes", json={"text": "x"}, headers=key)).status_code == 201
    assert app.state.resources.effects == ["poke", "poke", "x"]


async def test_fifty_at_once_have_one_effect(app, key) -> None:
    api = client(app)
    answers = await asyncio.gather(*(api.post("/v1/notes", json={"text": "slow"}, headers=key) for _ in range(50)))
    assert app.state.resources.effects == ["slow"]
    told = [answer for answer in answers if answer.status_code == 409]
    assert sum(answer.status_code == 201 for answer in answers) == len(answers) - len(told)
    for answer in told:
        check_problem(answer, 409, "idempotency_in_progress")
        assert answer.headers["retry-after"] == "1"
    again = await api.post("/v1/notes", json={"text": "slow"}, headers=key)
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("error", [RuntimeError("boom"), Unavailable("not now")])
async def test_a_5xx_is_not_kept_so_that_the_retry_may_succeed(app, key, error) -> None:
    api = client(app)
    app.state.resources.failures.append(error)
    assert (await api.post("/v1/notes", json={"text": "x"}, headers=key)).status_code >= 500
    assert (await api.post("/v1/notes", json={"text": "x"}, headers=key)).status_code == 201


async def test_a_final_refusal_is_kept_with_its_shape(app, key) -> None:
    api = client(app)
    app.state.resources.failures.append(Conflict("Too late.", code="too_late"))
    check_problem(await api.post("/v1/notes", json={"text": "x"}, headers=key), 409, "too_late")
    again = await api.post("/v1/notes", json={"text": "x"}, headers=key)
    assert (again.status_code, again.json()["code"]) == (409, "too_late")
    assert again.headers["content-type"] == "application/problem+json"


async def test_a_refusal_that_may_pass_is_not_kept(app, key) -> None:
    api = client(app)
    app.state.resources.failures.append(Conflict("Wait.", headers={"Retry-After": "5"}))
    check_problem(await api.post("/v1/notes", json={"text": "x"}, headers=key), 409, "conflict")
    assert (await api.post("/v1/notes", json={"text": "x"}, headers=key)).status_code == 201
    check_problem(await client(app, "viewer").post("/v1/notes/poke", headers=key), 403, "forbidden")
    assert (await client(app, "operator").post("/v1/notes/poke", headers=key)).status_code == 204


async def test_an_upload_is_compared_by_its_bytes_not_by_its_boundary(app, key) -> None:
    api = client(app)
    content = bytes(range(256)) * 8000

    def body(data: bytes, boundary: str) -> dict:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'.encode()
        return {
            "content": head + data + f"\r\n--{boundary}--\r\n".encode(),
            "headers": key | {"Content-Type": f"multipart/form-data; boundary={boundary}"},
        }

    first = await api.post("/v1/notes/upload", **body(content, "one"))
    again = await api.post("/v1/notes/upload", **body(content, "another-boundary"))
    assert (first.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    changed = await api.post("/v1/notes/upload", **body(content[:-1] + b"x", "one"))
    check_problem(changed, 422, "idempotency_key_reused")
    assert app.state.resources.effects == ["a.txt"]


async def test_a_request_without_a_body_can_be_repeated(app, key) -> None:
    api = client(app)
    for replayed in (None, "true"):
        answer = await api.post("/v1/notes/poke", headers=key)
        assert (answer.status_code, answer.headers.get("idempotent-replayed")) == (204, replayed)
    unread = await api.post("/v1/notes/poke", content=b"never read by the endpoint", headers=key)
    check_problem(unread, 422, "idempotency_key_reused")


async def test_an_answer_with_a_secret_is_neither_kept_nor_given_twice(app, key) -> None:
    api = client(app, "admin")
    assert (await api.post("/v1/notes/keys", headers=key)).json() == {"secret": "shown-once"}
    check_problem(await api.post("/v1/notes/keys", headers=key), 409, "idempotency_answer_withheld")
    assert app.state.resources.effects == ["key"]
    async with app.state.core.db.connection() as conn:
        rows = await conn.fetch("SELECT idempotency_keys::text AS whole FROM idempotency_keys")
    assert not [row for row in rows if "shown-once" in row["whole"] or key["Idempotency-Key"] in row["whole"]]


async def test_a_claim_whose_process_died_is_taken_over(app, key) -> None:
    api = client(app)
    app.state.resources.failures.append(RuntimeError("x"))
    await api.post("/v1/notes", json={"text": "x"}, headers=key)
    async with app.state.core.db.connection() as conn:
        await conn.execute(
            "INSERT INTO idempotency_keys (principal, method, route, key_digest, expires_at)"
            " SELECT 'id-of-Ada Test', 'POST', '/v1/notes', encode(sha256(convert_to($1, 'UTF8')), 'hex'),"
            " clock_timestamp() + interval '1 day'",
            key["Idempotency-Key"],
        )
        held = await api.post("/v1/notes", json={"text": "x"}, headers=key)
        check_problem(held, 409, "idempotency_in_progress")
        await conn.execute("UPDATE idempotency_keys SET created_at = created_at - interval '3 minutes'")
    assert (await api.post("/v1/notes", json={"text": "x"}, headers=key)).status_code == 201


async def test_an_expired_key_is_new_again(app, key) -> None:
    api = client(app)
    await api.post("/v1/notes", json={"text": "one"}, headers=key)
    async with app.state.core.db.connection() as conn:
        await conn.execute("UPDATE idempotency_keys SET expires_at = clock_timestamp()")
    assert (await api.post("/v1/notes", json={"text": "two"}, headers=key)).status_code == 201


@pytest.mark.parametrize("length", [0, 256])
async def test_a_key_has_a_sensible_length(app, length) -> None:
    answer = await client(app).post("/v1/notes/poke", headers={"Idempotency-Key": "k" * length})
    body = check_problem(answer, 422, "invalid_input")
    assert body["errors"][0]["pointer"] == "Idempotency-Key"
