"""Another tenant: nothing is sent while something is known of the one before, and nothing is in the way when not."""

from __future__ import annotations

import pytest

from tests.support.api import client

pytestmark = pytest.mark.servers


async def seeded(site) -> None:
    site.outside.seed(size=30)
    await site.map_everything()


async def as_if_of_another(site) -> None:
    """As if all that is known were of another customer than the settings name."""
    await site.rows("UPDATE tenants SET customer_id = 4711")


async def test_nothing_is_sent_to_another_tenant_than_the_one_that_bindings_belong_to(site):
    await seeded(site)
    await site.run("contacts")
    await as_if_of_another(site)
    site.outside.forget_requests()
    for job, run in (await site.run_all()).items():
        assert (run["state"], run["reason_code"]) == ("failed", "tenant_changed"), job
    assert site.outside.writes() == []


async def test_a_customer_id_that_was_wrong_at_first_is_corrected_without_further_ado(site):
    await seeded(site)
    site.outside.fault("Account/LoginWithPhoneNumber", "reply", status=401)
    assert (await site.run("contacts"))["reason_code"] == "remote_unauthorized"
    assert await site.rows("SELECT 1 FROM tenants") == []
    await site.run("contacts", limit=1, keys=[])
    await as_if_of_another(site)  # it could sign in there, and nothing was made
    assert (await site.run("contacts"))["state"] in ("succeeded", "partial")
    (tenant,) = await site.rows("SELECT customer_id FROM tenants")
    assert tenant["customer_id"] == site.outside.customer_id


async def test_a_reset_without_bindings_lets_another_tenant_in(site):
    await seeded(site)
    await site.run("contacts")
    await as_if_of_another(site)
    async with site.api() as app, client(app, "admin") as admin:
        body = {"phrase": "DELETE ALL DATA", "keep_bindings": False}
        assert (await admin.post("/v1/admin/reset", json=body)).is_success
    await site.map_everything()
    assert (await site.run("contacts"))["state"] in ("succeeded", "partial")
