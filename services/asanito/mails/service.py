"""Mails of the bridge: what `common.mail_service` needs to know of them. Put by the alerts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from babel.numbers import format_decimal

from common.mail_service import Addressing, MailKinds, MailService
from services.asanito.formats.jalali import day_in_words, instant_in_words, persian_digits
from services.asanito.mails.samples import SAMPLES
from services.asanito.mails.schemas import KINDS, MailData, MailKind, MailLocale
from services.asanito.options import MailOptions, SourceOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    from common.core import Core
    from common.mail import Mailer
    from common.options import OptionStore
    from services.asanito.settings import AsanitoSettings

TEMPLATES = Path(__file__).with_name("templates")


class Mails(MailService[MailKind]):
    """The mails of this service."""

    def __init__(self, core: Core[AsanitoSettings], mailer: Mailer) -> None:
        super().__init__(core, mailer, MAIL_KINDS)


async def addressing(options: OptionStore, _: MailKind) -> Addressing:
    """The same for all kinds."""
    mail = await options.get(MailOptions)
    return Addressing(mail.recipients, mail.locale)


async def zone(options: OptionStore) -> ZoneInfo:
    """The source's zone."""
    return (await options.get(SourceOptions)).tz


def values_of(kind: MailKind, data: MailData) -> dict[str, Any]:
    """What a template may name."""
    return {**dict(data), "kind": kind}


def filters(locale: str, zone: ZoneInfo) -> Mapping[str, Callable[..., str]]:
    """Persian readers have digits, months and years of their own. `digits`: those of a text."""
    if locale != "fa":
        return {"digits": str}
    return {
        "digits": persian_digits,
        "number": lambda number: persian_digits(format_decimal(number, locale=locale, numbering_system="default")),
        "day": day_in_words,
        "instant": lambda at: instant_in_words(at, zone),
    }


MAIL_KINDS: MailKinds[MailKind] = MailKinds(
    templates=TEMPLATES,
    locales=get_args(MailLocale),
    models=KINDS,
    samples=SAMPLES,
    addressing=addressing,
    zone=zone,
    values=values_of,
    filters=filters,
)
compose = MAIL_KINDS.compose
