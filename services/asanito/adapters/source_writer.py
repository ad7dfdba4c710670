"""The other direction: statuses and ids written beside the source's rows, by a login of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from services.asanito.adapters.source_facts import facts_of
from services.asanito.adapters.source_text import TYPES, SourceText
from services.asanito.mirror.rules import statements_to_add

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.asanito.adapters.source_tables import Driver
    from services.asanito.ports import SourceFacts, StatusWord

MOST_PARAMETERS = 2000
"""SQL Server takes 2,100 in one statement, and some of them are its driver's."""
T = TypeVar("T")


class TableWriter:
    """Fulfils `SourceWriter`."""

    def __init__(self, driver: Driver, *, dialect: str) -> None:
        self._driver = driver
        self._text = SourceText(numbered=driver.numbered)
        self._dialect = dialect

    async def write_words(self, table: str, words: Sequence[StatusWord]) -> None:
        for with_id in (True, False):
            mine = [word if with_id else word[:3] for word in words if (word.asanito_id is not None) == with_id]
            for some in portions(mine, 4 if with_id else 3):
                statement = self._text.write_words(table, len(some), with_id=with_id)
                await self._driver.change(statement, *(value for word in some for value in word))

    async def supersede(self, table: str, idds: Sequence[int]) -> None:
        for some in portions(idds, 1):
            await self._driver.change(self._text.supersede(table, len(some)), *some)

    def statements_to_add(self, columns: dict[str, frozenset[str]]) -> list[str]:
        return statements_to_add(columns, TYPES[self._dialect])

    async def facts(self) -> SourceFacts:
        return await facts_of(self._driver, dialect=self._dialect)

    async def run(self, statement: str) -> None:
        await self._driver.change(statement)


def portions(items: Sequence[T], parameters: int) -> Iterator[Sequence[T]]:
    """So many at a time as fit into one statement, when each takes that many parameters."""
    size = MOST_PARAMETERS // parameters
    for start in range(0, len(items), size):
        yield items[start : start + size]
