"""What the decisions on a file take."""

from pydantic import BaseModel, ConfigDict, Field


class ImportChoices(BaseModel):
    """How a file of another day is to be imported."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accept_count: bool = Field(False, description="Import although the count in the name is wrong.")


class Discard(BaseModel):
    """Why a file is not wanted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(min_length=3, max_length=500, description="For the audit, and for who asks later.")
