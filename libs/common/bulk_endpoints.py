"""`POST …/bulk`: the door of a `BulkList`, the same in every service. Used by `common.app` and by services' lists."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, model_validator

from common.auth import Operator
from common.bulk import MOST_AT_ONCE, BulkAction, BulkCall, BulkList, Selection
from common.core import Core
from common.errors import AppError, FieldError, Forbidden, InvalidInput
from common.identity import Identity
from common.inside import CoreOf, resources_of
from common.jobs.endpoints import accepted
from common.jobs.schemas import Run
from common.listing import ListQuery
from common.problem import problem, problems

if TYPE_CHECKING:
    ResourcesOf = Any
else:
    from typing import Annotated

    ResourcesOf = Annotated[Any, Depends(resources_of)]

QueryT = TypeVar("QueryT", bound=ListQuery)

MULTI_STATUS = 207


class BulkBody(BaseModel, Generic[QueryT]):
    """What to do with which items: those of a filter, a few by their ids, or those that an earlier run did."""

    model_config = ConfigDict(extra="forbid")

    action: str
    filter: QueryT | None = Field(None, description="All that the list shows for it, on every page.")
    ids: list[str] | None = Field(None, min_length=1, max_length=MOST_AT_ONCE, description="Each is answered at once.")
    of: UUID | None = Field(None, description="A run of this list: the items that it did, as for taking them back.")
    expected: int | None = Field(
        None, ge=0, description="The number that a dry run told; another number now is refused. Needed with `filter`."
    )
    options: dict[str, Any] = Field({}, description="What the action wants besides, such as a reason.")
    dry_run: bool = Field(False, description="Count only.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.filter, self.ids, self.of)) != 1:
            raise ValueError("give one of filter, ids and of")
        if self.filter is not None and not self.dry_run and self.expected is None:
            raise ValueError("say by `expected` how many items you mean; a dry run counts them")
        return self


class BulkPreview(BaseModel):
    """What would be acted on."""

    matching: int = Field(description="Items that are selected.")
    affected: int = Field(description="Those of them that the action is for; send it back as `expected`.")


class BulkItem(BaseModel):
    id: str
    status: int
    problem: dict[str, Any] | None = None


class BulkAnswer(BaseModel):
    """One answer for each id."""

    items: list[BulkItem]


@dataclass(frozen=True, slots=True)
class Inside:
    """What a request brings to the items that it is answered for one by one."""

    core: Core[Any]
    resources: Any
    request: Request
    who: Identity


def bulk_router(bulk: BulkList[Any], path: str, *, operation_id: str, summary: str, tag: str) -> APIRouter:
    """The endpoint of `bulk` at `path`."""
    router = APIRouter(tags=[tag])
    names = tuple(action.name for action in bulk.actions)
    title = "".join(part.title() for part in bulk.name.split("_"))
    general: Any = BulkBody
    choice: Any = Literal[names]
    body_type = create_model(f"{title}BulkBody", __base__=general[bulk.query], action=(choice, ...))

    async def act(
        body: Any, core: CoreOf, resources: ResourcesOf, operator: Operator, request: Request, response: Response
    ) -> Any:
        """A filter, or `of`: 202 and a run that acts on each item. A few ids: at once, each answered for itself."""
        action = _permitted(bulk.action(body.action), operator)
        ids = _ids(bulk, body.ids)
        selection = Selection(body.filter or ListQuery(), ids, body.of)
        if body.dry_run:  # counts are asked before anybody was asked for a reason
            async with core.db.connection() as conn:
                matching, affected = await bulk.count(conn, action, selection)
            return JSONResponse(BulkPreview(matching=matching, affected=affected).model_dump())
        options = _options(action, body.options)
        if ids is not None:
            inside = Inside(core, resources, request, operator)
            items = [await _act(inside, action, item, options) for item in ids]
            return JSONResponse(BulkAnswer(items=items).model_dump(mode="json"), MULTI_STATUS)
        async with core.db.transaction() as conn:
            run = await bulk.start(core, conn, action, selection, options=options, expected=body.expected, who=operator)
        return await accepted(core, run.id, response)

    act.__annotations__["body"] = body_type
    router.add_api_route(
        path,
        act,
        methods=["POST"],
        operation_id=operation_id,
        summary=summary,
        status_code=202,
        response_model=Run,
        responses={
            200: {"model": BulkPreview, "description": "How many, of a dry run."},
            MULTI_STATUS: {"model": BulkAnswer, "description": "What became of each id."},
            **problems(404, 409),
        },
    )
    return router


def _permitted(action: BulkAction[Any], operator: Identity) -> BulkAction[Any]:
    if not operator.may(action.role):
        needed = {"needed": action.role, "role": operator.role}
        raise Forbidden(f"{action.title} needs the role {action.role}.", params=needed)
    return action


def _options(action: BulkAction[Any], given: dict[str, Any]) -> BaseModel:
    try:
        return action.options.model_validate(given)
    except ValidationError as error:
        places = [
            FieldError("/options/" + "/".join(str(part) for part in item["loc"]), item["type"], item["msg"])
            for item in error.errors()
        ]
        raise InvalidInput(f"{action.title} does not take these options.", errors=places) from error


def _ids(bulk: BulkList[Any], given: list[str] | None) -> list[Any] | None:
    if given is None:
        return None
    try:
        return [bulk.read_id(text) for text in given]
    except ValueError as error:
        raise InvalidInput("One of the ids is none of this list's.", code="invalid_id") from error


async def _act(inside: Inside, action: BulkAction[Any], item: Any, options: BaseModel) -> BulkItem:
    try:
        async with inside.core.db.transaction() as conn:
            await action.apply(BulkCall(conn, inside.core, inside.resources, item, inside.who, options))
    except AppError as error:
        request_id = inside.request.scope.get("portico.request_id", "")
        told = problem(error, instance=inside.request.url.path, request_id=request_id)
        return BulkItem(id=str(item), status=error.status, problem=told)
    return BulkItem(id=str(item), status=202)
