"""The other direction: statuses and ids written beside the source's rows, by a login of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.asanito.adapters.source_facts import facts_of
from services.asanito.adapters.source_text import TYPES, SourceText
from services.asanito.mirror.rules import statements_to_add

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.asanito.adapters.source_tables import Driver
    from services.asanito.ports import SourceFacts, StatusWord


class TableWriter:
    """Fulfils `SourceWriter`."""

    def __init__(self, driver: Driver, *, dialect: str) -> None:
        self._driver = driver
        self._text = SourceText(numbered=driver.numbered)
        self._dialect = dialect

    async def write_words(self, table: str, words: Sequence[StatusWord]) -> None:
        with_id = [word for word in words if word.asanito_id is not None]
        without = [word for word in words if word.asanito_id is None]
        if with_id:
            values = [value for word in with_id for value in word]
            await self._driver.change(self._text.write_words(table, len(with_id), with_id=True), *values)
        if without:
            values = [value for word in without for value in word[:3]]
            await self._driver.change(self._text.write_words(table, len(without), with_id=False), *values)

    async def supersede(self, table: str, idds: Sequence[int]) -> None:
        await self._driver.change(self._text.supersede(table, len(idds)), *idds)

    def statements_to_add(self, columns: dict[str, frozenset[str]]) -> list[str]:
        return statements_to_add(columns, TYPES[self._dialect])

    async def facts(self) -> SourceFacts:
        return await facts_of(self._driver, dialect=self._dialect)

    async def run(self, statement: str) -> None:
        await self._driver.change(statement)
