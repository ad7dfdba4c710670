"""The one error tree, used by every service.

    PorticoError
    ├── AppError                 a caller asked for something that can't be done; becomes problem+json
    │   ├── InvalidInput         422  what was sent is wrong; `errors` points at the places
    │   ├── Unauthorized         401  who are you
    │   ├── Forbidden            403  you may not
    │   ├── NotFound             404
    │   ├── Conflict             409  the thing is in another state than you think
    │   │   └── Busy             409  somebody else is at it right now
    │   ├── TooLarge             413
    │   ├── PreconditionFailed   412  If-Match is stale
    │   ├── PreconditionRequired 428  If-Match is missing
    │   ├── TooManyRequests      429
    │   └── Unavailable          503  a part that we need does not answer
    └── RemoteError              an outside system failed; the job wrapper decides by the kind
        ├── Transient            may work later: the run is queued again
        ├── Permanent            will not work by waiting: a person must act
        └── Ambiguous            may have happened: never repeated blindly

`code` is stable snake_case and public; `detail` is a sentence for a person; `params` fill the console's own texts.
Pure: rules and formats may import this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


class PorticoError(Exception):
    """Root of everything that this project raises on purpose.

    Args:
        detail: a sentence that a person can act on, without secrets.
        code: stable snake_case; the class's own when left out.
        params: the numbers and names of the sentence, for translated texts.
    """

    code: str = "error"

    def __init__(self, detail: str, *, code: str | None = None, params: dict[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.params = params or {}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong place in what was sent.

    Args:
        pointer: JSON pointer into the body (`/cron/0`), or the name of the query parameter or header.
        code: stable snake_case.
        detail: what is wrong there.
    """

    pointer: str
    code: str
    detail: str


class AppError(PorticoError):
    """A request that can't be served. `status` is the HTTP status, `title` the short name of the kind."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "Bad request"
    headers: dict[str, str]

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        params: dict[str, Any] | None = None,
        errors: list[FieldError] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail, code=code, params=params)
        self.errors = errors or []
        self.headers = headers or {}


class InvalidInput(AppError):
    code = "invalid_input"
    status = 422
    title = "Invalid input"


class Unauthorized(AppError):
    code = "unauthorized"
    status = 401
    title = "Not signed in"


class Forbidden(AppError):
    code = "forbidden"
    status = 403
    title = "Not allowed"


class NotFound(AppError):
    code = "not_found"
    status = 404
    title = "Not found"


class Conflict(AppError):
    code = "conflict"
    status = 409
    title = "Conflict"


class Busy(Conflict):
    code = "busy"


class TooLarge(AppError):
    code = "too_large"
    status = 413
    title = "Too large"


class PreconditionFailed(AppError):
    code = "stale"
    status = 412
    title = "Changed by somebody else"


class PreconditionRequired(AppError):
    code = "if_match_required"
    status = 428
    title = "If-Match is missing"


class TooManyRequests(AppError):
    code = "too_many_requests"
    status = 429
    title = "Too many requests"


class Unavailable(AppError):
    code = "unavailable"
    status = 503
    title = "Not available right now"


class RemoteError(PorticoError):
    """An outside system failed.

    Args:
        target: the name of the connection (`inbox`, `outbox`, `remote_log`), as `/v1/connections` lists it.
    """

    code = "remote_error"

    def __init__(
        self, detail: str, *, target: str = "", code: str | None = None, params: dict[str, Any] | None = None
    ) -> None:
        super().__init__(detail, code=code, params=params)
        self.target = target


class Transient(RemoteError):
    """May work later. `retry_after_seconds` is the outside system's own wish, when it named one."""

    code = "remote_unavailable"

    def __init__(
        self,
        detail: str,
        *,
        target: str = "",
        code: str | None = None,
        params: dict[str, Any] | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(detail, target=target, code=code, params=params)
        self.retry_after_seconds = retry_after_seconds


class Permanent(RemoteError):
    """Waiting will not help: wrong credentials, refused content, a changed host key."""

    code = "remote_refused"


class Ambiguous(RemoteError):
    """The effect may have happened. Never repeated before it was reconciled."""

    code = "remote_uncertain"
