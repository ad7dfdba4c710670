"""Versions as strong ETags: `"v7"` is row version 7. Used by every service and the gateway for what an admin edits.

    @router.put("/schedules/{id}")
    async def change(seen: IfMatch, response: Response, …):
        seen.check(row["version"])              # 412 when somebody else changed it meanwhile
        set_etag(response, new_version)

Reading: an endpoint only sets the ETag; `common.shell` answers 304 when the caller already has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeAlias

from fastapi import Depends, Header

from common.errors import FieldError, PreconditionFailed, PreconditionRequired

if TYPE_CHECKING:
    from starlette.responses import Response

_TAG = re.compile(r'^"v(\d{1,18})"$')


@dataclass(frozen=True, slots=True)
class Seen:
    """The versions that the caller has seen; None: any (`If-Match: *`)."""

    versions: frozenset[int] | None

    def check(self, current: int) -> None:
        """Stop a change that was made on sight of an older version.

        Raises:
            PreconditionFailed: `current` is none of the seen versions.
        """
        if self.versions is not None and current not in self.versions:
            raise stale()


def stale() -> PreconditionFailed:
    """What a caller is told whose change came second."""
    return PreconditionFailed("Somebody changed this meanwhile. Look at the present state, then change it again.")


def etag(version: int) -> str:
    """The ETag of a row version."""
    return f'"v{version}"'


def set_etag(response: Response, version: int) -> None:
    """Name the version that `response` shows."""
    response.headers["ETag"] = etag(version)


def matches(if_none_match: str, tag: str) -> bool:
    """Whether the caller already has `tag`; weak comparison, as RFC 9110 wants it for If-None-Match."""
    given = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return "*" in given or tag.removeprefix("W/") in given


def read_if_match(
    if_match: Annotated[str | None, Header(description='The ETag that was read, as in `"v7"`.')] = None,
) -> Seen:
    """The versions of the If-Match header.

    Raises:
        PreconditionRequired: there is none.
    """
    if not if_match:
        missing = "Send the ETag that you read as If-Match, so that nobody's change is overwritten."
        raise PreconditionRequired(missing, errors=[FieldError("If-Match", "missing", missing)])
    if if_match.strip() == "*":
        return Seen(None)
    tags = (_TAG.match(part.strip()) for part in if_match.split(","))
    return Seen(frozenset(int(tag[1]) for tag in tags if tag))


IfMatch: TypeAlias = Annotated[Seen, Depends(read_if_match)]
