"""The pages over all services: everything that is there, in one order, and the names of those who are missing."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.cursor import Cursor, decode_cursor, encode_cursor
from common.errors import InvalidInput
from gateway.overview.rules import merge_pages, overall_status
from tests.gateway.backend import Backend
from tests.gateway.running import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gateway.conftest import Start

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
MOST = 8  # stands for the 1,000 that a real list gives at most
ROLES = {"one": "admin", "two": "admin", "gone": "admin"}


def run(number: int, service: str) -> dict[str, Any]:
    at = (START + timedelta(seconds=number // 2)).isoformat()
    return {"id": str(UUID(int=number)), "created_at": at, "service": service}


class OneService:
    """A service's list, as `common.listing` gives it: newest first, after or before a cursor."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        self.items = sorted(items, key=place, reverse=True)

    def page(self, cursor: str | None, limit: int) -> dict[str, Any]:
        limit = min(limit, MOST)
        asked = decode_cursor(cursor, {}, sort=datetime, id_type=UUID) if cursor else None
        if asked is None:
            return {"items": self.items[:limit], "next": "x" if len(self.items) > limit else None}
        after = (asked.sort, asked.id)
        if asked.direction == "next":
            older = [item for item in self.items if place(item) < after]
            return {"items": older[:limit], "next": "x" if len(older) > limit else None, "prev": "x"}
        newer = [item for item in self.items if place(item) > after]
        return {"items": newer[-limit:], "next": "x", "prev": "x" if len(newer) > limit else None}


def place(item: dict[str, Any]) -> Any:
    return datetime.fromisoformat(item["created_at"]), UUID(item["id"])


@given(owners=st.lists(st.sampled_from(["one", "two", "three"]), max_size=40), limit=st.integers(1, MOST))
def test_paging_forward_and_back_shows_every_run_once_and_in_order(owners: list[str], limit: int) -> None:
    runs = [run(number, service) for number, service in enumerate(owners)]
    services = [OneService([item for item in runs if item["service"] == name]) for name in ("one", "two", "three")]

    def page(cursor: str | None) -> dict[str, Any]:
        pages = [service.page(cursor, limit + 1) for service in services]
        return merge_pages(pages, limit=limit, cursor=cursor, moment="created_at", filters={})

    expected = sorted(runs, key=place, reverse=True)
    shown, current = [], page(None)
    assert current["prev"] is None
    forward = [current["items"]]
    while current["next"]:
        current = page(current["next"])
        forward.append(current["items"])
    shown = [item for items in forward for item in items]
    assert shown == expected
    backward = [current["items"]]
    while current["prev"]:
        current = page(current["prev"])
        backward.append(current["items"])
    assert [item for items in reversed(backward) for item in items][-len(expected) :] == expected


def test_a_cursor_of_other_filters_is_refused() -> None:
    cursor = encode_cursor(Cursor("next", START, UUID(int=1)), {"state": "failed"})
    with pytest.raises(InvalidInput):
        merge_pages([], limit=5, cursor=cursor, moment="created_at", filters={})


@pytest.mark.parametrize(
    ("statuses", "overall"),
    [
        (["ready", "ready"], "ready"),
        (["ready", "unavailable"], "degraded"),
        (["degraded"], "degraded"),
        (["unavailable", "unavailable"], "unavailable"),
        ([], "ready"),
    ],
)
def test_the_whole_is_as_well_as_its_parts(statuses: Any, overall: str) -> None:
    assert overall_status(statuses) == overall


async def test_runs_of_all_services_come_merged_and_the_missing_one_is_named(
    start: Start, free_port: Callable[[], int]
) -> None:
    one, two = Backend(), Backend()
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(serving(backend)) for backend in (one, two)]
        upstreams = {"one": urls[0], "two": urls[1], "gone": f"http://127.0.0.1:{free_port()}"}
        running = await start(upstreams=upstreams)
        one.answers = {"/v1/runs": {"items": [run(9, "one"), run(3, "one")]}}
        two.answers = {"/v1/runs": {"items": [run(6, "two")]}}
        browser = await running.signed_in("ada", roles=ROLES)
        answer = (await browser.get("/api/runs?limit=2&state=failed,partial&hide_idle=false")).json()
        assert [item["service"] for item in answer["items"]] == ["one", "two"]
        assert (answer["next"] is not None, answer["prev"]) == (True, None)
        assert [error["service"] for error in answer["errors"]] == ["gone"]
        query = dict(pair.split("=") for pair in one.seen[0]["query"].split("&"))
        assert query == {"limit": "3", "state": "failed,partial", "hide_idle": "false"}
        follow = await browser.get(
            "/api/runs", params={"limit": "2", "state": "failed,partial", "cursor": answer["next"]}
        )
        assert follow.status_code == 422
        assert (await browser.get("/api/runs?service=two")).json()["items"][0]["service"] == "two"
        assert len(one.seen) == 2
        assert (await browser.get("/api/runs?colour=red")).status_code == 422
        assert (await browser.get("/api/runs?limit=0")).status_code == 422


