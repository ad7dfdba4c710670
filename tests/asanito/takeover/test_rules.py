"""What the application before us wrote, read: ids, statuses, one table that held everything, times."""

from __future__ import annotations

import pytest

from services.asanito.mappings.rules import MappingType
from services.asanito.takeover.rules import Word, schedule_note, sort_mappings, word_of


@pytest.mark.parametrize(
    ("aid", "status", "expected"),
    [
        ("12", "SYNCED", Word(12, "SYNCED", "m")),
        ("12", None, Word(12, "", "m")),
        (None, "synced", Word(0, "SYNCED", "m")),
        (None, "SKIPPED", None),
        (None, None, None),
        ("x7", None, None),
        ("1234567890123456789012", "FAILED", Word(0, "FAILED", "m")),
    ],
)
def test_an_id_or_a_word_says_something(aid, status, expected):
    assert word_of(aid, status, "m") == expected


def test_one_table_is_sorted_into_mappings_options_and_notes():
    rows = [
        {"map_type": kind, "source_id": source_id, "source_name": None, "asanito_id": value}
        for kind, source_id, value in (
            ("Gender", "0", "1"),
            ("Organization", "ABCDEF00-1111-4222-8333-AABBCCDDEEFF", " 7 "),
            ("ProductUnit", "3", ""),
            ("ProductUnit", "4", "kg"),
            ("Defaults", "DefaultCityID", "82"),
            ("MinimumIddFilter", "invoiceHed", "5000"),
            ("MinimumIddFilter", "receipt", "many"),
            ("SystemSettings", "InvoicePersonLookupKey", "personVId"),
            ("SystemSettings", "DealCreationEnabled", "1"),
        )
    ]
    found = sort_mappings(rows)
    assert found.mappings == [
        (MappingType.GENDER, "0", "", "1"),
        (MappingType.ORGANIZATION, "abcdef00-1111-4222-8333-aabbccddeeff", "", "7"),
    ]
    assert found.options == {
        "defaults": {"city_id": 82},
        "start_points": {"invoice_hed": 5000},
        "source": {"person_reference": "personVId"},
        "sync": {"deals": True},
    }
    assert found.notes == [
        "ProductUnit 4: 'kg' means nothing here",
        "MinimumIddFilter receipt: 'many' means nothing here",
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"hour": 2, "minute": 30}', "sync_services_to_products (products): 30 2 * * *, on"),
        ('{"hour": 2, "minute": 0, "day_of_week": "mon"}', "sync_services_to_products (products): 0 2 * * mon, on"),
        ("not json", "sync_services_to_products (products): 0 * * * *, on"),
    ],
)
def test_a_job_of_before_is_told_in_our_words(arguments, expected):
    row = {"job_id": "sync_services_to_products", "is_enabled": True, "trigger_args": arguments}
    assert schedule_note(row) == expected
