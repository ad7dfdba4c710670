"""The pages over all services: health, runs, attention, search, audit, pause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from common.audit import ENTRIES, AuditEntry, AuditQuery
from common.health import Check
from gateway.auth.rules import PORTICO
from gateway.overview.fanout import READINESS, Answers, Question
from gateway.overview.rules import merge_pages, overall_status
from gateway.overview.schemas import Health, Service, ServiceHealth
from gateway.overview.zones import Zones

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.db import Database
    from common.filters import Terms
    from common.identity import Role
    from common.jobs.schemas import PauseBody
    from common.listing import ListQuery
    from gateway.auth.principals import Principal
    from gateway.overview.fanout import Fanout
    from gateway.overview.schemas import AllAuditQuery, AllRunsQuery
    from gateway.upstreams import Upstream

# What the gateway itself adds or cuts; services know nothing of it.
NOT_ASKED = {"service", "limit", "cursor"}
MOST_ITEMS = 1000
SEVERITY = {"question": 0, "problem": 1, "warning": 2}


class OverviewService:
    """Everything here is read at the moment it is asked for; nothing is copied."""

    def __init__(self, db: Database, upstreams: Mapping[str, Upstream], fanout: Fanout) -> None:
        self._db = db
        self._upstreams = upstreams
        self._fanout = fanout
        self._zones = Zones(fanout)

    async def services(self, principal: Principal) -> list[Service]:
        """Those that the principal has a role for."""
        seen = self._seen_by(principal)
        zones = await self._zones.of(seen)
        return [
            Service(
                name=upstream.name,
                title=upstream.title,
                prefix=upstream.prefix,
                role=principal.roles[upstream.name],
                zone=zones.get(upstream.name),
            )
            for upstream in seen
        ]

    async def health(self, principal: Principal, own: dict[str, Check]) -> Health:
        """How each service is; one that does not answer is unavailable."""
        seen = self._seen_by(principal)
        answers = await self._fanout.ask(principal, seen, Question(READINESS, expects="checks"))
        details = {error.service: error.detail for error in answers.errors}
        services = [_health(upstream, answers.bodies.get(upstream.name), details) for upstream in seen]
        return Health(
            status=overall_status([service.status for service in services]),
            checks=own,
            services=services,
        )

    async def runs(self, principal: Principal, query: AllRunsQuery) -> dict[str, Any]:
        """Runs of all services, newest first."""
        answers, filters = await self._ask_lists(principal, "/v1/runs", query, query.service)
        merged = merge_pages(
            list(answers.bodies.values()), limit=query.limit, cursor=query.cursor, moment="created_at", filters=filters
        )
        return merged | {"errors": _errors(answers)}

    async def audit(self, principal: Principal, query: AllAuditQuery) -> dict[str, Any]:
        """Audit entries of the gateway and of every service that one is admin of, newest first."""
        answers, filters = await self._ask_lists(principal, "/v1/audit", query, query.service, least="admin")
        pages = list(answers.bodies.values())
        if principal.is_admin and _wanted(PORTICO, query.service):
            pages.append(await self._own_audit(query))
        merged = merge_pages(pages, limit=query.limit, cursor=query.cursor, moment="at", filters=filters)
        return merged | {"errors": _errors(answers)}

    async def attention(self, principal: Principal, limit: int) -> dict[str, Any]:
        """What needs a person: questions first, then what broke, then warnings; the newest first among equals."""
        answers = await self._fanout.ask(principal, self._seen_by(principal), Question("/v1/attention"))
        items = [item for page in answers.bodies.values() for item in page["items"]]
        items.sort(key=lambda item: item["since"], reverse=True)
        items.sort(key=lambda item: SEVERITY.get(item["severity"], len(SEVERITY)))
        return _whole(items[:limit], answers)

    async def search(self, principal: Principal, text: str, limit: int) -> dict[str, Any]:
        """Hits of all services, each with the name of its service."""
        answers = await self._fanout.ask(principal, self._seen_by(principal), Question("/v1/search", query={"q": text}))
        hits = [hit | {"service": service} for service, page in answers.bodies.items() for hit in page["items"]]
        return _whole(hits[:limit], answers)

    async def pauses(self, principal: Principal) -> dict[str, Any]:
        """Which services are paused."""
        return _pauses(
            await self._fanout.ask(principal, self._seen_by(principal), Question("/v1/pause", expects="pause"))
        )

    async def pause(self, principal: Principal, wanted: PauseBody) -> dict[str, Any]:
        """Pause every service; each one that refuses is named."""
        body = orjson.loads(wanted.model_dump_json())
        seen = self._seen_by(principal)
        return _pauses(
            await self._fanout.ask(principal, seen, Question("/v1/pause", expects="pause", method="PUT", body=body))
        )

    async def resume(self, principal: Principal) -> dict[str, Any]:
        """End the pause of every service."""
        seen = self._seen_by(principal)
        return _pauses(await self._fanout.ask(principal, seen, Question("/v1/pause", expects="pause", method="DELETE")))

    def _seen_by(self, principal: Principal, wanted: Terms | None = None, least: Role = "viewer") -> list[Upstream]:
        return [
            upstream
            for name, upstream in self._upstreams.items()
            if principal.has(name, least) and _wanted(name, wanted)
        ]

    async def _ask_lists(
        self, principal: Principal, path: str, query: ListQuery, wanted: Terms | None, least: Role = "viewer"
    ) -> tuple[Answers, dict[str, str]]:
        """Ask for one item more than the page holds; gives the filters as services digest them."""
        filters = {name: value for name, value in query.digested().items() if name not in NOT_ASKED}
        flags = {name: value for name, value in query.model_dump().items() if isinstance(value, bool)}
        sent = filters | {name: str(value).lower() for name, value in flags.items()}
        sent |= {"limit": str(one_more(query.limit))} | ({"cursor": query.cursor} if query.cursor else {})
        answers = await self._fanout.ask(principal, self._seen_by(principal, wanted, least), Question(path, query=sent))
        return answers, filters

    async def _own_audit(self, query: AllAuditQuery) -> dict[str, Any]:
        own = AuditQuery.model_validate(
            {name: value for name, value in query.model_dump().items() if name != "service"}
            | {"limit": one_more(query.limit)}
        )
        async with self._db.connection() as conn:
            page = await ENTRIES.page(conn, own, lambda row: AuditEntry.of(row, PORTICO))
        return page.model_dump(mode="json")


def one_more(limit: int) -> int:
    """One too many tells that there are more; at a list's own limit its `next` tells it."""
    return min(limit + 1, MOST_ITEMS)


def _wanted(name: str, terms: Terms | None) -> bool:
    if terms is None:
        return True
    return (not terms.include or name in terms.include) and name not in terms.exclude


def _errors(answers: Answers) -> list[dict[str, str]]:
    return [error.model_dump() for error in answers.errors]


def _whole(items: list[Any], answers: Answers) -> dict[str, Any]:
    return {"items": items, "next": None, "prev": None, "errors": _errors(answers)}


def _pauses(answers: Answers) -> dict[str, Any]:
    items = [{"service": service, "pause": body["pause"]} for service, body in answers.bodies.items()]
    return _whole(items, answers)


def _health(upstream: Upstream, body: Any, details: Mapping[str, str]) -> ServiceHealth:
    if not isinstance(body, dict):
        unreachable = Check(ok=False, detail=details.get(upstream.name, "does not answer"))
        body = {"status": "unavailable", "checks": {"api": unreachable}}
    return ServiceHealth(
        name=upstream.name,
        title=upstream.title,
        status=body["status"],
        checks=body["checks"],
        workers=body["checks"].get("workers"),
    )
