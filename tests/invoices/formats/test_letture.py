"""The day's file: its name, its bytes, its lines. Every case that the parser decides, and its properties."""

from __future__ import annotations

import resource
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.invoices.formats.letture import (
    Counts,
    FileName,
    Inspector,
    Layout,
    Parser,
    Reason,
    Rejection,
    Row,
    inspect,
    parse_name,
)
from tests.invoices.formats.make_samples import Sample, make_samples

if TYPE_CHECKING:
    import random

SAMPLES = make_samples()


def parse(content: bytes, *, block: int = 2**16, **options: int) -> tuple[list[Row], list[Rejection], Counts]:
    """Everything of a file at once, repeats left out."""
    blocks = [content[at : at + block] for at in range(0, len(content), block)]
    parser = Parser(inspect(blocks), **options)
    rows: list[Row] = []
    rejections: list[Rejection] = []
    for parsed in [*map(parser.feed, blocks), parser.close()]:
        rows += parsed.rows
        rejections += parsed.rejections
    return rows, rejections, parser.counts


def rejected(content: bytes | str) -> list[tuple[int, str]]:
    data = content.encode() if isinstance(content, str) else content
    return [(line, reason.value) for line, reason, _ in parse(data)[1]]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Letture20201120190411123_5200.txt", FileName(date(2020, 11, 20), 5200)),
        ("Letture20201120190411123_0.txt", FileName(date(2020, 11, 20), 0)),
        ("Letture20201332190411123_1.txt", FileName(None, 1)),
        ("Letture20200230190411123_1.txt", FileName(None, 1)),
        ("Letture20201120250411123_1.txt", FileName(None, 1)),
        # The clock jumps over 02:30 on this day in Rome: the day is right all the same.
        ("Letture20210328023000000_1.txt", FileName(date(2021, 3, 28), 1)),
        ("letture20201120190411123_1.TXT", None),
        ("Letture20201120190411123_1.txt.part", None),
        (".Letture20201120190411123_1.txt", None),
        (".in.Letture20201120190411123_1.txt.", None),
        ("Letture20201120190411123_1.txt\n", None),
        ("Letture2020112019041112_1.txt", None),
        ("Letture20201120190411123_.txt", None),
        ("Letture\u0662020112019041112\u0663_1.txt", None),
        ("readme.txt", None),
    ],
)
def test_a_name_tells_date_and_count(name: str, expected: FileName | None) -> None:
    assert parse_name(name) == expected


def test_any_case_when_asked() -> None:
    assert parse_name("letture20201120190411123_1.TXT", ignore_case=True) == FileName(date(2020, 11, 20), 1)


