"""Logs are JSON, know their request, and hold no secret, whoever wrote the line (a canary that must not sing)."""

import json
import subprocess
import sys
import uuid
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.jobs.scribe import Scribe
from common.logging import HIDDEN, redact
from common.problem import BadGateway, problem

CANARY = "c4n4ry-0f-a-s3cret"

WRITES_EVERYTHING = f"""
import logging, structlog
from common.logging import configure_logging
canary = {CANARY!r}
configure_logging("sample", "debug")
log = structlog.get_logger()
with structlog.contextvars.bound_contextvars(request_id="r-1", run_id="run-1"):
    log.info("by.name", password=canary, api_key=canary, headers={{"Authorization": canary, "cookie": canary}})
    log.info("by.form", url=f"ftp://demo:{{canary}}@files.test/in", nested=[{{"deep": {{"client_secret": canary}}}}])
    log.info("in.text", text=f"Bearer {{canary}} and pk_abc_{{canary}}", jwt="eyJhbGciOiJ4.eyJzdWIiOiIx." + canary)
    logging.getLogger("asyncpg").warning("cannot connect to postgresql://user:%s@db/x", canary)
    logging.getLogger("other").warning("extra", extra={{"identity_keys": canary}})
    try:
        raise ValueError(f"bad url sftp://me:{{canary}}@host/")
    except ValueError:
        log.exception("thing.failed", token=canary)
logging.getLogger("uvicorn.error").info("started")
"""


@pytest.fixture(scope="module")
def lines() -> list[dict]:
    done = subprocess.run([sys.executable, "-c", WRITES_EVERYTHING], capture_output=True, text=True, check=True)
    assert CANARY not in done.stdout + done.stderr
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_no_canary_sings_and_every_line_is_json(lines) -> None:
    assert len(lines) == 7
    assert sum(HIDDEN in json.dumps(line) for line in lines) == 6


def test_each_line_says_when_what_who_and_for_which_request(lines) -> None:
    for line in lines:
        assert {"ts", "level", "event", "service"} <= set(line)
    assert {line.get("request_id") for line in lines[:6]} == {"r-1"}
    assert {line.get("run_id") for line in lines[:6]} == {"run-1"}
    assert "request_id" not in lines[6]


def test_an_error_keeps_its_traceback(lines) -> None:
    assert "ValueError" in lines[5]["exception"]


@pytest.mark.parametrize("harmless", ["ftp://files.test/in", "imports.pick_up", "a:b@c", 3, None, True, "10:30"])
def test_what_is_no_secret_stays(harmless) -> None:
    assert redact({"value": harmless}) == {"value": harmless}


@given(st.recursive(st.just(CANARY), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["password", "token", "x_secret", "Authorization"]), inner, min_size=1, max_size=2)))  # fmt: skip
def test_nothing_below_a_telling_key_gets_out(value) -> None:
    assert CANARY not in json.dumps(redact({"secret": value}))


def test_the_log_of_a_run_keeps_no_secret_either() -> None:
    scribe = Scribe(database=None)
    lease = SimpleNamespace(run_id=uuid.uuid4(), attempt=1)
    scribe.log(lease, "file.listed", f"at ftp://demo:{CANARY}@files.test", "info", {"password": CANARY, "n": 3})
    (line,) = scribe._lines
    assert CANARY not in str(line)
    assert line["fields"] == {"password": HIDDEN, "n": 3}


def test_a_problem_keeps_no_secret_either() -> None:
    told = problem(BadGateway(f"ftp://demo:{CANARY}@files.test refuses"), instance="/", request_id="")
    assert CANARY not in str(told)
    assert "ftp://" in told["detail"]
