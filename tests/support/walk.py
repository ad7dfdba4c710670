"""Walks an OpenAPI document: what it promises, and whether the application keeps it.

    assert promises(document) == []                                 # of the document alone
    assert await walk(document, call, seed=7) == []                 # `call(role)` gives a caller; None: a stranger

Each operation is called as a stranger, with too little of a role, with things that don't exist, with nonsense in every
place, and with bodies made from its schema, right and wrong. Every answer must be a documented one in the documented
form; none may be a 5xx. Event streams are only knocked at: they never end.
"""

from __future__ import annotations

import asyncio
import copy
import random
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

METHODS = ("get", "put", "post", "delete", "patch")
UNSAFE = ("put", "post", "delete", "patch")
ROLES = ("viewer", "operator", "admin")
PUBLIC, SIGNED_IN = "public", "signed_in"  # what the gateway's own operations may say besides
PATIENCE_SECONDS = 15
PROBLEM = "application/problem+json"
PROBLEM_FIELDS = {"type", "title", "status", "detail", "instance", "code", "params", "request_id", "errors"}
NASTY = ["", " ", "\0", "'", "%", "..", "a,,b", "!", "💥", "-1", "1e9", "9" * 30, "x" * 2000, "true", "[]", "a..b"]

Call = Callable[[str | None], httpx.AsyncClient]


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    spec: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def role(self) -> str | None:
        """None for what anybody may call."""
        said = self.spec.get("x-role")
        return None if said == PUBLIC else said

    @property
    def too_little(self) -> tuple[str | None, ...]:
        """The roles of those who are known and still may not; None is known without any role."""
        return (None, *ROLES[: ROLES.index(self.role)]) if self.role in ROLES else ()

    @property
    def streams(self) -> bool:
        return "text/event-stream" in self.spec["responses"].get("200", {}).get("content", {})

    def parameters(self, place: str) -> list[dict[str, Any]]:
        return [parameter for parameter in self.spec.get("parameters", []) if parameter["in"] == place]

    def body(self, media_type: str) -> dict[str, Any] | None:
        content = self.spec.get("requestBody", {}).get("content", {})
        return content.get(media_type, {}).get("schema")


