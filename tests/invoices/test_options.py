"""A wrong option is told at its own field, with a code that the console has words for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from services.invoices.options import DispatchOptions, MailOptions, SiteOptions, ViewOptions

if TYPE_CHECKING:
    from common.options import Options


def found(kind: type[Options], **values: Any) -> list[tuple[str, str]]:
    """Where something is wrong, and what."""
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(values)
    return [("/".join(map(str, item["loc"])), item["type"]) for item in caught.value.errors()]


def test_an_alert_after_the_last_look_is_told_at_the_alert() -> None:
    assert found(SiteOptions, alert_time="21:00", window_end="20:00") == [("alert_time", "alert_after_window")]
    assert found(SiteOptions, window_end="18:00") == [("alert_time", "alert_after_window")]
    assert found(SiteOptions, window_end="nonsense") == [("window_end", "time_parsing")]
    assert SiteOptions.model_validate({"window_end": "20:30", "alert_time": "20:30"}).alert_time.minute == 30


def test_each_pattern_of_the_log_is_told_at_its_own_field() -> None:
    assert found(DispatchOptions, success_pattern="read=(?P<count>1)") == [("success_pattern", "bad_pattern")]
    assert found(DispatchOptions, failure_pattern="(") == [("failure_pattern", "bad_pattern")]
    assert found(DispatchOptions, log_encoding="klingon") == [("log_encoding", "unknown_encoding")]
    assert DispatchOptions.model_validate({"failure_pattern": ""}).patterns.failure is None


def test_names_and_zones_are_told_with_a_code() -> None:
    assert found(SiteOptions, zone="Rome") == [("zone", "unknown_zone")]
    assert found(DispatchOptions, remote_name="{day}.csv") == [("remote_name", "bad_braces")]
    assert found(DispatchOptions, remote_name="../{id}") == [("remote_name", "bad_file_name")]
    assert found(ViewOptions, number_column="") == [("number_column", "string_too_short")]


def test_a_wrong_address_is_told_with_its_place_in_the_list() -> None:
    wrong = {"import": ["a@example.org", "nobody"]}
    assert found(MailOptions, recipients_by_kind=wrong) == [("recipients_by_kind/import/1", "string_pattern_mismatch")]
