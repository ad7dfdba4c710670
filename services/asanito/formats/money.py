"""Amounts of the source as whole Rial, percentages as they are, amounts in Persian words. Pure.

Source: domain page, section 3 (Money): nothing is ever rounded or cut off in silence.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from persiantools.digits import to_word

if TYPE_CHECKING:
    from collections.abc import Mapping


TOO_MUCH = 10**15


class NotMoneyError(ValueError):
    """Not a whole number of Rial."""


def whole_rial(value: Any, factor: int = 1) -> int:
    """An amount in Rial; an empty column is 0.

    Raises:
        NotMoneyError: a fraction of a Rial, or no number at all.
    """
    if value is None:
        return 0
    try:
        amount = Decimal(str(value)) * factor
    except InvalidOperation as error:
        raise NotMoneyError(str(value)) from error
    if amount != amount.to_integral_value():
        raise NotMoneyError(str(value))
    return int(amount)


def percent(value: Any) -> int | float:
    """A percentage as JSON has it: whole numbers stay whole."""
    number = Decimal(str(value)) if value is not None else Decimal(0)
    return int(number) if number == number.to_integral_value() else float(number)


def in_words(amount: int) -> str:
    """An amount in Persian words: 12345 is دوازده هزار و سیصد و چهل و پنج.

    Raises:
        NotMoneyError: from `TOO_MUCH` on there are no words in use.
    """
    if abs(amount) >= TOO_MUCH:
        raise NotMoneyError(f"{amount} has too many digits for an amount")
    words: str = to_word(amount)
    return words


def column(row: Mapping[str, Any], name: str, factor: int = 1) -> int:
    """`whole_rial` of a column, with the column's name in the error."""
    try:
        return whole_rial(row[name], factor)
    except NotMoneyError as error:
        raise NotMoneyError(f"{name} is not a whole number of Rial: {error}") from error
