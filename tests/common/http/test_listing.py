"""Lists: pages that never shift, cursors that belong to their filters, a grammar that gives itself back."""

import asyncio
import csv
import io
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from common.csv_export import cell
from common.cursor import Cursor, decode_cursor, digest, encode_cursor
from common.errors import InvalidInput
from common.filters import Days, Instants, Terms
from tests.common.http.sample.service import NoteQuery
from tests.support.api import check_problem, client

WORDS = st.text(st.characters(codec="utf-8", exclude_characters=",!\0"), min_size=1, max_size=12).filter(
    lambda word: word == word.strip() and word
)
TERMS = st.builds(Terms, st.lists(WORDS, max_size=4).map(tuple), st.lists(WORDS, max_size=4).map(tuple)).filter(
    lambda terms: terms.include or terms.exclude
)
TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
FILTERS = st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=4)
VALUES = {
    datetime: TIMES,
    date: st.dates(),
    int: st.integers(-(2**62), 2**62),
    str: st.text(st.characters(codec="utf-8"), max_size=60),
    UUID: st.uuids(),
}


@given(TERMS)
def test_terms_are_read_back_from_their_text(terms: Terms) -> None:
    assert Terms.parse(str(terms)) == terms


@given(st.one_of(st.none(), TIMES), st.one_of(st.none(), TIMES))
def test_instants_are_read_back_from_their_text(since, until) -> None:
    if since or until:
        assert Instants.parse(str(Instants(since, until))) == Instants(since, until)


@given(st.one_of(st.none(), st.dates()), st.one_of(st.none(), st.dates()))
def test_days_are_read_back_from_their_text(since, until) -> None:
    if since or until:
        assert Days.parse(str(Days(since, until))) == Days(since, until)


@given(st.text(max_size=60))
def test_any_text_is_either_a_filter_or_a_clear_refusal(text: str) -> None:
    for kind in (Terms, Instants, Days):
        adapter = TypeAdapter(kind)
        try:
            value = adapter.validate_python(text)
        except ValidationError:
            continue
        assert adapter.validate_python(str(value)) == value


def test_a_date_stands_for_its_whole_day() -> None:
    assert Instants.parse("2026-11-01") == Instants.parse("2026-11-01T00:00:00Z..2026-11-02T00:00:00Z")
    assert Instants.parse("..9999-12-31").until == datetime(9999, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-01T08:00:00", "..", "", "yesterday..", "2026-13-01", "a" * 401])
def test_a_wrong_span_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Instants).validate_python(text)


KINDS = st.sampled_from(list(VALUES))


@given(st.sampled_from(["next", "prev"]), KINDS, KINDS, FILTERS, st.data())
def test_a_cursor_is_read_back_for_the_same_filters_only(direction, sort, id_type, filters, data) -> None:
    cursor = Cursor(direction, data.draw(VALUES[sort]), data.draw(VALUES[id_type]))
    text = encode_cursor(cursor, filters)
    assert decode_cursor(text, filters, sort=sort, id_type=id_type) == cursor
    with pytest.raises(InvalidInput) as refused:
        decode_cursor(text, filters | {"another": "filter"}, sort=sort, id_type=id_type)
    assert refused.value.code == "cursor_of_other_filters"


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: raw.hex()) | st.sampled_from(["W10", "e30"]))
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decode_cursor(text, {}, sort=datetime, id_type=UUID)
    assert refused.value.code == "cursor_invalid"


@given(FILTERS)
def test_the_order_of_filters_does_not_matter(filters) -> None:
    assert digest(dict(reversed(filters.items()))) == digest(filters)


async def fill(app, count: int, *, same_time: bool = False) -> None:
    async with app.state.core.db.connection() as conn:
        await conn.execute(
            """
            INSERT INTO notes (text, colour, pinned, created_at)
            SELECT 'note ' || n, (ARRAY['red', 'green', 'blue', NULL])[1 + n % 4], n % 5 = 0,
                   timestamptz '2026-11-01 00:00Z' + CASE WHEN $2 THEN 0 ELSE n END * interval '1 minute'
            FROM generate_series(1, $1) AS n
            """,
            count,
            same_time,
        )


async def walk(api, *, limit: int = 7, direction: str = "next", cursor: str | None = None) -> list[str]:
    found: list[str] = []
    while True:
        page = (await api.get("/v1/notes", params={"limit": limit} | ({"cursor": cursor} if cursor else {}))).json()
        texts = [item["text"] for item in page["items"]]
        found = found + texts if direction == "next" else texts + found
        cursor = page[direction]
        if cursor is None:
            return found


