"""Every error as `application/problem+json` (RFC 9457). Used by every service and the gateway.

The only place that knows which error becomes which answer. Services raise `common.errors`; nobody else builds problems.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from common.errors import AppError, FieldError, InvalidInput, NotFound, RemoteError, TooLarge, Transient, Unavailable
from common.logging import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI, Request

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
SERVER_ERROR = 500


class MethodNotAllowed(AppError):
    code = "method_not_allowed"
    status = 405
    title = "Method not allowed"


class BadGateway(AppError):
    code = "remote_error"
    status = 502
    title = "The other system refused"


class InternalError(AppError):
    code = "internal_error"
    status = 500
    title = "Something broke"


class ProblemField(BaseModel):
    """One wrong place in what was sent."""

    pointer: str = Field(description="JSON pointer into the body, or the name of the parameter or header.")
    code: str
    detail: str


class Problem(BaseModel):
    """What every error looks like."""

    type: str = Field(description="`/problems/<code with dashes>`, relative to the documentation.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="The path that was asked for.")
    code: str = Field(description="Stable snake_case; texts per language hang on it.")
    params: dict[str, Any] = Field(description="Numbers and names of the detail, for translated texts.")
    request_id: str
    errors: list[ProblemField]


def _titles(kind: type[AppError] = AppError) -> dict[int, str]:
    titles: dict[int, str] = {kind.status: kind.title}
    for child in kind.__subclasses__():
        titles = _titles(child) | titles
    return titles


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of an endpoint: the problems that it may answer, besides those that every operation has."""
    titles = _titles()
    return {
        status: {
            "description": titles.get(status, "Problem"),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def problem(error: AppError, *, instance: str, request_id: str) -> dict[str, Any]:
    """The body; also the `problem` of one item in a bulk answer."""
    return {
        "type": f"/problems/{error.code.replace('_', '-')}",
        "title": error.title,
        "status": error.status,
        "detail": redact(error.detail),
        "instance": instance,
        "code": error.code,
        "params": error.params,
        "request_id": request_id,
        "errors": [{"pointer": e.pointer, "code": e.code, "detail": e.detail} for e in error.errors],
    }


def problem_response(error: AppError, request: Request) -> JSONResponse:
    """The answer to `request` that tells of `error`."""
    body = problem(error, instance=request.url.path, request_id=request.scope.get("portico.request_id", ""))
    return JSONResponse(body, status_code=error.status, headers=error.headers, media_type=MEDIA_TYPE)


def install_problem_handlers(app: FastAPI) -> None:
    """Turn what endpoints and the framework raise into problems; the rest is caught by `common.shell`."""

    async def answer(request: Request, error: Exception) -> Response:
        told = as_app_error(error)
        if isinstance(told, MethodNotAllowed):
            told.headers["Allow"] = _methods_at(app, request.url.path) or "GET"
        return problem_response(told, request)

    for kind in (AppError, RemoteError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, answer)


def as_app_error(error: BaseException) -> AppError:
    """What a caller is told about `error`. What nobody foresaw becomes a 500 without any detail of the inside."""
    match error:
        case AppError():
            return error
        case RequestValidationError():
            return _invalid(error.errors())
        case HTTPException():
            return _from_framework(error)
        case RemoteError():
            return _from_outside(error)
        case asyncpg.DataError() | asyncpg.CharacterNotInRepertoireError():
            return InvalidInput("A value can't be stored as it was sent.", code="value_out_of_range")
    return database_trouble(error) or InternalError(
        "Something broke on our side. It was logged under this request id; tell it to your administrator."
    )


def _methods_at(app: FastAPI, address: str) -> str:
    """The methods of all operations at `address`: the framework names those of the first route only."""
    found = {
        method.upper()
        for path, item in app.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), address)
        for method in item
    }
    return ", ".join(sorted(found))


_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    ConnectionError,
    TimeoutError,
)
_FULL = (asyncpg.InsufficientResourcesError, asyncpg.PostgresSystemError)


def database_trouble(error: BaseException) -> Unavailable | None:
    """503 when the database went away, is full or gave way to somebody else; None for any other error."""
    if isinstance(error, _FULL):
        return Unavailable(
            "The database has no room right now. Nothing was changed; tell your administrator.",
            code="database_full",
            headers={"Retry-After": "30"},
        )
    closed = isinstance(error, asyncpg.InterfaceError) and "clos" in str(error)
    if isinstance(error, _AWAY) or closed:
        return Unavailable(
            "The database does not answer right now. Nothing was changed; try again in a moment.",
            code="database_unavailable",
            headers={"Retry-After": "5"},
        )
    return None


def _from_framework(error: HTTPException) -> AppError:
    match error.status_code:
        case 404:
            return NotFound("There is nothing at this address.", code="no_such_address")
        case 405:
            return MethodNotAllowed("This address does not take this method.")
        case 413:
            return TooLarge("What was sent is larger than this address takes.")
        case 400:
            return InvalidInput("The body can't be read.", code="body_unreadable")
    known = AppError(str(error.detail), code=f"http_{error.status_code}", headers=dict(error.headers or {}))
    known.status = error.status_code  # type: ignore[misc]  # this one instance only
    return known


def _from_outside(error: RemoteError) -> AppError:
    params = {"target": error.target, **error.params}
    if isinstance(error, Transient):
        wait = math.ceil(error.retry_after_seconds or 30)
        return Unavailable(error.detail, code=error.code, params=params, headers={"Retry-After": str(wait)})
    return BadGateway(error.detail, code=error.code, params=params)


def _invalid(found: Sequence[Any]) -> InvalidInput:
    errors = [_field_error(item) for item in found]
    first = f"{errors[0].pointer or 'body'}: {errors[0].detail}" if errors else "The request is wrong."
    detail = first if len(errors) < 2 else f"{first} ({len(errors)} places are wrong)"  # noqa: PLR2004
    return InvalidInput(detail, errors=errors, params={"count": len(errors)})


def _field_error(item: dict[str, Any]) -> FieldError:
    """One pydantic finding, without the value that was sent: it may be a secret."""
    source, *path = item["loc"]
    code = str(item["type"])
    if code == "json_invalid":
        return FieldError("", code, "This is not JSON.")
    if source == "body":
        pointer = "".join(f"/{_escaped(part)}" for part in path)
    else:
        pointer = ".".join(str(part) for part in path)
    return FieldError(pointer, code, str(item["msg"]).removeprefix("Value error, "))


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
