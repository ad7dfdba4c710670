"""What administrators send and get."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.asanito.entities.schemas import Why


class Reset(BaseModel):
    """Start over. What is in Asanito stays there, so by default we keep knowing what that is."""

    model_config = ConfigDict(extra="forbid")

    phrase: str = Field(description="`DELETE ALL DATA`, typed by hand.", max_length=100)
    keep_bindings: bool = Field(True, description="Without them everything is created in Asanito once more.")
    keep_deal_links: bool = Field(True, description="Without them every deal is opened once more.")


class WasReset(BaseModel):
    """What was removed, rows by table."""

    removed: dict[str, int]


class Seed(BaseModel):
    """Put test data in place of what the source holds."""

    model_config = ConfigDict(extra="forbid")

    phrase: str = Field(description="`SEED FAKE DATA`, typed by hand.", max_length=100)


class WasSeeded(BaseModel):
    """What the source holds now, rows by table."""

    filled: dict[str, int]


class Forget(Why):
    """Remove a person's data here."""


class Forgotten(BaseModel):
    """What is left of a person: its key, and what it is in Asanito."""

    key: UUID
    asanito_id: int | None = Field(description="Remove it there as well, by hand.")
    receipts: int = Field(description="Payments whose names and texts were removed.")