def test_a_plain_line_becomes_a_row() -> None:
    rows, rejections, counts = parse(b"600591827|1|Toys,Pet mat|12.50")
    assert rows == [Row(1, 600591827, 1, "Toys,Pet mat", "12.50")]
    assert rejections == []
    assert counts == Counts(records=1, kept=1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("6|1|Toys|1.00", Reason.INVOICE_NUMBER),
        ("60059182|1|Toys|1.00", Reason.INVOICE_NUMBER),
        ("6005918270|1|Toys|1.00", Reason.INVOICE_NUMBER),
        ("60059182x|1|Toys|1.00", Reason.INVOICE_NUMBER),
        ("6\u0660\u0660591827|1|Toys|1.00", Reason.INVOICE_NUMBER),
        ("600591827", Reason.FIELD_COUNT),
        ("600591827|1|Toys", Reason.FIELD_COUNT),
        ("600591827|1|Toys|and more|1.00", Reason.FIELD_COUNT),
        ("600591827|||", Reason.MISSING_FIELD),
        ("600591827||Toys|1.00", Reason.MISSING_FIELD),
        ("600591827|1||1.00", Reason.MISSING_FIELD),
        ("600591827|1|Toys|", Reason.MISSING_FIELD),
        ("600591827|1|\N{NO-BREAK SPACE} |1.00", Reason.MISSING_FIELD),
        ("600591827|0|Toys|1.00", Reason.QUANTITY_ZERO),
        ("600591827|000|Toys|1.00", Reason.QUANTITY_ZERO),
        ("600591827|-1|Toys|1.00", Reason.QUANTITY_NEGATIVE),
        ("600591827|1.0|Toys|1.00", Reason.QUANTITY_FORMAT),
        ("600591827|+1|Toys|1.00", Reason.QUANTITY_FORMAT),
        ("600591827|one|Toys|1.00", Reason.QUANTITY_FORMAT),
        ("600591827|1234567890|Toys|1.00", Reason.QUANTITY_FORMAT),
        ("600591827|1|Toys|1,00", Reason.VALUE_FORMAT),
        ("600591827|1|Toys|1.000.00", Reason.VALUE_FORMAT),
        ("600591827|1|Toys|1.12345", Reason.VALUE_FORMAT),
        ("600591827|1|Toys|12345678901", Reason.VALUE_FORMAT),
        ("600591827|1|Toys|1.", Reason.VALUE_FORMAT),
        ("600591827|1|Toys|.5", Reason.VALUE_FORMAT),
        ("600591827|1|Toys|1e3", Reason.VALUE_FORMAT),
        ("600591827|1|Toys|-1.00", Reason.VALUE_FORMAT),
        ("600591827|1|Toys|nan", Reason.VALUE_FORMAT),
        ("600591827|1|Toys|inf", Reason.VALUE_FORMAT),
        ("600591827|1|To\x00ys|1.00", Reason.CONTROL_CHAR),
        ('600591827|1|"Toys|and"|1.00', Reason.FIELD_COUNT),
    ],
)
def test_a_line_of_ours_that_is_wrong_has_a_reason(line: str, reason: Reason) -> None:
    assert rejected(f"600000001|1|Toys|1.00\n{line}\n600000002|1|Toys|1.00") == [(2, reason)]


@pytest.mark.parametrize(
    "line", ["800591827|1|Toys|1.00", "NULL", "3600591|1|Toys|1.00", "invoice_number|quantity|description|value", "|6"]
)
def test_lines_of_others_are_ignored(line: str) -> None:
    rows, rejections, counts = parse(line.encode())
    assert (rows, rejections) == ([], [])
    assert counts == Counts(records=1, ignored=1)


@pytest.mark.parametrize("line", ["", "  ", "\N{NO-BREAK SPACE}", "\t"])
def test_a_blank_line_is_a_record_that_is_ignored(line: str) -> None:
    assert parse(f"{line}\n600000001|1|Toys|1.00".encode())[2] == Counts(records=2, kept=1, blank=1)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (" 600591827 | 1 | Toys | 1.00 ", Row(1, 600591827, 1, "Toys", "1.00")),
        ("\N{NO-BREAK SPACE}600591827|1|Toys|1.00", Row(1, 600591827, 1, "Toys", "1.00")),
        ("600591827|007|Toys|0.00", Row(1, 600591827, 7, "Toys", "0.00")),
        ("600591827|1|Toys|0012.5000", Row(1, 600591827, 1, "Toys", "0012.5000")),
        ('600591827|1|"Toys"|1', Row(1, 600591827, 1, '"Toys"', "1")),
        ("600591827|1|Women'S Dress|1.00", Row(1, 600591827, 1, "Women'S Dress", "1.00")),
    ],
)
def test_lines_that_look_odd_and_are_right(line: str, expected: Row) -> None:
    assert parse(line.encode())[0] == [expected]


def test_values_are_never_floats() -> None:
    (row,) = parse(b"600591827|1|Toys|0.1")[0]
    assert row.value == "0.1"


