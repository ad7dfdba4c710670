"""What callers send and get about mappings."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.asanito.mappings.rules import MappingType

Value = Annotated[str, StringConstraints(strip_whitespace=True, max_length=255)]
Id = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^([1-9][0-9]{0,17})?$")]


class MappingsQuery(BaseModel):
    """How hard to look."""

    model_config = ConfigDict(extra="forbid")

    discover: bool = Field(False, description="Look for values in the copy of the source as well.")


class MappingTypeInfo(BaseModel):
    """One type of mapping, and how far it is."""

    type: MappingType
    is_optional: bool = Field(description="A missing one leaves the field out, with a warning.")
    has_discovery: bool
    mapped: int
    waiting: int = Field(description="Records that wait for a mapping of this type.")
    version: int


class MappingGap(BaseModel):
    """A value of the source that has no mapping."""

    type: str
    source_id: str
    waiting: int = Field(description="Records that wait for it.")


class Mapping(BaseModel):
    """A value of the source, and what it is in Asanito."""

    source_id: str
    source_name: str = ""
    asanito_id: str = Field("", description="Empty: not mapped.")
    default: int | None = Field(None, description="What holds while nobody maps it.")
    rows: int | None = Field(None, description="Rows of the source that hold it; null when nobody looked.")
    waiting: int = Field(0, description="Records that wait for it.")
    updated_by: str = ""
    updated_at: datetime | None = None


class Mappings(BaseModel):
    """All of one type."""

    type: MappingType
    version: int
    items: list[Mapping]


class MappingChange(BaseModel):
    """One value; an empty id deletes its mapping."""

    model_config = ConfigDict(extra="forbid")

    source_id: Value = Field(min_length=1)
    asanito_id: Id
    source_name: Value = ""


class MappingChanges(BaseModel):
    """Values to save at once."""

    model_config = ConfigDict(extra="forbid")

    items: list[MappingChange] = Field(min_length=1, max_length=1000)
