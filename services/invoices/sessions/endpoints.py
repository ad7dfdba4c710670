"""The warehouse's four buttons and the days behind them, over HTTP. A GET never changes anything."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import StreamingResponse

from common import sse
from common.auth import Admin, Operator, Viewer
from common.csv_export import csv_response
from common.db import Connection
from common.errors import NotFound
from common.inside import CoreOf
from common.listing import Page
from common.problem import problems
from services.invoices.inside import ResourcesOf
from services.invoices.sessions.repository import SESSIONS, Session, SessionRepository
from services.invoices.sessions.rules import State, buttons
from services.invoices.sessions.rules_words import language, status, why
from services.invoices.sessions.schemas import (
    DAY_CSV,
    Buttons,
    ButtonState,
    Close,
    ClosedStatus,
    Confirm,
    FileOfSession,
    SessionQuery,
    SessionStatus,
    SessionSummary,
)
from services.invoices.sessions.service import Overview, read_overview

router = APIRouter(tags=["session"])


def locale_of(accept_language: Annotated[str, Header()] = "") -> str:
    """The language of the texts in the answer."""
    return language(accept_language)


Locale = Annotated[str, Depends(locale_of)]


def present(overview: Overview, locale: str = "en") -> SessionStatus:
    """The payload of a day."""
    now, session = overview.situation, overview.session
    shown = {name: ButtonState(why=why(button.code, locale), **asdict(button)) for name, button in buttons(now).items()}
    return SessionStatus(
        business_date=overview.day,
        zone=overview.zone,
        text=status(now.state, day=overview.day, processed=now.processed, total=now.total, locale=locale),
        state=now.state.value,
        shadow=overview.shadow,
        files=[FileOfSession(**asdict(file)) for file in overview.files],
        buttons=Buttons(**shown),
        **(_facts(session) if session else {}),
    )


def _facts(session: Session) -> dict[str, Any]:
    """The fields that are called the same in the row, and those that are not."""
    same = set(SessionStatus.model_fields) & set(Session.__dataclass_fields__) - {"business_date", "state"}
    return {name: getattr(session, name) for name in same} | {
        "generated": session.csv_lines,
        "generated_at": session.csv_rendered_at,
        "closing": session.close_requested_by is not None and session.state is not State.CLOSED,
        "last_checked_at": session.checked_at,
    }


async def read_days(conn: Connection, wanted: Mapping[str, int]) -> Sequence[sse.Event]:
    """The present state of each day that somebody watches, when it is newer than what they know."""
    repository, events = SessionRepository(conn), []
    for key, known in wanted.items():
        day = date.fromisoformat(key)
        session = await repository.find(day)
        if session and session.version > known:
            payload = present(await read_overview(repository, day))
            events.append(sse.Event(key, session.version, payload.model_dump(mode="json"), name="session"))
    return events


DAYS = sse.Feed("session", read_days)


@router.get("/session", operation_id="get_session", summary="Today's session")
async def get_session(resources: ResourcesOf, _: Viewer, locale: Locale) -> SessionStatus:
    return present(await resources.sessions.overview(await resources.sessions.today()), locale)


@router.post(
    "/session/start",
    operation_id="start_session",
    summary="Start today's session",
    status_code=202,
    responses=problems(409),
)
async def start_session(resources: ResourcesOf, who: Operator, locale: Locale, response: Response) -> SessionStatus:
    session = await resources.sessions.start(who)
    response.headers["Location"] = f"/v1/runs/{session.run_id}"
    return present(await resources.sessions.overview(session.business_date), locale)


@router.post(
    "/session/check",
    operation_id="check_session",
    summary="Look today's session up afresh",
    responses=problems(502),
)
async def check_session(resources: ResourcesOf, who: Operator, locale: Locale) -> SessionStatus:
    await resources.sessions.check(who.name)
    return present(await resources.sessions.overview(await resources.sessions.today()), locale)


@router.post("/session/close", operation_id="close_session", summary="Close today's session", responses=problems(409))
async def close_session(
    resources: ResourcesOf, who: Operator, locale: Locale, how: Close | None = None
) -> ClosedStatus:
    session, changed = await resources.sessions.close(who, force=bool(how and how.force))
    status_now = present(await resources.sessions.overview(session.business_date), locale)
    return ClosedStatus(changed=changed, **dict(status_now))


@router.post(
    "/session/confirm",
    operation_id="confirm_session",
    summary="Open today's session by hand after its log failed",
    responses=problems(409),
)
async def confirm_session(resources: ResourcesOf, who: Admin, locale: Locale, how: Confirm) -> SessionStatus:
    session = await resources.sessions.confirm(who, how.note)
    return present(await resources.sessions.overview(session.business_date), locale)


@router.get(
    "/session/events", operation_id="watch_session", summary="Today's session, live", response_class=StreamingResponse
)
async def watch_session(resources: ResourcesOf, live: sse.Live, _: Viewer) -> StreamingResponse:
    """Server-sent events; `id` is the session's version. A new stream begins with the full state."""
    return live.response(DAYS, key=(await resources.sessions.today()).isoformat())


@router.get("/sessions", operation_id="list_sessions", summary="All days with a session")
async def list_sessions(core: CoreOf, _: Viewer, query: Annotated[SessionQuery, Query()]) -> Page[SessionSummary]:
    async with core.db.connection() as conn:
        return await SESSIONS.page(conn, query, lambda row: SessionSummary(**row))


@router.get(
    "/sessions.csv",
    operation_id="export_sessions",
    summary="The same days as CSV",
    response_class=StreamingResponse,
)
async def export_sessions(core: CoreOf, _: Viewer, query: Annotated[SessionQuery, Query()]) -> StreamingResponse:
    return csv_response(SESSIONS.every(core.db, query), DAY_CSV, name="sessions.csv")


@router.get("/sessions/{day}", operation_id="get_session_of_day", summary="One day", responses=problems(404))
async def get_session_of_day(resources: ResourcesOf, _: Viewer, locale: Locale, day: date) -> SessionStatus:
    return present(await resources.sessions.past(day), locale)


@router.get(
    "/sessions/{day}/csv",
    operation_id="get_session_csv",
    summary="The CSV that was sent",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}}, **problems(404)},
)
async def get_session_csv(resources: ResourcesOf, core: CoreOf, _: Viewer, day: date) -> StreamingResponse:
    session = (await resources.sessions.past(day)).session
    if session is None or session.csv_sha256 is None:
        raise NotFound(f"No CSV was rendered for {day}.", code="no_csv", params={"business_date": day.isoformat()})
    return await core.files.download(session.csv_sha256, name=session.remote_name or "", media_type="text/csv")
