"""Mail texts from templates: `<locale>/<kind>.{subject,txt,html}.j2`. Used by asanito and invoices.

A locale that has no template of a kind falls back to English. Only html is escaped; a name that is missing is an
error, not an empty place; templates run in Jinja's sandbox, since customers edit them. Filters: `number`, `day`,
`instant` (in the site's zone), `size` (bytes), all in the mail's language.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import structlog
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import TypeAlias
    from zoneinfo import ZoneInfo

    Filters: TypeAlias = Callable[[str, ZoneInfo], Mapping[str, Callable[..., str]]]

log = structlog.get_logger()

FALLBACK = "en"
PARTS = ("subject", "txt", "html")
WORDS = "words.j2"
BROKEN = (
    TemplateError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a wrong template raises: its syntax, a name or right that is missing, or whatever it asks of a value."""
REGIONS = {"en": "en_GB"}
"""Whose way of writing dates and zones a bare language means."""


@dataclass(frozen=True, slots=True)
class MailText:
    """The three texts of one mail."""

    subject: str
    text: str
    html: str


class MailTemplates:
    """The templates of one service.

    Args:
        folder: holds a folder for each locale, and what they share (`layout.html.j2`).
        own: a folder of the same shape with the customer's templates, which come first. One that is broken is passed
            over: an alert is never lost to a typo.
        filters: the service's own for a locale and a zone, instead of those above or besides.
    """

    def __init__(self, folder: Path, own: Path | None = None, filters: Filters | None = None) -> None:
        self._folder = folder
        self._own = own
        self._filters = filters
        self._environment = lru_cache(maxsize=32)(self._build_environment)

    def kinds(self, locale: str = FALLBACK) -> set[str]:
        """The kinds that this locale has."""
        return {path.name.removesuffix(".subject.j2") for path in (self._folder / locale).glob("*.subject.j2")}

    def own_parts(self, kind: str, locale: str) -> list[str]:
        """Which texts of this kind the customer has written: `subject`, `txt`, `html`; `words`, where kinds share."""
        if self._own is None:
            return []
        files = {part: f"{kind}.{part}.j2" for part in PARTS}
        if (self._folder / locale / WORDS).is_file():
            files["words"] = WORDS
        return [part for part, name in files.items() if (self._own / locale / name).is_file()]

    def find_fault(self, kind: str, data: dict[str, Any], *, locale: str, zone: ZoneInfo) -> str | None:
        """What is wrong with the customer's templates of this kind, so that ours are sent; None when nothing is."""
        if self._own is None:
            return None
        try:
            self._render(self._environment(locale, zone, self._own), kind, data)
        except BROKEN as error:
            line = f", line {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
            return f"{type(error).__name__}{line}: {str(error).splitlines()[0] if str(error) else 'no details'}"
        return None

    def render(self, kind: str, data: dict[str, Any], *, locale: str, zone: ZoneInfo) -> MailText:
        """The texts of one mail. Blank lines at both ends are taken off; the subject is one line."""
        if self._own is not None:
            try:
                return self._render(self._environment(locale, zone, self._own), kind, data)
            except BROKEN as error:
                log.warning("mail.own_template_broken", kind=kind, locale=locale, error=str(error))
        return self._render(self._environment(locale, zone, None), kind, data)

    @staticmethod
    def _render(environment: SandboxedEnvironment, kind: str, data: dict[str, Any]) -> MailText:
        subject, text, html = (environment.get_template(f"{kind}.{part}.j2").render(data) for part in PARTS)
        return MailText(subject=" ".join(subject.split()), text=text.strip() + "\n", html=html.strip() + "\n")

    def _build_environment(self, locale: str, zone: ZoneInfo, own: Path | None) -> SandboxedEnvironment:
        roots = [own, self._folder] if own else [self._folder]
        folders = [root / name for name in (locale, FALLBACK, "") for root in roots]
        environment = SandboxedEnvironment(
            loader=FileSystemLoader(folders),
            autoescape=lambda name: name is not None and name.endswith(".html.j2"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        region = REGIONS.get(locale, locale)
        environment.filters["number"] = partial(format_decimal, locale=region)
        environment.filters["day"] = partial(format_date, format="full", locale=region)
        environment.filters["instant"] = partial(
            format_datetime, format="d MMM y, HH:mm:ss zzz", tzinfo=zone, locale=region
        )
        environment.filters["size"] = partial(_size, locale=region)
        if self._filters:
            environment.filters.update(self._filters(locale, zone))
        return environment


def _size(count: int, locale: str) -> str:
    """`815 B`, `2.3 kB`, `4.1 MB`, in the numbers of the locale."""
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= factor:
            return f"{format_decimal(round(count / factor, 1), locale=locale)} {unit}"
    return f"{format_decimal(count, locale=locale)} B"
