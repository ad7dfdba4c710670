"""`portico-admin`: before there is a gateway to ask."""

from __future__ import annotations

import asyncio
import io
import json
import re
import stat
from typing import TYPE_CHECKING

import pytest

from common.identity import Verifier, load_key, private_json, public_set_json
from gateway.admin import main
from tests.gateway.conftest import SIGNING_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gateway.conftest import Running


@pytest.fixture
def environment(running: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """The running gateway's settings, as `portico-admin` reads them."""
    monkeypatch.setenv("GATEWAY_DATABASE_URL", str(running.database_url))
    monkeypatch.setenv("GATEWAY_SIGNING_KEY", private_json(SIGNING_KEY))
    return running


def test_keys_are_made_once_and_readable_by_their_owner_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["make-keys", str(tmp_path / "keys")]) == 0
    private, public = tmp_path / "keys" / "signing-key.json", tmp_path / "keys" / "identity-keys.json"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (private, public)} == {0o600}
    key = load_key(private.read_text())
    assert [entry["kid"] for entry in json.loads(public.read_text())["keys"]] == [key.kid]
    assert '"d"' not in public.read_text()
    before = private.read_text()
    assert main(["make-keys", str(tmp_path / "keys")]) == 1
    assert private.read_text() == before
    assert "signing-key.json" in capsys.readouterr().err


def test_a_token_is_an_identity_for_one_service(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", "postgresql://u:p@localhost/x")
    monkeypatch.setenv("GATEWAY_SIGNING_KEY", private_json(SIGNING_KEY))
    assert main(["token", "invoices", "--role", "operator"]) == 0
    identity = Verifier(public_set_json(SIGNING_KEY), "invoices").verify(capsys.readouterr().out.strip())
    assert (identity.role, identity.kind) == ("operator", "system")


async def test_the_first_administrator_is_made_with_a_password_of_their_own(
    environment: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a sentence that I chose\n"))
    command = ["create-admin", "root", "--password-stdin", "--roles", '{"invoices": "admin"}']
    assert await asyncio.to_thread(main, command) == 0
    assert "a sentence" not in capsys.readouterr().out
    user = (await environment.browser().login("root", "a sentence that I chose")).json()["user"]
    assert user["roles"] == {"portico": "admin", "invoices": "admin"}
    assert user["must_change_password"] is False
    monkeypatch.setattr("sys.stdin", io.StringIO("a sentence that I chose\n"))
    assert await asyncio.to_thread(main, command) == 1
    assert "already a user named root" in capsys.readouterr().err


async def test_a_made_password_is_printed_once_and_good_for_one_login(
    environment: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(main, ["create-admin", "root"]) == 0
    made = re.search(r"once: (\S+)$", capsys.readouterr().out.strip())
    assert made
    user = (await environment.browser().login("root", made[1])).json()["user"]
    assert user["must_change_password"] is True


async def test_a_key_can_be_made_before_anybody_signed_in(
    environment: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(main, ["create-key", "demo", "--roles", '{"invoices": "operator"}']) == 0
    headers = {"Authorization": f"Bearer {capsys.readouterr().out.strip()}"}
    response = await environment.browser().get("/api/invoices/v1/echo", headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize("roles", ["x", "[]", '{"invoices": "god"}'])
def test_roles_that_make_no_sense_are_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], roles: str
) -> None:
    assert main(["create-key", "demo", "--roles", roles]) == 1
    told = capsys.readouterr().err
    assert told
    assert "Traceback" not in told


async def test_migrating_twice_changes_nothing(environment: Running, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["migrate", "--owner-url", environment.database_url.owner]
    assert await asyncio.to_thread(main, command) == 0
    assert "Nothing to do" in capsys.readouterr().out
