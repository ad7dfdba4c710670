"""Only what the gateway signed, for this service, now, is an identity."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from fastapi import FastAPI
from joserfc import jwt

from common.errors import Unauthorized
from common.identity import (
    HEADER,
    ISSUER,
    TYPE,
    Identity,
    Verifier,
    load_key,
    make_key,
    mint,
    private_json,
    public_set_json,
)
from tests.common.http.sample.service import SAMPLE
from tests.support.api import KEY, check_problem, stranger

ADA = Identity("42", "Ada", "user", "operator")


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def claims(**changed) -> dict:
    now = int(time.time())
    made = {"iss": ISSUER, "aud": "sample", "sub": "42", "name": "Ada", "kind": "user", "role": "admin", "iat": now}
    return {name: value for name, value in (made | {"exp": now + 60} | changed).items() if value is not ...}


def signed(key=KEY, *, head=None, **changed) -> str:
    header = {"alg": "Ed25519", "typ": TYPE, "kid": key.kid} | (head or {})
    return jwt.encode(header, claims(**changed), key, algorithms=["Ed25519"])


def unsigned() -> str:
    return f"{part({'alg': 'none', 'typ': TYPE, 'kid': KEY.kid})}.{part(claims())}."


def signed_with_the_public_key_as_secret() -> str:
    body = f"{part({'alg': 'HS256', 'typ': TYPE, 'kid': KEY.kid})}.{part(claims())}"
    secret = base64.urlsafe_b64decode(KEY.as_dict(private=False)["x"] + "==")
    return f"{body}.{part(hmac.new(secret, body.encode(), hashlib.sha256).digest())}"


def tampered() -> str:
    head, _, signature = signed(role="viewer").split(".")
    return f"{head}.{part(claims(role='admin'))}.{signature}"


ATTACKS = {
    "alg none": unsigned,
    "HS256 with the public key": signed_with_the_public_key_as_secret,
    "claims changed after signing": tampered,
    "another key": lambda: signed(make_key()),
    "another key under the known name": lambda: signed(make_key(), head={"kid": KEY.kid}),
    "unknown kid": lambda: signed(head={"kid": "unknown"}),
    "no kid": lambda: jwt.encode({"alg": "Ed25519", "typ": TYPE}, claims(), KEY, algorithms=["Ed25519"]),
    "key brought along": lambda: signed(key := make_key(), head={"jwk": key.as_dict(private=False)}),
    "wrong typ": lambda: signed(head={"typ": "JWT"}),
    "for another service": lambda: signed(aud="gateway"),
    "for several services": lambda: signed(aud=["sample", "other"]),
    "from somebody else": lambda: signed(iss="https://evil.test"),
    "expired": lambda: signed(exp=int(time.time()) - 1),
    "never expires": lambda: signed(exp=...),
    "expires as text": lambda: signed(exp="9999999999"),
    "not yet": lambda: signed(nbf=int(time.time()) + 60),
    "issued in the future": lambda: signed(iat=int(time.time()) + 60),
    "no subject": lambda: signed(sub=...),
    "unknown role": lambda: signed(role="root"),
    "unknown kind": lambda: signed(kind="ghost"),
    "no token at all": lambda: "x",
    "empty": lambda: "",
    "not even text": lambda: "\xff.\xfe.\xfd",
}


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    return Verifier(public_set_json(KEY), "sample")


@pytest.mark.parametrize("attack", ATTACKS)
def test_identity_is_refused(verifier: Verifier, attack: str) -> None:
    with pytest.raises(Unauthorized):
        verifier.verify(ATTACKS[attack]())


def test_a_minted_identity_is_known_again(verifier: Verifier) -> None:
    token = mint(KEY, audience="sample", identity=ADA)
    assert verifier.verify(token) == ADA
    assert verifier.verify(token) is verifier.verify(token)


def test_a_key_survives_its_json_form() -> None:
    key = make_key()
    again = load_key(private_json(key))
    both = Verifier(public_set_json(KEY, again), "sample")
    assert both.verify(mint(key, audience="sample", identity=ADA)) == ADA
    assert "d" not in json.loads(public_set_json(key))["keys"][0]


def test_what_was_remembered_still_expires(verifier: Verifier) -> None:
    token = signed(exp=int(time.time()) + 1)
    assert verifier.verify(token).name == "Ada"
    time.sleep(1.1)
    with pytest.raises(Unauthorized):
        verifier.verify(token)


def test_remembering_is_bounded() -> None:
    forgetful = Verifier(public_set_json(KEY), "sample", remember=3)
    tokens = [mint(KEY, audience="sample", identity=ADA) for _ in range(10)]
    assert [forgetful.verify(token) for token in tokens * 2] == [ADA] * 20
    assert len(forgetful._seen) <= 3


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_roles_are_ordered(role) -> None:
    order = ["viewer", "operator", "admin"]
    for needed in order:
        assert Identity("1", "x", "user", role).may(needed) == (order.index(role) >= order.index(needed))
        assert not Identity("1", "x", "user", None).may(needed)


async def test_headers_that_only_look_like_an_identity_do_nothing(app: FastAPI) -> None:
    claimed = {"X-User": "admin", "X-Roles": "admin", "X-Forwarded-User": "admin", "Authorization": "Bearer admin"}
    check_problem(await stranger(app, claimed).get("/v1/notes"), 401, "unauthorized")


async def test_a_false_identity_is_refused_even_where_nothing_is_changed(app: FastAPI) -> None:
    check_problem(await stranger(app, {HEADER: unsigned()}).get("/v1/notes"), 401, "identity_invalid")


async def test_two_identities_are_none(app: FastAPI) -> None:
    async with stranger(app) as api:
        api.headers = [(HEADER, mint(KEY, audience=SAMPLE.name, identity=ADA))] * 2
        check_problem(await api.get("/v1/notes"), 401, "identity_invalid")
