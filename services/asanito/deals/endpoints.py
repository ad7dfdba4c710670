"""Deals, trigger products, and a live look at Asanito's products and funnels."""

from dataclasses import asdict
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from common.auth import Admin, Operator, Viewer
from common.etag import IfMatch, set_etag
from common.inside import CoreOf
from common.jobs.endpoints import accepted
from common.jobs.schemas import Run
from common.listing import Page
from common.problem import problems
from services.asanito.deals.repository import DEALS, DealKey, Trigger
from services.asanito.deals.schemas import (
    BindDeal,
    Deal,
    DealNote,
    DealQuery,
    FunnelLevel,
    FunnelQuery,
    TargetProduct,
    TargetQuery,
    TriggerProduct,
    TriggerProducts,
)
from services.asanito.inside import ResourcesOf

router = APIRouter(tags=["deals"])
PAGE = 20


@router.get("/deals", operation_id="list_deals", summary="Deals, the last changed first")
async def list_deals(core: CoreOf, _: Viewer, query: Annotated[DealQuery, Query()]) -> Page[Deal]:
    async with core.db.connection() as conn:
        return await DEALS.page(conn, query, Deal.of)


@router.get("/deals/triggers", operation_id="get_trigger_products", summary="Products whose sale opens a deal")
async def get_trigger_products(resources: ResourcesOf, _: Viewer, response: Response) -> TriggerProducts:
    triggers, version = await resources.deals.triggers()
    set_etag(response, version)
    return TriggerProducts(items=[TriggerProduct(**asdict(one)) for one in triggers])


@router.put(
    "/deals/triggers",
    operation_id="put_trigger_products",
    summary="Replace the products that open deals",
    responses=problems(412, 428),
)
async def put_trigger_products(
    body: TriggerProducts, seen: IfMatch, resources: ResourcesOf, who: Operator, response: Response
) -> TriggerProducts:
    await resources.deals.replace_triggers([Trigger(**item.model_dump()) for item in body.items], seen, who)
    return await get_trigger_products(resources, who, response)


@router.post(
    "/deals/{invoice_kind}/{invoice_key}/{item_key}/retry",
    operation_id="retry_deal",
    summary="Open it with the invoice's next run",
    responses=problems(404, 409),
)
async def retry_deal(
    invoice_kind: Literal["store_invoice", "service_invoice"],
    invoice_key: UUID,
    item_key: UUID,
    resources: ResourcesOf,
    who: Operator,
) -> None:
    await resources.deals.retry(DealKey(invoice_kind, invoice_key, item_key), who)


@router.post(
    "/deals/{invoice_kind}/{invoice_key}/{item_key}/check",
    operation_id="check_deal",
    summary="Ask Asanito again what became of it",
    status_code=202,
    responses=problems(404, 409),
)
async def check_deal(
    invoice_kind: Literal["store_invoice", "service_invoice"],
    invoice_key: UUID,
    item_key: UUID,
    core: CoreOf,
    resources: ResourcesOf,
    who: Operator,
    response: Response,
) -> Run:
    started = await resources.deals.check_now(DealKey(invoice_kind, invoice_key, item_key), who)
    return await accepted(core, started.id, response)


@router.post(
    "/deals/{invoice_kind}/{invoice_key}/{item_key}/bind",
    operation_id="bind_deal",
    summary="It is this one in Asanito",
    responses=problems(404, 409),
)
async def bind_deal(
    invoice_kind: Literal["store_invoice", "service_invoice"],
    invoice_key: UUID,
    item_key: UUID,
    body: BindDeal,
    resources: ResourcesOf,
    who: Admin,
) -> None:
    await resources.deals.settle(DealKey(invoice_kind, invoice_key, item_key), body.deal_id, who, body.note)


@router.post(
    "/deals/{invoice_kind}/{invoice_key}/{item_key}/confirm-absent",
    operation_id="confirm_deal_absent",
    summary="It is not in Asanito: open it with the invoice's next run",
    responses=problems(404, 409),
)
async def confirm_deal_absent(
    invoice_kind: Literal["store_invoice", "service_invoice"],
    invoice_key: UUID,
    item_key: UUID,
    body: DealNote,
    resources: ResourcesOf,
    who: Admin,
) -> None:
    await resources.deals.settle(DealKey(invoice_kind, invoice_key, item_key), None, who, body.note)


@router.get(
    "/target/products", operation_id="find_target_products", summary="Products in Asanito", responses=problems(502)
)
async def find_target_products(
    resources: ResourcesOf, _: Operator, query: Annotated[TargetQuery, Query()]
) -> Page[TargetProduct]:
    found = await resources.asanito.find_products(query.search, skip=query.page * PAGE, take=PAGE)
    return Page[TargetProduct](items=[TargetProduct(id=one.id, title=one.title, code=one.code) for one in found])


@router.get(
    "/target/funnel-levels", operation_id="list_funnel_levels", summary="Levels of a funnel", responses=problems(502)
)
async def list_funnel_levels(
    resources: ResourcesOf, _: Operator, query: Annotated[FunnelQuery, Query()]
) -> Page[FunnelLevel]:
    found = await resources.asanito.funnel_levels(query.funnel_id)
    return Page[FunnelLevel](items=[FunnelLevel(id=one.id, title=one.title) for one in found])
