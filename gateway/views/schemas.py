"""What the console keeps of a list, and gets back."""

from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$")
]
Screen: TypeAlias = Annotated[
    str, Field(max_length=100, pattern=r"^/[a-z0-9/_-]*$", description="Path of the console's screen, as `/runs`.")
]
Parameter: TypeAlias = Annotated[str, StringConstraints(max_length=400, pattern=r"^[^\x00]*$")]
Search: TypeAlias = Annotated[
    dict[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")], Parameter],
    Field(max_length=20, description="The filters, as the screen's address has them; without a page."),
]


class View(BaseModel):
    """A named filter of a list."""

    id: UUID
    screen: str
    name: str
    search: dict[str, str]
    shared: bool = Field(description="Everybody sees it who sees the screen.")
    owner: str
    own: bool
    may_change: bool
    is_default: bool = Field(description="The screen opens with it, for who asks.")
    created_at: datetime
    changed_at: datetime
    version: int


class ViewList(BaseModel):
    """The views of a screen, by name."""

    items: list[View]


class ViewCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    screen: Screen
    name: Name
    search: Search
    shared: bool = False


class ViewPatch(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    search: Search | None = None
    shared: bool | None = None