@pytest.mark.parametrize(
    ("content", "records"),
    [
        (b"600000001|1|A|1\n600000002|1|B|2", 2),
        (b"600000001|1|A|1\n600000002|1|B|2\n", 2),
        (b"600000001|1|A|1\r\n600000002|1|B|2\r\n", 2),
        (b"600000001|1|A|1\r\n600000002|1|B|2\n", 2),
        (b"600000001|1|A|1\r600000002|1|B|2", 2),
        (b"600000001|1|A|1\r600000002|1|B|2\r", 2),
        (b"\xef\xbb\xbf600000001|1|A|1\n600000002|1|B|2", 2),
        (b"600000001|1|A|1\n\n600000002|1|B|2\n\n", 4),
        (b"", 0),
    ],
)
def test_line_ends_and_marks_do_not_matter(content: bytes, records: int) -> None:
    rows, rejections, counts = parse(content)
    assert counts.records == records
    assert rejections == []
    assert [row.description for row in rows] == (["A", "B"] if content else [])


@pytest.mark.parametrize("char", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_only_a_newline_ends_a_line(char: str) -> None:
    (row,) = parse(f"600000001|1|A{char}B|1".encode())[0]
    assert row.description == f"A{char}B"


def test_bytes_that_are_not_utf8_are_read_as_windows_1252() -> None:
    content = "600000001|1|Caff\u00e8 \u20ac|1".encode("cp1252") + b"\x81"
    assert inspect([content]).encoding == "cp1252"
    assert parse(content)[1][0].text == "600000001|1|Caff\u00e8 \u20ac|1\N{REPLACEMENT CHARACTER}"
    assert inspect([b"caff\xc3"]).encoding == "cp1252", "cut in the middle of a character"


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf16_is_told(mark: bytes) -> None:
    assert inspect([mark[:1], mark[1:], b"6\x00"]).encoding == "utf-16"


def test_an_empty_file_has_a_layout() -> None:
    inspector = Inspector()
    assert inspector.layout() == Layout("utf-8", b"\n", has_bom=False)
    assert inspector.size_bytes == 0


def test_a_number_that_comes_again_is_a_repeat() -> None:
    parser = Parser(Layout("utf-8", b"\n", has_bom=False))
    parsed = parser.feed(b"600000001|1|A|1\n600000001|1|A|1\n600000001|2|B|1\n600000002|1|A|1\n")
    assert [row.line_number for row in parsed.rows] == [1, 4]
    assert [row.line_number for row in parsed.repeats] == [2, 3]
    assert parser.counts == Counts(records=4, kept=2, repeated=2)


def test_a_rejected_line_does_not_take_the_number() -> None:
    rows, _, _ = parse(b"600000001|0|A|1\n600000001|1|A|1")
    assert [row.line_number for row in rows] == [2]


def test_the_smallest_and_the_largest_number_have_their_place() -> None:
    rows, _, _ = parse(b"600000000|1|A|1\n699999999|1|A|1\n600000000|1|A|1\n699999999|1|A|1")
    assert [row.invoice_number for row in rows] == [600000000, 699999999]


def test_a_long_description_is_fine() -> None:
    description = ",".join(f"Category {number}" for number in range(400))
    assert parse(f"600000001|1|{description}|1".encode())[0][0].description == description


@pytest.mark.parametrize("block", [1, 7, 64, 4096])
def test_a_line_that_is_too_long_is_rejected_and_never_held(block: int) -> None:
    content = b"600000001|1|" + b"A" * 500 + b"|1\n600000002|1|B|1\n" + b"8" * 500 + b"\n600000003|1|C|1"
    rows, rejections, counts = parse(content, block=block, max_line_bytes=100)
    assert [(rejection.line_number, rejection.reason) for rejection in rejections] == [(1, Reason.LINE_TOO_LONG)]
    assert [row.line_number for row in rows] == [2, 4]
    assert (counts.records, counts.ignored) == (4, 1)


def test_a_file_that_ends_in_a_line_that_is_too_long() -> None:
    _, rejections, counts = parse(b"6" * 500, block=50, max_line_bytes=100)
    assert [rejection.reason for rejection in rejections] == [Reason.LINE_TOO_LONG]
    assert len(rejections[0].text) == 100
    assert counts.records == 1


def test_a_long_line_cut_inside_a_character_can_be_shown() -> None:
    _, rejections, _ = parse("6\u20ac\u20ac".encode(), max_line_bytes=5)
    assert rejections[0].text == "6\u20ac\N{REPLACEMENT CHARACTER}"


def test_what_is_shown_of_a_line_can_be_stored() -> None:
    _, rejections, _ = parse(b"6\x00" + b"x" * 500)
    assert rejections[0].text == ("6\N{REPLACEMENT CHARACTER}" + "x" * 500)[:200]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_files_like_the_real_ones_give_their_counts(sample: Sample) -> None:
    rows, _, counts = parse(sample.content)
    assert counts == Counts(
        records=sample.records,
        kept=sample.kept,
        repeated=sample.repeated,
        ignored=sample.ignored,
        rejected=counts.rejected,
    )
    assert dict(counts.rejected) == sample.rejected
    assert len(rows) == sample.kept


def test_the_samples_have_the_oddities_of_the_real_ones() -> None:
    contents = [sample.content for sample in SAMPLES]
    assert any(b"\nNULL\n" in content for content in contents)
    assert any("\N{NO-BREAK SPACE}".encode() in content for content in contents)
    assert any(b"|" not in content for content in contents)
    assert sum(content.endswith(b"\n") for content in contents) == 1
    assert max(sample.records for sample in SAMPLES) == 11705


# Without "\r": it separates the lines of a file that has no "\n" at all, such as one of a single row.
texts = st.text(
    st.characters(blacklist_characters="|\n\r\x00", blacklist_categories=["Cs"]), min_size=1, max_size=30
).filter(lambda text: text.strip() == text)
rows_of_a_file = st.lists(
    st.builds(
        Row,
        line_number=st.just(0),
        invoice_number=st.integers(600_000_000, 699_999_999),
        quantity=st.integers(1, 999_999_999),
        description=texts,
        value=st.decimals(0, 9_999_999_999, places=4).map("{:f}".format),
    ),
    unique_by=lambda row: row.invoice_number,
    max_size=20,
)


def rendered(rows: list[Row], separator: str = "\n") -> bytes:
    return separator.join(f"{row[1]}|{row[2]}|{row[3]}|{row[4]}" for row in rows).encode()


@settings(deadline=None)
@given(rows_of_a_file, st.integers(1, 50))
def test_what_is_rendered_is_parsed_again_in_blocks_of_any_size(rows: list[Row], block: int) -> None:
    found, rejections, counts = parse(rendered(rows), block=block)
    assert rejections == []
    assert counts.records == len(rows)
    assert [row[1:] for row in found] == [row[1:] for row in rows]


@settings(deadline=None)
@given(rows_of_a_file, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(rows: list[Row], draw: random.Random) -> None:
    shuffled = rows.copy()
    draw.shuffle(shuffled)
    one, other = parse(rendered(rows))[0], parse(rendered(shuffled))[0]
    assert sorted(row[1:] for row in one) == sorted(row[1:] for row in other)


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(1, 40))
def test_any_bytes_are_counted_to_the_last_line(content: bytes, block: int) -> None:
    layout = inspect([content])
    if layout.encoding == "utf-16":
        return
    rows, rejections, counts = parse(content, block=block, max_line_bytes=64)
    records = len(content.removesuffix(layout.separator).split(layout.separator)) if content else 0
    assert counts.records == records
    assert counts.kept + counts.repeated + counts.blank + counts.ignored + len(rejections) == records
    assert (len(rows), sum(counts.rejected.values())) == (counts.kept, len(rejections))


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["600000001|1|A|1", "8", "", "600000002|x|A|1", "6", " 600000003|1|B|2 "]), max_size=12)
)
def test_blocks_do_not_matter(lines: list[str]) -> None:
    content = "\n".join(lines).encode()
    assert parse(content, block=1) == parse(content, block=1000)


