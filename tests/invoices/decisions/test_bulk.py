"""Files that nobody wants, discarded all at once: with the reason in each one's audit, the imported ones left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from common.app import create_service_app
from services.invoices.main import SERVICE
from tests.support.api import check_problem, client, serving
from tests.support.inbox_site import MORNING, InboxSite, lines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

pytestmark = pytest.mark.servers


@pytest.fixture
async def api(inbox_site: InboxSite) -> AsyncIterator[httpx.AsyncClient]:
    shift = int((MORNING - datetime.now(UTC)).total_seconds())
    settings = inbox_site.settings.model_copy(update={"clock_shift_seconds": shift})
    async with serving(create_service_app(SERVICE, settings)) as app, client(app, name="M. Rossi") as caller:
        yield caller


async def test_all_stale_files_of_a_filter_are_discarded_with_one_reason(
    api: httpx.AsyncClient, inbox_site: InboxSite
) -> None:
    for day in range(10, 14):
        name = f"Letture202611{day}190411123_3.txt"
        inbox_site.drop(lines(600000100 + day, 600000200 + day, 600000300 + day), name=name)
        inbox_site.touch(name, MORNING - timedelta(days=21 - day))
    await inbox_site.pick_up()
    await api.post("/v1/files", files={"file": ("today.txt", lines(600000009))})
    wanted = {"action": "discard", "filter": {"q": "txt"}, "options": {"reason": "sent again by mistake"}}
    counted = (await api.post("/v1/files/bulk", json=wanted | {"dry_run": True, "options": {}})).json()
    assert counted == {"matching": 5, "affected": 4}
    check_problem(await api.post("/v1/files/bulk", json=wanted | {"options": {}, "expected": 4}), 422, "invalid_input")
    started = await api.post("/v1/files/bulk", json=wanted | {"expected": 4})
    assert started.status_code == 202
    await inbox_site.work()
    run = (await api.get(started.headers["Location"])).json()
    assert (run["state"], run["job"], run["counts"]["ok"]) == ("succeeded", "files.discard_many", 4)
    states = sorted(file["state"] for file in await inbox_site.files())
    assert states == ["discarded"] * 4 + ["imported"]
    reasons = await inbox_site.fetch(
        "SELECT actor, after ->> 'reason' AS reason FROM audit_entries WHERE action = 'file.discarded'"
    )
    assert [tuple(row) for row in reasons] == [("M. Rossi", "sent again by mistake")] * 4
