"""Saved views: everybody keeps their own, operators share, nothing is lost by a slip."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

if TYPE_CHECKING:
    from tests.gateway.conftest import Running
    from tests.gateway.running import Browser

VIEWER, OPERATOR = {"invoices": "viewer"}, {"invoices": "operator"}
FAILED = {"screen": "/runs", "name": "Failed", "search": {"state": "failed,partial", "when": "7d"}}


async def keep(browser: Browser, **more: Any) -> dict[str, Any]:
    answer = await browser.post("/api/views", json=FAILED | more)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def names(browser: Browser, screen: str = "/runs") -> list[str]:
    return [view["name"] for view in (await browser.get("/api/views", params={"screen": screen})).json()["items"]]


async def audited(running: Running) -> list[tuple[str, str]]:
    conn = await asyncpg.connect(running.database_url.admin)
    rows = await conn.fetch("SELECT actor, action FROM audit_entries WHERE action LIKE 'view.%' ORDER BY at, id")
    await conn.close()
    return [(row["actor"], row["action"]) for row in rows]


async def test_an_own_view_is_seen_by_its_owner_only_until_it_is_shared(running: Running) -> None:
    ada, bob = await running.signed_in("ada", roles=OPERATOR), await running.signed_in("bob", roles=VIEWER)
    view = await keep(ada)
    assert (view["own"], view["may_change"], view["owner"], view["search"]) == (True, True, "ada", FAILED["search"])
    assert (await names(ada), await names(bob)) == (["Failed"], [])
    path = f"/api/views/{view['id']}"
    assert (await bob.get(path)).status_code == 404
    tag = (await ada.get(path)).headers["etag"]
    shared = await ada.request("PATCH", path, json={"shared": True}, headers={"If-Match": tag})
    assert shared.json()["shared"] is True
    assert await names(bob) == ["Failed"]
    assert (await bob.get(path)).json()["own"] is False
    refused = await bob.request("PATCH", path, json={"name": "Mine"}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_view")
    assert await audited(running) == [("ada", "view.created"), ("ada", "view.changed")]


async def test_sharing_needs_an_operator_of_that_screen(running: Running) -> None:
    bob = await running.signed_in("bob", roles=VIEWER)
    assert (await bob.post("/api/views", json=FAILED | {"shared": True})).status_code == 403
    view = await keep(bob, screen="/invoices/files")
    sharing = await bob.request("PATCH", f"/api/views/{view['id']}", json={"shared": True}, headers={"If-Match": "*"})
    assert sharing.status_code == 403
    ada = await running.signed_in("ada", roles={"portico": "operator"})
    assert (await ada.post("/api/views", json=FAILED | {"screen": "/invoices/files"})).status_code == 403
    assert (await keep(ada, shared=True))["shared"] is True


async def test_who_is_no_operator_any_more_changes_no_shared_view_but_may_take_it_back(running: Running) -> None:
    ada = await running.signed_in("ada", roles=OPERATOR)
    path = f"/api/views/{(await keep(ada, shared=True))['id']}"
    conn = await asyncpg.connect(running.database_url.admin)
    await conn.execute("UPDATE users SET roles = $1 WHERE username = 'ada'", '{"invoices": "viewer"}')
    await conn.close()
    running.resources.doorman.forget()
    refused = await ada.request("PATCH", path, json={"search": {"state": "queued"}}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    private = await ada.request("PATCH", path, json={"shared": False}, headers={"If-Match": "*"})
    assert private.status_code == 200


async def test_a_view_of_a_screen_that_one_may_not_see_is_not_there(running: Running) -> None:
    ada = await running.signed_in("ada", roles=OPERATOR)
    view = await keep(ada, screen="/invoices/files", shared=True)
    eve = await running.signed_in("eve", roles={"portico": "viewer"})
    assert await names(eve, "/invoices/files") == []
    assert (await eve.get(f"/api/views/{view['id']}")).status_code == 404


async def test_a_change_on_sight_of_an_older_version_is_refused(running: Running) -> None:
    ada = await running.signed_in("ada", roles=OPERATOR)
    path = f"/api/views/{(await keep(ada))['id']}"
    tag = (await ada.get(path)).headers["etag"]
    assert (await ada.request("PATCH", path, json={"name": "A"})).status_code == 428
    assert (await ada.request("PATCH", path, json={"name": "A"}, headers={"If-Match": tag})).status_code == 200
    assert (await ada.request("PATCH", path, json={"name": "B"}, headers={"If-Match": tag})).status_code == 412
    assert (await ada.get(path, headers={"If-None-Match": '"v2"'})).status_code == 304


async def test_a_deleted_view_comes_back_for_a_day_unless_its_name_is_taken(running: Running) -> None:
    ada = await running.signed_in("ada", roles=OPERATOR)
    view = await keep(ada)
    path = f"/api/views/{view['id']}"
    assert (await ada.request("DELETE", path)).status_code == 204
    assert await names(ada) == []
    assert (await ada.get(path)).status_code == 404
    assert (await ada.post(f"{path}/restore")).json()["name"] == "Failed"
    assert await names(ada) == ["Failed"]
    await ada.request("DELETE", path)
    other = await keep(ada, name="FAILED")
    taken = await ada.post(f"{path}/restore")
    assert (taken.status_code, taken.json()["code"]) == (409, "view_name_taken")
    assert other["name"] == "FAILED"
    running.clock.shift = timedelta(days=1, minutes=1)
    later = running.browser()
    await later.login("ada")
    await keep(later, name="Another")
    assert (await later.post(f"{path}/restore")).status_code == 404


async def test_each_person_has_a_default_of_their_own(running: Running) -> None:
    ada, bob = await running.signed_in("ada", roles=OPERATOR), await running.signed_in("bob", roles=VIEWER)
    first, second = await keep(ada, shared=True), await keep(ada, name="Waiting", shared=True)
    await bob.request("PUT", f"/api/views/{first['id']}/default")
    await bob.request("PUT", f"/api/views/{second['id']}/default")

    async def defaults(browser: Browser) -> list[str]:
        items = (await browser.get("/api/views?screen=/runs")).json()["items"]
        return [view["name"] for view in items if view["is_default"]]

    assert (await defaults(ada), await defaults(bob)) == ([], ["Waiting"])
    await bob.request("DELETE", f"/api/views/{second['id']}/default")
    assert await defaults(bob) == []


async def test_a_shared_view_stays_when_its_owner_leaves_and_an_administrator_cares_for_it(running: Running) -> None:
    root = await running.signed_in("root", roles={"portico": "admin", "invoices": "viewer"})
    ada = await running.signed_in("ada", roles=OPERATOR)
    shared, own = await keep(ada, shared=True), await keep(ada, name="Own")
    me = (await ada.get("/api/auth/me")).json()["user"]
    assert (await root.request("DELETE", f"/api/users/{me['id']}")).status_code == 204
    assert await names(root) == ["Failed"]
    assert (await root.get(f"/api/views/{own['id']}")).status_code == 404
    assert (await root.request("DELETE", f"/api/views/{shared['id']}")).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {"name": " "}, {"name": "x" * 81}, {"name": "a\0b"}, {"screen": "runs"}, {"screen": "/runs?x=1"},
        {"search": {"state": "x" * 401}}, {"search": {"State": "x"}}, {"search": []}, {"colour": "red"},
    ],
)  # fmt: skip
async def test_nonsense_is_refused(running: Running, body: dict[str, Any]) -> None:
    ada = await running.signed_in("ada", roles=OPERATOR)
    assert (await ada.post("/api/views", json=FAILED | body)).status_code == 422


async def test_a_key_reads_shared_views_and_keeps_none(running: Running) -> None:
    ada, key = await running.signed_in("ada", roles=OPERATOR), await running.key("robot", invoices="operator")
    await keep(ada, shared=True)
    robot = running.browser()
    listed = (await robot.get("/api/views?screen=/runs", headers=key)).json()["items"]
    assert [view["name"] for view in listed] == ["Failed"]
    refused = await robot.post("/api/views", json=FAILED, headers=key)
    assert (refused.status_code, refused.json()["code"]) == (403, "people_only")


async def test_two_views_of_one_name_are_refused_whatever_the_case(running: Running) -> None:
    ada = await running.signed_in("ada", roles=OPERATOR)
    await keep(ada)
    again = await ada.post("/api/views", json=FAILED | {"name": "failed"})
    assert (again.status_code, again.json()["code"]) == (409, "view_name_taken")
    await keep(ada, screen="/mail")