class JudgingParser(Parser):
    """Judges every line by itself: what is right is defined there, for plain lines as well."""

    def _end_of_plain_lines(self, text: str, at: int) -> int:
        return at


def everything(parser: Parser, blocks: list[bytes]) -> list[object]:
    found = [*map(parser.feed, blocks), parser.close()]
    fresh = [row for parsed in found for row in parsed.rows]
    again = [row for parsed in found for row in parsed.repeats]
    return [fresh, again, [rejection for parsed in found for rejection in parsed.rejections], parser.counts]


plain_field = st.sampled_from(["A", "Toys", "T" * 25, "Caff\u00e8 x"])
odd_field = st.text(st.sampled_from("A ,|\t\\\r\x00\x0b\x85\xa0\u2028\u20ac"), max_size=6)
nearly_plain_lines = st.builds(
    "{}|{}|{}|{}{}".format,
    st.sampled_from(["600000001", "600000002", "60000000\u0663", "6000000011", "800000001", " 600000003"]),
    st.sampled_from(["1", "12", "999999999", "01", "0", "1234567890", "-1", "\u0663", ""]),
    plain_field | odd_field,
    st.sampled_from(["1", "1.5", "1.2345", "01.5", "1.23456", ".5", "1.", "9999999999.9999", "12345678901", "1 "]),
    st.sampled_from(["\n", "\r\n", "\r\r\n", "\r", ""]),
)
plain_lines = st.builds("{}|1|{}|2.50\n".format, st.integers(600_000_000, 600_000_004), plain_field)
lists_of_lines = st.lists(plain_lines | nearly_plain_lines, max_size=12).map("".join)


