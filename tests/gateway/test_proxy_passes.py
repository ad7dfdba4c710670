"""Requests reach the service as they were sent, and its answers come back as they were given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.gateway.conftest import Running


async def test_a_signed_identity_with_the_role_reaches_the_service(running: Running) -> None:
    browser = await running.signed_in("ada", roles={"invoices": "operator"})
    response = await browser.get("/api/invoices/v1/echo?state=failed%2Cpartial&q=a+b")
    assert response.status_code == 200
    seen = running.backend.seen[0]
    assert (seen["path"], seen["query"]) == ("/v1/echo", "state=failed%2Cpartial&q=a+b")
    identity = running.verifier.verify(dict(seen["headers"])["x-portico-identity"])
    assert (identity.name, identity.kind, identity.role) == ("ada", "user", "operator")
