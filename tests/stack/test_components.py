"""./dev up migrates exactly what the processes look for."""

from __future__ import annotations

from gateway.resources import COMPONENTS
from services.invoices.main import SERVICE
from tools.stack import databases


def test_components_are_those_that_the_processes_look_for():
    assert list(databases.GATEWAY.components) == list(COMPONENTS)
    assert list(databases.database_of("invoices").components) == list(SERVICE.components)


def test_every_service_of_the_tree_is_started():
    folder = databases.ROOT / "services"
    found = {path.parent.name for path in folder.glob("*/main.py")}
    assert found == set(databases.SERVICES)
