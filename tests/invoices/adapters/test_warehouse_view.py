"""The customer's view: asked in chunks, read only, by the customer's own names, and sometimes away."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import asyncpg
import pytest

from common.errors import Permanent, Transient
from services.invoices.adapters.warehouse_view import CustomerView
from services.invoices.options import ViewOptions
from services.invoices.ports import AvailableInvoice
from services.invoices.resources import customer_pool
from tests.support.inbox_site import DAY, InboxSite, numbered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.invoices.ports import WarehouseView


@asynccontextmanager
async def view_of(site: InboxSite) -> AsyncIterator[WarehouseView]:
    async with customer_pool(site.settings.view_database_url.get_secret_value()) as pool:
        yield CustomerView(pool, site.core.options)


async def answers(view: WarehouseView, *numbers: int) -> list[list[AvailableInvoice]]:
    return [found async for found in view.find(numbers)]


async def test_all_rows_of_the_numbers_come_and_no_others(inbox_site: InboxSite) -> None:
    await inbox_site.available(600000001, 600000002, 600000009)
    await inbox_site.available(600000001, day=date(2026, 11, 21), branch="R151", weight="1.25")
    async with view_of(inbox_site) as view:
        (found,) = await answers(view, 600000001, 600000002, 600000003)
    assert sorted(found) == [
        AvailableInvoice(600000001, "LT", DAY, Decimal("0.3")),
        AvailableInvoice(600000001, "R151", date(2026, 11, 21), Decimal("1.25")),
        AvailableInvoice(600000002, "LT", DAY, Decimal("0.3")),
    ]


async def test_the_view_is_asked_once_for_each_chunk_and_not_for_each_row(inbox_site: InboxSite) -> None:
    await inbox_site.available(*numbered(2500))
    await inbox_site.put_options(ViewOptions, chunk_size=1000)
    async with view_of(inbox_site) as view:
        found = await answers(view, *numbered(2500))
    assert [len(chunk) for chunk in found] == [1000, 1000, 500]


async def test_the_customers_own_names_are_used_whatever_is_in_them(inbox_site: InboxSite) -> None:
    await inbox_site.customer.execute(
        'CREATE VIEW public."Fatture ""2026""" AS SELECT number AS "N°", destination_branch AS filiale, '
        "date::timestamptz AS quando, weight AS peso FROM bdm.available_invoices"
    )
    await inbox_site.available(600000001)
    names = {"number_column": "N°", "branch_column": "filiale", "date_column": "quando", "weight_column": "peso"}
    await inbox_site.put_options(ViewOptions, available_view='public.Fatture "2026"', **names)
    async with view_of(inbox_site) as view:
        (found,) = await answers(view, 600000001)
    assert found == [AvailableInvoice(600000001, "LT", DAY, Decimal("0.3"))]


async def test_a_view_that_is_not_there_is_told_by_name(inbox_site: InboxSite) -> None:
    await inbox_site.put_options(ViewOptions, available_view="bdm.nowhere")
    async with view_of(inbox_site) as view:
        with pytest.raises(Permanent, match="nowhere") as caught:
            await answers(view, 600000001)
    assert caught.value.target == "view"


async def test_a_database_that_is_away_is_worth_another_try(inbox_site: InboxSite) -> None:
    async with customer_pool("postgresql://nobody@127.0.0.1:1/none") as pool:
        with pytest.raises(Transient) as caught:
            await answers(CustomerView(pool, inbox_site.core.options), 600000001)
    assert caught.value.target == "view"


async def test_nothing_can_be_written_over_this_connection(inbox_site: InboxSite) -> None:
    async with customer_pool(inbox_site.settings.view_database_url.get_secret_value()) as pool:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await pool.execute("DELETE FROM bdm.available_invoices")
