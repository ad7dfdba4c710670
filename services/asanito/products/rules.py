"""A service of the source as Asanito's product. Pure. Source: domain page 2.2 (Product/addNew) and 7.7."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.asanito.formats.persian import tidy
from services.asanito.mappings.rules import MappingType
from services.asanito.sync.rules import Warned, fail

if TYPE_CHECKING:
    from services.asanito.mappings.rules import MappingTable
    from services.asanito.ports import Payload


@dataclass(frozen=True, slots=True)
class Product:
    """A service, read."""

    title: str
    category: str
    type_id: int
    unit_id: int
    price: int
    code: str
    warnings: tuple[Warned, ...]


def read_product(row: dict[str, Any], mappings: MappingTable, *, rial_factor: int = 1) -> Product:
    """A service's row as a product.

    Raises:
        NotSent: `invalid_data`: no title, no group, a negative price; `mapping_missing`.
    """
    title, category = tidy(row["title"]), tidy(row["serviceGroup"])
    if not title:
        raise fail("invalid_data", "The service has no title.", column="title")
    if not category:
        raise fail("invalid_data", "The service has no group, so no category.", column="serviceGroup")
    price = row["price"]
    if price is not None and int(price) < 0:
        raise fail("invalid_data", f"The price is negative: {price}.", column="price")
    warnings = () if price is not None else (Warned("no_price", "The service has no price: sent as 0."),)
    return Product(
        title=title,
        category=category,
        type_id=mappings.get(MappingType.PRODUCT_TYPE, row["type"]),
        unit_id=mappings.get(MappingType.PRODUCT_UNIT, row["unitref"]),
        price=int(price or 0) * rial_factor,
        code=str(row["code"]) if row["code"] is not None else "",
        warnings=warnings,
    )


def product_payload(product: Product, category_id: int | None) -> Payload:
    """The body of `Product/addNew`; `edit` adds the id."""
    return {
        "title": product.title,
        "categoryID": category_id,
        "type": product.type_id,
        "unitID": product.unit_id,
        "sellPrice": product.price,
        "initialBuyPrice": 0,
        "endPrice": product.price,
        "abbreviationCode": product.code,
    }


def category_payload(title: str) -> Payload:
    """The body of `ProductCategory/addNew`."""
    return {"title": title, "parentID": 0, "description": "", "cencus": 0}
