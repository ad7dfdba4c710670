"""What the endpoints of mail templates take and answer."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.invoices.options import MailKind


class TemplateState(BaseModel):
    """The templates of one kind in one language."""

    kind: MailKind
    locale: Literal["en", "it"]
    source: Literal["built_in", "own"] = Field(
        description="Whose texts are sent; a broken own template is passed over."
    )
    own_parts: list[str] = Field(description="Which of `subject`, `txt`, `html` you have written yourself.")
    error: str | None = Field(description="What is wrong with your own templates.")


class PreviewRequest(BaseModel):
    """Which mail to show."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: MailKind
    locale: Literal["en", "it"] = "en"


class MailPreview(TemplateState):
    """A mail with made-up contents, as it would be sent now."""

    subject: str
    text: str
    html: str
