"""Mappings over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from common.auth import Operator, Viewer
from common.etag import IfMatch, set_etag
from common.listing import Page
from services.asanito.inside import ResourcesOf
from services.asanito.mappings.rules import MappingType
from services.asanito.mappings.schemas import MappingChanges, MappingGap, Mappings, MappingsQuery, MappingTypeInfo

router = APIRouter(prefix="/mappings", tags=["mappings"])


@router.get("/types", operation_id="list_mapping_types", summary="What is translated, and how far it is")
async def list_mapping_types(resources: ResourcesOf, _: Viewer) -> Page[MappingTypeInfo]:
    return Page[MappingTypeInfo](items=await resources.mappings.types())


@router.get("/gaps", operation_id="list_mapping_gaps", summary="Missing mappings, by how many records wait for each")
async def list_mapping_gaps(resources: ResourcesOf, _: Viewer) -> Page[MappingGap]:
    return Page[MappingGap](items=await resources.mappings.gaps())


@router.get("/{kind}", operation_id="get_mappings", summary="The mappings of one type")
async def get_mappings(
    kind: MappingType,
    resources: ResourcesOf,
    _: Operator,
    response: Response,
    query: Annotated[MappingsQuery, Query()],
) -> Mappings:
    found = await resources.mappings.get(kind, discover=query.discover)
    set_etag(response, found.version)
    return found


@router.put("/{kind}", operation_id="save_mappings", summary="Save mappings of one type; an empty id deletes one")
async def save_mappings(
    kind: MappingType, body: MappingChanges, seen: IfMatch, resources: ResourcesOf, who: Operator, response: Response
) -> Mappings:
    await resources.mappings.save(kind, body.items, seen, who)
    found = await resources.mappings.get(kind, discover=False)
    set_etag(response, found.version)
    return found