async def test_a_slow_service_is_left_out_in_time(start: Start) -> None:
    one, slow = Backend(), Backend()
    async with serving(one) as one_url, serving(slow) as slow_url:
        running = await start(upstreams={"one": one_url, "two": slow_url}, overview_seconds=0.3)
        one.answers = {"/v1/attention": {"items": []}}
        slow.stuck.add("/v1/attention")
        browser = await running.signed_in("ada", roles=ROLES)
        began = monotonic()
        answer = (await browser.get("/api/attention")).json()
        assert monotonic() - began < 2
        assert [(error["service"], error["code"]) for error in answer["errors"]] == [("two", "service_timeout")]
        await asyncio.wait_for(slow.cancelled.wait(), 5)


async def test_nobody_sees_a_service_without_a_role_for_it(start: Start) -> None:
    one, two = Backend(), Backend()
    async with serving(one) as one_url, serving(two) as two_url:
        running = await start(upstreams={"one": one_url, "two": two_url})
        browser = await running.signed_in("ada", roles={"one": "viewer"})
        assert (await browser.get("/api/services")).json() == [
            {"name": "one", "title": "One", "prefix": "/api/one", "role": "viewer", "zone": None}
        ]
        for path in ("/api/runs", "/api/attention", "/api/search?q=x", "/api/health", "/api/pause"):
            assert (await browser.get(path)).status_code == 200
        assert two.seen == []


async def test_health_tells_of_workers_and_of_services_that_do_not_answer(
    start: Start, free_port: Callable[[], int]
) -> None:
    one = Backend()
    async with serving(one) as url:
        running = await start(upstreams={"one": url, "gone": f"http://127.0.0.1:{free_port()}"})
        check = {"ok": False, "detail": "none seen for 30 s"}
        one.answers = {"/readyz": {"status": "degraded", "checks": {"workers": check}}}
        browser = await running.signed_in("ada", roles=ROLES)
        health = (await browser.get("/api/health")).json()
    assert health["status"] == "degraded"
    assert health["checks"]["database"]["ok"]
    by_name = {service["name"]: service for service in health["services"]}
    assert (by_name["one"]["status"], by_name["one"]["workers"]) == ("degraded", check)
    assert (by_name["gone"]["status"], by_name["gone"]["workers"]) == ("unavailable", None)


async def test_attention_puts_questions_first_and_search_names_the_service(start: Start) -> None:
    one = Backend()
    async with serving(one) as url:
        running = await start(upstreams={"one": url})
        items = [
            {"id": str(n), "severity": severity, "since": (START + timedelta(hours=n)).isoformat()}
            for n, severity in enumerate(["warning", "problem", "question", "problem"])
        ]
        hit = {"kind": "file", "id": "1", "title": "t", "detail": "", "link": "/x"}
        one.answers = {"/v1/attention": {"items": items}, "/v1/search": {"items": [hit]}}
        browser = await running.signed_in("ada", roles=ROLES)
        assert [item["id"] for item in (await browser.get("/api/attention")).json()["items"]] == ["2", "3", "1", "0"]
        assert (await browser.get("/api/search?q=a%20b")).json()["items"] == [hit | {"service": "one"}]
        assert one.seen[-1]["query"] == "q=a+b"


async def test_pausing_everything_tells_which_service_refused(start: Start, free_port: Callable[[], int]) -> None:
    one = Backend()
    async with serving(one) as url:
        running = await start(upstreams={"one": url, "gone": f"http://127.0.0.1:{free_port()}"})
        pause = {"by": "ada", "reason": "stocktaking", "until": None, "at": None}
        one.answers = {"/v1/pause": {"pause": pause}}
        browser = await running.signed_in("ada", roles=ROLES)
        answer = (await browser.request("PUT", "/api/pause", json={"reason": "stocktaking"})).json()
        assert answer["items"] == [{"service": "one", "pause": pause}]
        assert [error["service"] for error in answer["errors"]] == ["gone"]
        assert one.seen[-1]["method"] == "PUT"
        assert (await browser.request("DELETE", "/api/pause")).status_code == 200
        assert one.seen[-1]["method"] == "DELETE"


async def test_the_audit_of_the_gateway_and_of_services_is_read_as_one(start: Start) -> None:
    one = Backend()
    async with serving(one) as url:
        running = await start(upstreams={"one": url})
        browser = await running.signed_in("ada", roles={"one": "admin", "portico": "admin"})
        entry = {"id": str(UUID(int=5)), "at": START.isoformat(), "service": "one", "action": "file.uploaded"}
        one.answers = {"/v1/audit": {"items": [entry]}}
        entries = (await browser.get("/api/audit")).json()["items"]
        assert [item["service"] for item in entries] == ["portico", "portico", "one"]
        only = (await browser.get("/api/audit?service=one")).json()["items"]
        assert [item["service"] for item in only] == ["one"]
        assert (await browser.get("/api/audit?action=session.opened")).json()["items"][0]["actor"] == "ada"
        other = await running.signed_in("eve", roles={"one": "admin"})
        assert [item["service"] for item in (await other.get("/api/audit")).json()["items"]] == ["one"]


async def test_answers_in_no_known_form_are_an_error_of_that_service_only(start: Start) -> None:
    one = Backend()
    async with serving(one) as url:
        running = await start(upstreams={"one": url})
        browser = await running.signed_in("ada", roles=ROLES)
        answer = await browser.get("/api/runs")
        assert answer.status_code == 200
        assert [error["code"] for error in answer.json()["errors"]] == ["answer_unreadable"]
