"""What a document needs and does not find: it waits when that may come, fails when it can't, and names it."""

from __future__ import annotations

import pytest

from services.asanito.options import SyncOptions
from tests.support.api import client

pytestmark = pytest.mark.servers


async def test_documents_wait_for_their_person_and_product_and_then_go_by_themselves(site):
    site.outside.seed(size=60)
    await site.map_everything()
    await site.put_options(SyncOptions, batch_size=3)
    await site.run("dedupe")
    for job in ("receipts", "service-invoices", "store-invoices"):  # all too early, each many batches of skipped ones
        await site.run(job)
    assert site.outside.writes() == []
    for kind in ("receipt", "service_invoice", "store_invoice"):
        reasons = await site.reasons(kind)
        assert reasons["dependency_pending"] > 3, kind
        assert reasons["dependency_missing"] >= 1, kind
    orphans = await site.rows("SELECT message, params FROM entities WHERE reason_code = 'dependency_missing'")
    assert all(row["params"]["key"] in row["message"] for row in orphans)
    await site.run_all()
    assert site.outside.differences() == []


async def test_a_document_of_a_person_whom_somebody_ignored_fails(site):
    site.outside.seed(size=60)
    await site.map_everything()
    await site.run("dedupe")
    await site.rows(
        "UPDATE entities SET state = 'failed', reason_code = 'x' WHERE kind = 'person' AND state = 'pending'"
    )
    persons = await site.rows("SELECT key FROM entities WHERE kind = 'person' AND state = 'failed'")
    async with site.api() as app, client(app, "operator") as operator:
        for person in persons:
            answer = await operator.post(f"/v1/entities/person/{person['key']}/ignore", json={"note": "not ours"})
            assert answer.is_success, answer.text
    await site.run("receipts")
    assert (await site.reasons("receipt"))["dependency_ignored"] > 3
    assert site.outside.writes() == []
