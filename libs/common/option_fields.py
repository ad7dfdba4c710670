"""Kinds of fields that the options of several services have: zones and mail addresses. Used by asanito and invoices."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError


@cache
def known_zones() -> frozenset[str]:
    """The zones of this machine: read once, for a directory is walked, and options are read at every request."""
    return frozenset(available_timezones())


def check_zone(name: str) -> str:
    """Refuse what is not an IANA zone, in words."""
    if name not in known_zones():
        raise PydanticCustomError(
            "unknown_zone", "{name} is not an IANA time zone such as Europe/Rome", {"name": repr(name)}
        )
    return name


Address = Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$", max_length=254)]
ZoneName = Annotated[str, AfterValidator(check_zone)]