@settings(deadline=None, max_examples=300)
@given(
    lists_of_lines.map(str.encode)
    | lists_of_lines.map(lambda text: text.encode("cp1252", "replace"))
    | st.binary(max_size=200),
    st.integers(1, 60),
    st.sampled_from([8, 44, 64, 140, 2**16]),
)
def test_plain_lines_taken_together_are_what_each_is_when_judged_by_itself(
    content: bytes, block: int, longest: int
) -> None:
    layout = inspect([content])
    if layout.encoding == "utf-16":
        return
    blocks = [content[at : at + block] for at in range(0, len(content), block)]
    together, by_itself = (kind(layout, max_line_bytes=longest) for kind in (Parser, JudgingParser))
    assert everything(together, blocks) == everything(by_itself, blocks)


def test_nearly_all_lines_of_a_file_are_plain() -> None:
    """Else the test above says nothing, and a million rows take as long as ever."""

    class Strict(Parser):
        def _judge(self, line: str, _: object) -> None:
            raise AssertionError(line)

    content = b"600000001|1|Toys,Pet mat|12.50\n600000002|23|Caff\xc3\xa8 \xc2\xa0x|0\r\n600000001|1|A\\B|1.2345\n"
    parser = Strict(Layout("utf-8", b"\n", has_bom=False))
    assert [row.quantity for row in parser.feed(content).rows] == [1, 23]
    assert parser.counts == Counts(records=3, kept=2, repeated=1)


def memory_bytes() -> int:
    """What this process has in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.timeout(60)
def test_a_million_rows_are_parsed_in_bounded_memory() -> None:
    parser = Parser(Layout("utf-8", b"\n", has_bom=False))
    before, most = memory_bytes(), 0
    for start in range(0, 1_000_000, 2000):
        lines = (b"%d|1|Toys,Pet mat|12.50\n" % (600_000_000 + 7 * number) for number in range(start, start + 2000))
        parser.feed(b"".join(lines))
        most = max(most, memory_bytes() - before)
    assert parser.counts.kept == 1_000_000
    assert most < 64 * 2**20
