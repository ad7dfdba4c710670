"""Products, their categories, and warehouses of the sandbox's Asanito."""

from __future__ import annotations

from typing import Any

from sandbox.asanito.books import Category, Product
from sandbox.asanito.calls import Call, endpoint, newest_first, page
from sandbox.asanito.reading import unknown
from sandbox.asanito.tenants import PRODUCT_TYPES


def shown_category(category: Category) -> dict[str, Any]:
    return {"id": category.id, "title": category.title, "parentId": category.parent_id} | {
        "parentTitle": None,
        "census": 0,
        "description": category.description,
        "subCats": [],
    }


def shown(call: Call, product: Product) -> dict[str, Any]:
    category = call.books.get(Category, product.category_id)
    return {
        "id": product.id,
        "title": product.title,
        "stock": 0,
        "sellPrice": product.sell_price,
        "buyPrice": product.initial_buy_price,
        "initialBuyPrice": product.initial_buy_price,
        "endPrice": product.end_price,
        "productType": {"id": product.type, "title": PRODUCT_TYPES[product.type]},
        "category": {"id": product.category_id, "title": category.title if category else None},
        "unitId": product.unit_id,
        "abbreviationCode": product.abbreviation_code,
        "code": str(product.id),
        "barcodes": [],
        "hasSerialPerStock": False,
        "deleted": False,
        "description": None,
    }


@endpoint("GET", "ProductCategory/getList")
def list_categories(call: Call) -> Any:
    parent = call.asked("parentID")
    return [shown_category(one) for one in call.books.all(Category) if one.parent_id == parent]


@endpoint("POST", "ProductCategory/addNew")
def add_category(call: Call) -> Any:
    body = call.body
    parent = body.optional_integer("parentID") or 0
    if parent and call.books.get(Category, parent) is None:
        raise unknown("دسته والد", parent)
    title = body.text("title", required=True, longest=400)
    category = Category(call.books.next_id("Category"), title, parent, body.text("description"))
    call.books.put(category)
    call.did("category added", category.id)
    return shown_category(category)


@endpoint("PUT", "ProductCategory/edit")
def edit_category(call: Call) -> Any:
    category = call.found(Category, call.body.integer("id"), "دسته")
    category.title = call.body.text("title", required=True, longest=400)
    category.description = call.body.text("description")
    call.books.put(category)
    call.did("category edited", category.id)
    return shown_category(category)


@endpoint("DELETE", "ProductCategory/delete")
def delete_category(call: Call) -> Any:
    category = call.found(Category, call.asked("ID"), "دسته")
    category.deleted = True
    call.books.put(category)
    call.did("category deleted", category.id)
    return {}


@endpoint("POST", "Product/getList")
def list_products(call: Call) -> Any:
    value = call.body.text("searchValue").casefold()
    found = [one for one in call.books.all(Product) if value in one.title.casefold() or value in one.abbreviation_code]
    return page(call, [shown(call, one) for one in newest_first(call, found)])


@endpoint("POST", "Product/addNew")
def add_product(call: Call) -> Any:
    product = Product(id=0, **_core(call))
    product.id = call.books.next_id("Product")
    call.books.put(product)
    call.did("product added", product.id)
    return shown(call, product)


@endpoint("PUT", "Product/edit")
def edit_product(call: Call) -> Any:
    product = call.found(Product, call.body.integer("id"), "محصول")
    for name, value in _core(call).items():
        setattr(product, name, value)
    call.books.put(product)
    call.did("product edited", product.id)
    return shown(call, product)


@endpoint("DELETE", "Product/delete")
def delete_product(call: Call) -> Any:
    product = call.found(Product, call.asked("ID"), "محصول")
    product.deleted = True
    call.books.put(product)
    call.did("product deleted", product.id)
    return {}


@endpoint("GET", "Warehouse/getList")
def list_warehouses(call: Call) -> Any:
    return [
        {"id": one, "title": title, "code": str(one), "stationId": None}
        for one, title in call.choices.warehouses.items()
    ]


def _core(call: Call) -> dict[str, Any]:
    body = call.body
    category = body.integer("categoryID")
    if call.books.get(Category, category) is None:
        raise unknown("دسته", category)
    return {
        "title": body.text("title", required=True, longest=400),
        "category_id": category,
        "type": body.one_of("type", PRODUCT_TYPES, "نوع محصول"),
        "unit_id": body.one_of("unitID", call.choices.units, "واحد"),
        "sell_price": body.money("sellPrice"),
        "initial_buy_price": body.money("initialBuyPrice"),
        "end_price": body.money("endPrice"),
        "abbreviation_code": str(body.raw("abbreviationCode") or ""),
    }
