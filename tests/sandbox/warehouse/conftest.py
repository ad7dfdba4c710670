"""One warehouse for all tests of the sandbox, put back to its first day before each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.warehouse_sandbox import WarehouseSandbox, warehouse_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.servers import Databases


@pytest.fixture(scope="session")
def warehouse_process(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[WarehouseSandbox]:
    customer = databases.create(())
    gate = ("--customer-port", "0", "--customer-rows", "100")
    with warehouse_sandbox(
        tmp_path_factory.mktemp("sandbox"), customer_url=customer.owner, arguments=gate
    ) as warehouse:
        warehouse.view_url = customer
        yield warehouse
    databases.drop(customer)


@pytest.fixture
def outside(warehouse_process: WarehouseSandbox) -> WarehouseSandbox:
    warehouse_process.reset()
    warehouse_process.change(delay_seconds=0, processing_seconds=0.5)
    return warehouse_process