@pytest.mark.parametrize("same_time", [True, False])
async def test_walking_the_pages_shows_every_row_once_both_ways(app, same_time) -> None:
    await fill(app, 40, same_time=same_time)
    api = client(app)
    forward = await walk(api)
    assert sorted(forward) == sorted(f"note {n}" for n in range(1, 41))
    last = (await api.get("/v1/notes", params={"limit": 39})).json()
    end = (await api.get("/v1/notes", params={"limit": 39, "cursor": last["next"]})).json()
    backward = await walk(api, direction="prev", cursor=end["prev"])
    assert backward + [item["text"] for item in end["items"]] == forward
    assert end["next"] is None
    assert last["prev"] is None


async def test_rows_that_arrive_meanwhile_shift_nothing(app) -> None:
    await fill(app, 30)
    api = client(app)
    first = (await api.get("/v1/notes", params={"limit": 10})).json()
    await asyncio.gather(*(api.post("/v1/notes", json={"text": f"new {n}"}) for n in range(5)))
    rest = await walk(api, limit=10, cursor=first["next"])
    seen = [item["text"] for item in first["items"]] + rest
    assert seen == [f"note {n}" for n in range(30, 0, -1)]


async def test_a_cursor_of_other_filters_is_refused(app) -> None:
    await fill(app, 20)
    api = client(app)
    page = (await api.get("/v1/notes", params={"limit": 2, "colour": "red"})).json()
    other = await api.get("/v1/notes", params={"limit": 2, "colour": "green", "cursor": page["next"]})
    check_problem(other, 422, "cursor_of_other_filters")
    check_problem(await api.get("/v1/notes", params={"cursor": "!"}), 422, "cursor_invalid")
    bigger = await api.get("/v1/notes", params={"limit": 3, "colour": "red", "cursor": page["next"]})
    assert bigger.status_code == 200


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 40),
        ("colour=red", 10),
        ("colour=red,green", 20),
        ("colour=!red", 30),
        ("colour=red,!red", 0),
        ("q=note 1", 11),
        ("q=NOTE", 40),
        ("q=%25", 0),
        ("q=_", 0),
        ("q=';DROP TABLE notes;--", 0),
        ("pinned=true", 8),
        ("pinned=false", 40),
        ("created_at=2026-11-01T00:31:00Z..", 10),
        ("created_at=..2026-11-01T00:11:00%2B00:00", 10),
        ("created_at=2026-11-01", 40),
        ("created_at=..2026-10-31", 0),
        ("noted_date=2001-01-01..2001-12-31", 0),
        ("colour=blue&pinned=true&q=note", 2),
    ],
)
async def test_filters_find_what_they_say(app, query, count) -> None:
    await fill(app, 40)
    answer = await client(app).get(f"/v1/notes?limit=1000&{query}")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == count


async def test_the_export_has_all_rows_of_the_same_query(app) -> None:
    await fill(app, 2100)
    answer = await client(app).get("/v1/notes.csv?colour=!red&limit=10")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="notes.csv"')
    text = answer.content.decode("utf-8-sig")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 1575
    assert rows[0] == {"text": "note 2099", "version": "1"}
    assert len({row["text"] for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"), ("+39 02 1234", "'+39 02 1234"), ("-2", "'-2"), ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"), ("\r=1", "'\r=1"), ("  =1", "'  =1"), ("|cmd", "'|cmd"), ("plain", "plain"),
        (-2, "-2"), (3.5, "3.5"), (None, ""), (True, "True"), ({"a": 1}, '{"a":1}'), ("a=b", "a=b"),
        (datetime(2026, 11, 1, tzinfo=UTC), "2026-11-01T00:00:00+00:00"),
    ],
)  # fmt: skip
def test_a_cell_is_never_a_formula(value, shown) -> None:
    assert cell(value) == shown


@given(st.text(max_size=40))
def test_no_text_starts_as_a_formula(text: str) -> None:
    assert not cell(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_only_given_filters_are_digested() -> None:
    assert NoteQuery(limit=3, cursor="x").digested() == {}
    assert NoteQuery(colour="red", pinned=True).digested() == {"colour": "red", "pinned": "True"}
    assert NoteQuery(created_at=Instants(None, datetime(2026, 11, 1, tzinfo=UTC) + timedelta(1))).digested()
