"""What `/readyz` says of the source: a column of the mirror that is missing comes with the statement that adds it."""

from __future__ import annotations

import asyncpg
import pytest

from common import health
from tests.support.api import stranger

pytestmark = [pytest.mark.servers, pytest.mark.timeout(60)]


async def as_owner(source, statement: str) -> None:
    conn = await asyncpg.connect(source.owner)
    try:
        await conn.execute(statement)
    finally:
        await conn.close()


async def test_a_missing_status_column_is_told_and_so_is_its_return(site, source, monkeypatch):
    monkeypatch.setattr(health, "GOOD_FOR_SECONDS", 0)
    monkeypatch.setattr(health, "BAD_FOR_SECONDS", 0)
    site.outside.seed(size=20)
    async with site.api() as app, stranger(app) as caller:
        whole = await caller.get("/readyz")
        assert whole.json()["checks"]["source"] == {"ok": True, "detail": "all tables and columns are there"}
        await as_owner(source, 'ALTER TABLE dbo."receipt" DROP COLUMN "fetchMessage"')
        told = await caller.get("/readyz")
        assert (told.status_code, told.json()["status"]) == (200, "degraded")
        check = told.json()["checks"]["source"]
        assert not check["ok"]
        assert 'ALTER TABLE "dbo"."receipt" ADD COLUMN "fetchMessage" text NULL' in check["detail"]
        await as_owner(source, 'ALTER TABLE dbo."receipt" ADD COLUMN "fetchMessage" text NULL')
        assert (await caller.get("/readyz")).json()["checks"]["source"]["ok"]


async def test_what_was_said_is_not_asked_again_at_once(site, source):
    site.outside.seed(size=20)
    async with site.api() as app, stranger(app) as caller:
        assert (await caller.get("/readyz")).json()["checks"]["source"]["ok"]
        await as_owner(source, 'ALTER TABLE dbo."service" DROP COLUMN "price"')
        assert (await caller.get("/readyz")).json()["checks"]["source"]["ok"]
