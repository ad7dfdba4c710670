"""Lines of an invoice that somebody else issued: changed without one being lost or doubled, or not at all."""

from __future__ import annotations

import asyncpg
import pytest

from services.asanito.invoices.rules import lines_by_index
from services.asanito.options import TargetOptions

KINDS = {"store-invoices": "store_invoice", "service-invoices": "service_invoice"}


def test_lines_of_one_index_can_not_be_told_apart():
    assert lines_by_index(((1, 71), (2, 72))) == {1: 71, 2: 72}
    assert lines_by_index(((1, 71), (1, 72))) == {}
    assert lines_by_index(()) == {}


async def as_owner(source, statement: str) -> None:
    conn = await asyncpg.connect(source.owner)
    try:
        await conn.execute(statement)
    finally:
        await conn.close()


async def taken_over(site, source) -> None:
    """Every invoice was sent by the application before us, and has changed since."""
    site.outside.seed(size=120)
    site.outside.leave_behind(1)
    await site.run("take-over")
    site.outside.change(edit_confirmed=True)
    await as_owner(source, 'UPDATE dbo."invoiceItem" SET "UnitPrice" = "UnitPrice" + 1000 WHERE NOT "isDelete"')
    await as_owner(source, 'UPDATE dbo."ServiceInvoice" SET "UnitPrice" = "UnitPrice" + 1000 WHERE NOT "isdelete"')
    site.outside.forget_requests()


async def lines_of_the_source(site) -> dict[int, list[tuple[int, int]]]:
    """Count and price of each line of an invoice that was sent, by its id in Asanito."""
    rows = await site.rows(
        "SELECT b.asanito_id AS id, (line.row ->> 'count')::bigint AS count, "
        "(line.row ->> 'UnitPrice')::numeric::bigint AS price FROM bindings AS b JOIN entities AS e USING (kind, key) "
        "JOIN src_rows AS line ON NOT line.is_deleted "
        "AND ((line.table_name = 'invoiceItem' AND line.parent_key = b.key) "
        "OR (line.table_name = 'ServiceInvoice' AND line.key = b.key)) "
        "WHERE e.state = 'synced' AND b.kind IN ('store_invoice', 'service_invoice') ORDER BY 1, 2, 3"
    )
    found: dict[int, list[tuple[int, int]]] = {}
    for row in rows:
        found.setdefault(row["id"], []).append((row["count"], row["price"]))
    return found


async def lines_there(site) -> dict[int, list[tuple[int, int]]]:
    """The same, in Asanito's books."""
    return {
        one["id"]: sorted((line["count"], line["unit_price"]) for line in one["lines"])
        for one in site.outside.books()["invoices"]
    }


@pytest.mark.servers
@pytest.mark.timeout(90)
async def test_lines_of_a_taken_over_invoice_are_looked_up_and_changed_one_by_one(site, source):
    await taken_over(site, source)
    before = await lines_there(site)
    for job in KINDS:
        run = await site.run(job)
        assert run["state"] in ("succeeded", "partial"), run["message"]
    edits = site.outside.requests("Invoice/edit")
    assert len(edits) > 10
    assert {one["status"] for one in edits} == {200}
    assert all(item["id"] for one in edits for item in one["body"]["EditedItems"])
    assert [one for one in edits if one["body"]["NewItems"] or one["body"]["DeletedItemIDs"]] == []
    assert site.outside.requests("Invoice/issue") == []
    there, changed = await lines_there(site), await lines_of_the_source(site)
    assert there == before | changed  # what could not be sent for another reason is as it was


@pytest.mark.servers
@pytest.mark.timeout(90)
async def test_where_they_can_not_be_looked_up_nothing_is_sent_and_a_person_is_told(site, source):
    await taken_over(site, source)
    before = site.outside.books()["invoices"]
    await site.put_options(TargetOptions, search_invoices=False)
    for job, kind in KINDS.items():
        await site.run(job)
        assert (await site.reasons(kind))["remote_locked"] > 0
    assert site.outside.books()["invoices"] == before
