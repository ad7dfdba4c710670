"""Saved views: everybody keeps their own, operators share. Each change is audited in its own transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from common.audit import record
from common.errors import Conflict, Forbidden
from gateway.auth.rules import PORTICO
from gateway.views.repository import ViewRow, ViewsRepository, unknown_view
from gateway.views.rules import may, may_change
from gateway.views.schemas import View

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from common.clock import Clock
    from common.db import Connection, Database
    from common.etag import Seen
    from gateway.auth.principals import Principal
    from gateway.views.schemas import ViewCreate, ViewPatch

MOST_OWN = 200
KEPT_AFTER_DELETE = timedelta(days=1)


class ViewsService:
    """What people do with views; a program reads the shared ones."""

    def __init__(self, db: Database, clock: Clock, services: Collection[str]) -> None:
        self._db = db
        self._clock = clock
        self._services = services

    async def list_views(self, who: Principal, screen: str | None) -> list[View]:
        async with self._db.connection() as conn:
            repository = ViewsRepository(conn, _person(who))
            screens = [name for name in await repository.screens(screen) if self._may(who, name, "viewer")]
            return [_seen_by(who, view) for view in await repository.list_views(screens)]

    async def get(self, who: Principal, view_id: UUID) -> View:
        async with self._db.connection() as conn:
            return _seen_by(who, await self._visible(conn, who, view_id))

    async def create(self, who: Principal, wanted: ViewCreate) -> View:
        """Keep a view.

        Raises:
            Forbidden: `people_only`: a key has no screen; `forbidden`: the screen, or to share on it.
            Conflict: `view_name_taken`, `too_many_views`.
        """
        self._check_person(who)
        self._check(who, wanted.screen, shared=wanted.shared)
        now = self._clock.now()
        async with self._db.transaction() as conn:
            repository = ViewsRepository(conn, who.id)
            await repository.forget_deleted(now - KEPT_AFTER_DELETE)
            if await repository.count_own() >= MOST_OWN:
                raise Conflict(
                    f"You keep {MOST_OWN} views; delete one first.", code="too_many_views", params={"most": MOST_OWN}
                )
            view_id = await repository.insert(owner=who.name, now=now, **wanted.model_dump())
            view = await repository.get(view_id)
            await self._record(conn, who, "view.created", view, after=_audited(view))
        return _seen_by(who, view)

    async def update(self, who: Principal, view_id: UUID, patch: ViewPatch, seen: Seen) -> View:
        """Change what `patch` names.

        Raises:
            Forbidden: it is somebody else's; or shared, and they are no operator of its screen (any more).
            PreconditionFailed: somebody changed it meanwhile.
        """
        async with self._db.transaction() as conn:
            before = await self._changeable(conn, who, view_id)
            seen.check(before.version)
            changed = replace(before, **patch.model_dump(exclude_none=True))
            if changed.shared and (before.owner_id == who.id or not before.shared):
                self._check(who, before.screen, shared=True)  # what all see is an operator's word, also later
            repository = ViewsRepository(conn, _person(who))
            await repository.update(changed, self._clock.now())
            view = await repository.get(view_id, whoever=True)
            await self._record(conn, who, "view.changed", view, before=_audited(before), after=_audited(view))
        return _seen_by(who, view)

    async def delete(self, who: Principal, view_id: UUID) -> None:
        """Put a view away; for a day it can be restored."""
        async with self._db.transaction() as conn:
            view = await self._changeable(conn, who, view_id)
            await ViewsRepository(conn, _person(who)).delete(view_id, self._clock.now())
            await self._record(conn, who, "view.deleted", view, before=_audited(view))

    async def restore(self, who: Principal, view_id: UUID) -> View:
        """Take a delete back.

        Raises:
            Conflict: `view_name_taken`: another one has the name by now.
        """
        async with self._db.transaction() as conn:
            view = await self._changeable(conn, who, view_id, deleted=True)
            repository = ViewsRepository(conn, _person(who))
            if view.deleted_at:
                if view.shared and view.owner_id == who.id:
                    self._check(who, view.screen, shared=True)
                await repository.restore(view)
                await self._record(conn, who, "view.restored", view, after=_audited(view))
            return _seen_by(who, await repository.get(view_id, whoever=True))

    async def set_default(self, who: Principal, view_id: UUID, *, wanted: bool) -> View:
        """Let the screen open with it, for this person."""
        self._check_person(who)
        async with self._db.transaction() as conn:
            view = await self._visible(conn, who, view_id)
            repository = ViewsRepository(conn, who.id)
            if wanted:
                await repository.set_default(view)
            else:
                await repository.unset_default(view_id)
            return _seen_by(who, await repository.get(view_id))

    def _may(self, who: Principal, screen: str, least: str) -> bool:
        return may(who.roles, screen, self._services, least)

    def _check(self, who: Principal, screen: str, *, shared: bool) -> None:
        needed = "operator" if shared else "viewer"
        if not self._may(who, screen, needed):
            raise Forbidden(
                f"To {'share views of' if shared else 'use'} this screen needs the role {needed}.",
                params={"needed": needed},
            )

    def _check_person(self, who: Principal) -> None:
        if who.kind != "user":
            raise Forbidden("Views belong to people; an API key has none.", code="people_only")

    async def _visible(self, conn: Connection, who: Principal, view_id: UUID) -> ViewRow:
        view = await ViewsRepository(conn, _person(who)).get(view_id)
        if view.deleted_at or not self._may(who, view.screen, "viewer"):
            raise unknown_view()
        return view

    async def _changeable(self, conn: Connection, who: Principal, view_id: UUID, *, deleted: bool = False) -> ViewRow:
        repository = ViewsRepository(conn, _person(who))
        await repository.lock(view_id)
        view = await repository.get(view_id)
        if view.deleted_at and not deleted:
            raise unknown_view()
        if not may_change(who.roles, own=view.owner_id == who.id, shared=view.shared):
            raise Forbidden(f"{view.name} is {view.owner}'s; keep a view of your own instead.", code="not_your_view")
        return view

    async def _record(self, conn: Connection, who: Principal, action: str, view: ViewRow, **told: Any) -> None:
        await record(conn, who.identity(PORTICO), action, f"view/{view.id}", **told)


def _person(who: Principal) -> UUID | None:
    return who.id if who.kind == "user" else None


def _audited(view: ViewRow) -> dict[str, Any]:
    return {name: getattr(view, name) for name in ("screen", "name", "search", "shared")}


def _seen_by(who: Principal, view: ViewRow) -> View:
    own = view.owner_id == who.id
    return View(
        own=own,
        may_change=may_change(who.roles, own=own, shared=view.shared),
        **{name: getattr(view, name) for name in View.model_fields if name not in {"own", "may_change"}},
    )
