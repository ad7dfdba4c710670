"""Where the address and the key come from."""

from __future__ import annotations

import json

import pytest

from cli.connection import find_connection
from cli.problems import UsageProblem


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "var").mkdir()
    known = {"url": "http://127.0.0.1:8640", "api_key": "pk_local"}
    (tmp_path / "var/portico.json").write_text(json.dumps(known))
    deep = tmp_path / "services/invoices"
    deep.mkdir(parents=True)
    return deep


def test_the_file_of_a_local_installation_is_found_upward(checkout):
    found = find_connection({}, checkout)
    assert (found.url, found.api_key) == ("http://127.0.0.1:8640", "pk_local")


def test_the_environment_comes_first(checkout):
    environment = {"PORTICO_URL": "https://portico.example.test/", "PORTICO_API_KEY": "pk_other"}
    found = find_connection(environment, checkout)
    assert (found.url, found.api_key) == ("https://portico.example.test", "pk_other")


def test_the_local_key_is_never_shown_to_another_installation(checkout):
    with pytest.raises(UsageProblem, match="no API key"):
        find_connection({"PORTICO_URL": "https://portico.example.test"}, checkout)


def test_a_broken_file_is_a_sentence(checkout):
    (checkout.parents[1] / "var/portico.json").write_text("{")
    with pytest.raises(UsageProblem, match="can't be read"):
        find_connection({}, checkout)


def test_the_key_is_not_in_the_representation(checkout):
    assert "pk_local" not in repr(find_connection({}, checkout))
