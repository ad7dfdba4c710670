"""Reset, test data and removal over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from common.auth import Admin
from common.problem import problems
from services.asanito.admin.schemas import Forget, Forgotten, Reset, Seed, WasReset, WasSeeded
from services.asanito.inside import ResourcesOf

router = APIRouter(tags=["admin"])


@router.post(
    "/admin/reset",
    operation_id="reset_bridge",
    summary="Start over: remove records, the copy of the source, and mappings",
    responses=problems(409),
)
async def reset_bridge(body: Reset, resources: ResourcesOf, who: Admin) -> WasReset:
    return WasReset(removed=await resources.admin.reset(body, who))


@router.post(
    "/admin/seed",
    operation_id="seed_source",
    summary="Put test data in place of what the source holds, where only test data is",
    responses=problems(409),
)
async def seed_source(body: Seed, resources: ResourcesOf, who: Admin) -> WasSeeded:
    return WasSeeded(filled=await resources.admin.seed(body, who))


@router.post(
    "/entities/person/{key}/forget",
    operation_id="forget_person",
    summary="Remove a person's data here; what it is in Asanito stays known",
    responses=problems(404),
)
async def forget_person(key: UUID, body: Forget, resources: ResourcesOf, who: Admin) -> Forgotten:
    return await resources.admin.forget(key, who, body.note)
