"""Working ahead: the next piece is made while the present one is staged, one at a time, and nothing is left behind."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from services.invoices.imports.service import ahead

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def numbered(made: list[int], *, broken_at: int = 0) -> AsyncIterator[str]:
    for number in range(1, 4):
        await asyncio.sleep(0)
        if number == broken_at:
            raise ValueError(number)
        made.append(number)
        yield str(number)


async def test_the_next_one_is_made_meanwhile_and_no_more() -> None:
    made: list[int] = []
    seen = []
    async for item in ahead(numbered(made)):
        await asyncio.sleep(0.01)
        seen.append((item, list(made)))
    assert seen == [("1", [1, 2]), ("2", [1, 2, 3]), ("3", [1, 2, 3])]


async def test_an_error_comes_after_what_was_made_before_it() -> None:
    items = ahead(numbered([], broken_at=2))
    assert await anext(items) == "1"
    with pytest.raises(ValueError, match="2"):
        await anext(items)


async def test_who_stops_early_leaves_nothing_running() -> None:
    before = asyncio.all_tasks()
    async with aclosing(ahead(numbered([]))) as items:
        async for _ in items:
            break
    assert asyncio.all_tasks() == before