def operations(document: dict[str, Any]) -> list[Operation]:
    return [
        Operation(method, path, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def promises(document: dict[str, Any], *, open_to_all: tuple[str, ...] = ("livez", "readyz")) -> list[str]:
    """What is missing in the document itself; operations in `open_to_all` need no role."""
    validate(document)
    found = [] if document["openapi"].startswith("3.1") else [f"is OpenAPI {document['openapi']}, not 3.1"]
    names = [operation.spec.get("operationId", "") for operation in operations(document)]
    found += [f"operation id {name} is not unique" for name in {name for name in names if names.count(name) > 1}]
    for operation in operations(document):
        found += [f"{operation.name}: {lack}" for lack in _lacks(operation, open_to_all)]
    return found


def _lacks(operation: Operation, open_to_all: tuple[str, ...]) -> Iterator[str]:
    spec = operation.spec
    if not re.fullmatch(r"[a-z][a-z0-9_]*", spec.get("operationId", "")):
        yield "operation id is not snake_case"
    if not spec.get("summary") or not spec.get("tags"):
        yield "has no summary or no tag"
    if operation.role not in {*ROLES, SIGNED_IN} and spec.get("operationId") not in open_to_all:
        yield "names no role"
    named = {parameter["name"].lower() for parameter in spec.get("parameters", [])}
    if operation.method in UNSAFE and "idempotency-key" not in named:
        yield "does not take an Idempotency-Key"
    wanted = {"500", "503"} | ({"401", "403"} if operation.role else set())
    wanted |= {"422"} if spec.get("parameters") or "requestBody" in spec else set()
    wanted |= {"412", "428"} if "if-match" in named else set()
    if missing := wanted - set(spec["responses"]):
        yield f"does not document {sorted(missing)}"
    for status, response in spec["responses"].items():
        open_one = spec.get("operationId") in open_to_all
        if status[0] in "45" and not open_one and PROBLEM not in response.get("content", {}):
            yield f"documents {status} without {PROBLEM}"
    if "cursor" in named and "limit" not in named:
        yield "pages without a limit"


@dataclass
class _Walk:
    document: dict[str, Any]
    call: Call
    chance: random.Random
    known: dict[str, str]
    found: list[str] = field(default_factory=list)

    async def through(self, operation: Operation, examples: int) -> None:
        await self.knock(operation)
        if operation.streams:
            return
        await self.send(operation, "with what does not exist")
        for nonsense in self.chance.sample(NASTY, min(examples, len(NASTY))):
            await self.send(operation, f"with {nonsense[:20]!r} everywhere", place=nonsense, question=nonsense)
            await self.send(operation, f"asked {nonsense[:20]!r}", question=nonsense)
        for _ in range(examples if operation.body("multipart/form-data") else 0):
            name = self.chance.choice(["a.txt", "", "../../x", "día.csv", "x" * 300])
            content = bytes(self.chance.randrange(256) for _ in range(self.chance.choice([0, 1, 500])))
            await self.send(operation, f"with the file {name[:20]!r}", files={"file": (name, content)})
        if operation.body("application/json") is not None:
            for content in (b"{", b"[]", b"null", b'"x"', b"\xff", b""):
                await self.send(operation, f"with the body {content!r}", content=content)
            for _ in range(examples):
                await self.send(operation, "with a body by the schema", json=self.made(operation))
                await self.send(operation, "with a body nearly by the schema", json=self.spoilt(operation))

    async def knock(self, operation: Operation) -> None:
        """Nobody, and everybody with less than the role, is turned away before anything else is looked at."""
        if operation.role is None:
            return
        url = self.url(operation, None)
        for who, status in (("stranger", 401), *((role, 403) for role in operation.too_little)):
            seen = {"If-Match": '"v1"'}
            answer = await self.call(who).request(operation.method, url, headers=seen, json=self.made(operation))
            if answer.status_code not in {status, 422}:
                self.note(operation, f"as {who}", f"answers {answer.status_code} instead of {status}")
            self.check(operation, f"as {who}", answer)

    async def send(
        self, operation: Operation, how: str, *, place: str | None = None, question: str | None = None, **body: Any
    ) -> None:
        headers = {"Content-Type": "application/json"} if "content" in body else {}
        if operation.method in UNSAFE:
            headers["Idempotency-Key"] = str(uuid.UUID(int=self.chance.getrandbits(128)))
        if any(parameter["name"].lower() == "if-match" for parameter in operation.parameters("header")):
            headers["If-Match"] = self.chance.choice(['"v1"', '"v0"', "*", "nonsense"])
        query = {p["name"]: question for p in operation.parameters("query")} if question is not None else {}
        url = self.url(operation, place)
        asked = self.call(self.caller(operation)).request(operation.method, url, params=query, headers=headers, **body)
        try:
            answer = await asyncio.wait_for(asked, PATIENCE_SECONDS)
        except TimeoutError:
            self.note(operation, how, f"does not answer within {PATIENCE_SECONDS} s")
            return
        self.check(operation, how, answer)

    @staticmethod
    def caller(operation: Operation) -> str | None:
        return operation.role if operation.role in {*ROLES, None} else "viewer"

    def url(self, operation: Operation, place: str | None) -> str:
        def fill(match: re.Match[str]) -> str:
            name = match[1]
            schema = next((p["schema"] for p in operation.parameters("path") if p["name"] == name), {})
            value = (place or self.known.get(name) or str(self.value(schema, 0))).replace("/", "-")
            return str(httpx.QueryParams({"": value}))[1:].replace("+", "%20").replace(".", "%2E") or "-"

        return re.sub(r"{(\w+)}", fill, operation.path)

    def check(self, operation: Operation, how: str, answer: httpx.Response) -> None:
        status, kind = str(answer.status_code), answer.headers.get("content-type", "").split(";")[0]
        if answer.status_code >= 500:
            self.note(operation, how, f"answers {status}: {answer.text[:200]}")
            return
        documented = operation.spec["responses"].get(status)
        if documented is None and answer.status_code not in {404, 405}:
            self.note(operation, how, f"answers {status}, which is not documented: {answer.text[:160]}")
        if answer.status_code >= 400:
            if kind != PROBLEM or set(answer.json()) != PROBLEM_FIELDS:
                self.note(operation, how, f"answers {status} as {kind} without the shape of a problem")
        elif documented and (content := documented.get("content")):
            self.check_content(operation, how, answer, content)
        for header in ("x-request-id", "x-content-type-options", "cache-control"):
            if header not in answer.headers:
                self.note(operation, how, f"answers {status} without {header}")

    def check_content(self, operation: Operation, how: str, answer: httpx.Response, content: dict[str, Any]) -> None:
        kind = answer.headers.get("content-type", "").split(";")[0]
        if kind not in content:
            self.note(operation, how, f"answers as {kind!r}, not as one of {sorted(content)}")
        elif kind == "application/json":
            schema = {**content[kind].get("schema", {}), "components": self.document["components"]}
            for error in list(Draft202012Validator(schema).iter_errors(answer.json()))[:2]:
                self.note(operation, how, f"answers against its schema: {error.message[:160]}")

    def note(self, operation: Operation, how: str, what: str) -> None:
        line = f"{operation.name} {how} {what}"
        if line not in self.found:
            self.found.append(line)

    def made(self, operation: Operation) -> Any:
        schema = operation.body("application/json")
        return None if schema is None else self.value(schema, 0)

    def spoilt(self, operation: Operation) -> Any:
        """A body with one thing too many, missing, or of another kind."""
        value = copy.deepcopy(self.made(operation))
        if isinstance(value, dict) and value:
            name = self.chance.choice(sorted(value))
            value[name] = self.chance.choice([None, "", "\0", -1, 10**40, [], {}, "x" * 5000, True, 0.5, [[None]]])
            if self.chance.random() < 0.3:
                del value[name]
            return value
        return {"unexpected": value}

    def value(self, schema: dict[str, Any], depth: int) -> Any:
        """Something that `schema` allows, as small as can be beyond some depth."""
        if "$ref" in schema:
            return self.value(self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]], depth + 1)
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return self.value(self.chance.choice(schema[several]), depth + 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.chance.choice(schema["enum"])
        return self._of_type(schema, depth)

    def _of_type(self, schema: dict[str, Any], depth: int) -> Any:
        match schema.get("type"):
            case "object":
                properties = schema.get("properties", {})
                needed = set(schema.get("required", ()))
                chosen = [n for n in properties if n in needed or (depth < 4 and self.chance.random() < 0.6)]
                return {name: self.value(properties[name], depth + 1) for name in chosen}
            case "array":
                low, high = schema.get("minItems", 0), min(schema.get("maxItems", 2), 2)
                count = self.chance.randint(low, max(low, high))
                return [self.value(schema.get("items", {}), depth + 1) for _ in range(count)]
            case "integer" | "number":
                low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
                return min(self.chance.randint(int(low), int(low) + 10), schema.get("maximum", 10**9))
            case "boolean":
                return self.chance.random() < 0.5
            case "null":
                return None
        return self._text(schema)

    def _text(self, schema: dict[str, Any]) -> str:
        at = {"uuid": str(uuid.UUID(int=self.chance.getrandbits(128))), "date": "2026-11-20", "time": "08:00:00"}
        at |= {"date-time": "2026-11-20T08:00:00Z", "email": "ada@example.test", "uri": "https://example.test/"}
        if schema.get("format") in at:
            return at[schema["format"]]
        words = ["nothing", "a b", "ünïcode", "0 8 * * *", "Europe/Rome", "2026-11-20"]
        text = self.chance.choice(words)[: schema.get("maxLength", 99)]
        return text.ljust(schema.get("minLength", 0), "x")


async def walk(
    document: dict[str, Any],
    call: Call,
    *,
    seed: int,
    examples: int = 4,
    known: dict[str, str] | None = None,
    skip: tuple[str, ...] = (),
) -> list[str]:
    """Every promise that was broken on the way, as sentences.

    Args:
        call: role → a caller with it; "stranger" → one without any identity; None → known, without a role.
        seed: of everything that is drawn; print it.
        known: path parameter → a value that exists, so that the walk gets behind the 404.
        skip: operation ids that are walked elsewhere.
    """
    walking = _Walk(document, call, random.Random(seed), known or {})
    for operation in operations(document):
        if operation.spec.get("operationId") not in skip:
            await walking.through(operation, examples)
    return walking.found
