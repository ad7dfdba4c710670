"""The OpenAPI document, completed: roles, problems, headers. Used by every service and the gateway.

What every operation has in common is said once, here, instead of at each endpoint: its role (from its dependency), the
problems that anybody may get, the Idempotency-Key of unsafe methods. `tests/support/walk.py` checks what it promises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from common.auth import SCHEME_NAME
from common.problem import Problem, ProblemField, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

METHODS = ("get", "put", "post", "delete", "patch")
UNSAFE = ("put", "post", "delete", "patch")

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any unique text: the same request sent again gets the same answer, without a second effect.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def document(app: FastAPI) -> dict[str, Any]:
    """The document of `app`; made once."""
    if not app.openapi_schema:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        _complete(made)
        app.openapi_schema = made
    return app.openapi_schema


def operations(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation of each operation in a document."""
    for path, item in made["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def _complete(made: dict[str, Any]) -> None:
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for model in (Problem, ProblemField):
        schemas[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas[model.__name__].pop("$defs", None)
    for method, _, operation in operations(made):
        role = _role(operation)
        if role:
            operation.setdefault("x-role", role)
        if method in UNSAFE:
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        responses = operation["responses"]
        responses.pop("422", None)
        if _takes(operation, "last-event-id"):
            responses["200"]["content"] = {"text/event-stream": {"schema": {"type": "string"}}}
        for status, response in problems(*_common_statuses(method, operation, role)).items():
            responses.setdefault(str(status), response)


def _role(operation: dict[str, Any]) -> str:
    scopes = [scope for entry in operation.get("security", []) for scope in entry.get(SCHEME_NAME, [])]
    return scopes[0] if scopes else ""


def _common_statuses(method: str, operation: dict[str, Any], role: str) -> list[int]:
    statuses = [500, 503]
    if role:
        statuses += [401, 403]
    if operation.get("parameters") or "requestBody" in operation:
        statuses.append(422)
    if method in UNSAFE:
        statuses += [409, 413]
    if _takes(operation, "if-match"):
        statuses += [412, 428]
    return sorted(statuses)


def _takes(operation: dict[str, Any], parameter: str) -> bool:
    return any(taken["name"].lower() == parameter for taken in operation.get("parameters", []))
