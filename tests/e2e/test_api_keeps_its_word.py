"""The merged OpenAPI document, walked through the gateway of a running installation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.walk import operations, promises, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.portico import RunningPortico

SEED = 20261121
OPEN = ("livez", "readyz", "login")
# Walked by tests/gateway: these would sign the walker out, or take its key away.
SKIP = ("logout", "login", "change_password", "change_own_password", "end_session")


@pytest.fixture(scope="module")
def document(portico: RunningPortico) -> dict[str, Any]:
    answer = portico.api.get("/api/openapi.json")
    answer.raise_for_status()
    return answer.json()


@pytest.fixture(scope="module")
def keys(portico: RunningPortico) -> dict[str | None, str]:
    """An API key for each role, of every service alike, and one without any."""
    made = {}
    for role in (None, "viewer", "operator", "admin"):
        body = {"name": f"walker-{role}", "roles": {"invoices": role, "portico": role} if role else {}}
        answer = portico.api.post("/api/keys", json=body)
        assert answer.status_code == 201, answer.text
        made[role] = answer.json()["secret"]
    return made


@pytest.fixture
async def callers(portico: RunningPortico, keys: dict[str | None, str]) -> Any:
    clients = {
        role: httpx.AsyncClient(base_url=portico.url, headers={"Authorization": f"Bearer {key}"})
        for role, key in keys.items()
    }
    clients["stranger"] = httpx.AsyncClient(base_url=portico.url)
    yield clients.__getitem__
    for client in clients.values():
        await client.aclose()


def test_the_merged_document_is_whole(document: dict[str, Any]) -> None:
    assert promises(document, open_to_all=OPEN) == []
    paths = {operation.path for operation in operations(document)}
    assert {"/api/auth/login", "/api/health", "/api/runs", "/api/invoices/v1/session/start"} <= paths


@pytest.mark.timeout(300)
async def test_every_operation_keeps_its_word(document: dict[str, Any], callers: Any) -> None:
    print(f"seed {SEED}")
    broken = await walk(document, callers, seed=SEED, examples=2, skip=SKIP)
    assert broken == [], "\n".join(broken)


def schemathesis_command(portico: RunningPortico, schema: Path, key: str, streams: list[str]) -> list[str]:
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", str(schema), "--url", portico.url]
    command += ["-H", f"Authorization: Bearer {key}", "--checks", checks, "--max-examples", "4", "--seed", str(SEED)]
    command += ["--phases", "examples,coverage,fuzzing", "--request-timeout", "20", "--generation-deterministic"]
    for name in (*SKIP, *streams):
        command += ["--exclude-operation-id", name]
    return command


@pytest.mark.timeout(600)
def test_schemathesis_finds_nothing(
    portico: RunningPortico, document: dict[str, Any], keys: dict[str | None, str], tmp_path: Path
) -> None:
    schema = tmp_path / "openapi.json"
    schema.write_text(json.dumps(document), encoding="utf-8")
    streams = [operation.spec["operationId"] for operation in operations(document) if operation.streams]
    command = schemathesis_command(portico, schema, keys["admin"], streams)
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "NO_COLOR": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def secrets_of(portico: RunningPortico) -> Iterator[str]:
    """Every secret of the installation that a log could betray."""
    yield portico.password
    yield portico.api_key.rpartition("_")[2]
    for value in json.loads((portico.folder / "var" / "stack.json").read_text(encoding="utf-8"))["secrets"].values():
        yield str(value)


def test_no_log_holds_a_secret(portico: RunningPortico, keys: dict[str | None, str]) -> None:
    portico.api.post("/api/auth/login", json={"username": portico.username, "password": portico.password})
    logs = {path.name: path.read_text(errors="replace") for path in (portico.folder / "var" / "log").glob("*.log")}
    assert {"gateway.log", "invoices-api.log", "invoices-worker.log"} <= set(logs)
    canaries = [*secrets_of(portico), *(key.rpartition("_")[2] for key in keys.values())]
    assert [name for name, text in logs.items() for secret in canaries if len(secret) > 8 and secret in text] == []
