"""A row of the source as it is kept: odd letters do not keep it, or the thousands beside it, from being read."""

from __future__ import annotations

from uuid import UUID

import orjson

from services.asanito.source.rules import CONTENT, TABLES, digest_of, stage


def member(**values):
    row = dict.fromkeys(TABLES["membership"].columns) | {"idd": 1, "personVId": UUID(int=1), "memberVId": UUID(int=2)}
    return stage(TABLES["membership"], row | values)


def test_a_letter_that_postgresql_can_not_hold_is_shown_as_missing():
    staged = member(name="علی\x00", lastname="رضا\x00یی", fetchStatus="SYNCED\x00")
    assert (staged.row["name"], staged.label) == ("علی\ufffd", "علی\ufffd رضا\ufffdیی")
    assert b"\\u0000" not in orjson.dumps(staged.row)
    assert "\x00" not in (staged.source_status or "")
    ids = {"idd": 1, "personVId": str(UUID(int=1)), "memberVId": str(UUID(int=2))}
    names = {"name": "علی\x00", "lastname": "رضا\x00یی"}
    as_read = dict.fromkeys(TABLES["membership"].columns) | ids | names
    assert staged.hash == digest_of([as_read[name] for name in CONTENT["membership"]]), (
        "no edit, however often compared"
    )
