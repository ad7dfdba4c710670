"""A service as Asanito's product and its group as a category: the payloads as they stand beside this file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.asanito.mappings.rules import MappingTable, MappingType
from services.asanito.products.rules import category_payload, product_payload, read_product
from services.asanito.sync.rules import NotSent

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))
ROW = {
    "title": "كلاس  يوگا",
    "serviceGroup": "کلاس‌های گروهی",
    "type": 2,
    "unitref": 3,
    "price": 3_000_000_000,
    "code": 77,
}
MAPPINGS = MappingTable({MappingType.PRODUCT_TYPE: {"2": 3}, MappingType.PRODUCT_UNIT: {"3": 5}})


def read(**changes):
    return read_product({**ROW, **changes}, MAPPINGS)


def test_a_product_and_its_category():
    product = read()
    assert product_payload(product, 4) == GOLDEN["product"]
    assert category_payload(product.category) == GOLDEN["category"]


def test_a_source_that_counts_in_toman_is_multiplied_once():
    assert product_payload(read_product(ROW, MAPPINGS, rial_factor=10), 4)["sellPrice"] == 30_000_000_000


def test_no_price_is_sent_as_nothing_and_told():
    product = read(price=None)
    assert product_payload(product, 4)["sellPrice"] == 0
    assert [warning.code for warning in product.warnings] == ["no_price"]


@pytest.mark.parametrize("change", [{"title": " "}, {"serviceGroup": None}, {"price": -1}])
def test_what_no_product_can_be_made_of_fails(change):
    with pytest.raises(NotSent) as failed:
        read(**change)
    assert failed.value.verdict.reason == "invalid_data"


def test_an_unmapped_unit_or_type_waits_for_its_mapping():
    for change in ({"unitref": 99}, {"type": 99}):
        with pytest.raises(NotSent) as skipped:
            read(**change)
        assert (skipped.value.verdict.state, skipped.value.verdict.reason) == ("skipped", "mapping_missing")
