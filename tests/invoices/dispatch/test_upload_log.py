"""Reading the receiver's log bit by bit."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.invoices.formats.upload_log import (
    LINE_LIMIT,
    SHORT_LINE,
    Scan,
    Verdict,
    compile_patterns,
    is_rotated,
    judge,
    position_at,
    scan,
)

OURS = "session_20261120_7.csv"
PATTERNS = compile_patterns(r"file=(?P<file>\S+) read=(?P<count>\d+)", r"file=(?P<file>\S+) error=(?P<error>.+)")
SUCCESS = f"2026-11-20 08:01:12 INFO file={OURS} read=3 ok"
LIMIT = 1_000


def look(data: bytes, limit: int = LIMIT) -> Scan:
    return scan(data, PATTERNS, file=OURS, limit=limit)


def test_the_line_about_our_file_gives_its_count():
    data = f"booting\n{SUCCESS}\nfile={OURS} read=9\n".encode()
    assert look(data) == Scan(len(f"booting\n{SUCCESS}\n"), Verdict("read", SUCCESS, count=3))


def test_lines_about_other_files_are_passed_over():
    data = b"file=other.csv read=3\nfile=other.csv error=broken\n"
    assert look(data) == Scan(len(data))


def test_a_failure_line_gives_its_error():
    line = f"file={OURS} error=line 7 is short"
    assert look(f"{line}\n".encode()).verdict == Verdict("failed", line, error="line 7 is short")


def test_a_failure_pattern_without_an_error_group_gives_the_whole_line():
    patterns = compile_patterns(r"(?P<file>\S+) read (?P<count>\d+)", r"(?P<file>\S+) failed")
    found = scan(f"{OURS} failed\n".encode(), patterns, file=OURS, limit=LIMIT)
    assert found.verdict == Verdict("failed", f"{OURS} failed", error=f"{OURS} failed")


def test_without_a_failure_pattern_only_success_is_seen():
    patterns = compile_patterns(r"file=(?P<file>\S+) read=(?P<count>\d+)")
    data = f"file={OURS} error=x\n".encode()
    assert scan(data, patterns, file=OURS, limit=LIMIT) == Scan(len(data))


def test_an_incomplete_line_is_left_for_the_next_read():
    assert look(SUCCESS.encode()) == Scan(0)
    assert look(b"") == Scan(0)
    assert look(b"one\n" + SUCCESS.encode()) == Scan(4)


def test_carriage_returns_and_broken_bytes_do_not_hide_a_line():
    assert look(b"\xff\xfe\n" + SUCCESS.encode() + b"\r\n").verdict == Verdict("read", SUCCESS, count=3)


def test_a_count_that_did_not_take_part_says_nothing():
    patterns = compile_patterns(r"file=(?P<file>\S+)( read=(?P<count>\S+))?")
    data = f"file={OURS} read=many\nfile={OURS}\n".encode()
    assert scan(data, patterns, file=OURS, limit=LIMIT) == Scan(len(data))


def test_an_endless_line_is_passed_over_and_its_end_is_not_loaded_at_once():
    assert look(b"x" * LIMIT) == Scan(LIMIT)
    assert look(b"x" * (LIMIT - 1)) == Scan(0)
    padded = b"x" * LINE_LIMIT + SUCCESS.encode() + b"\n"
    assert look(padded, limit=len(padded) + 1) == Scan(len(padded))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_a_line_split_over_any_reads_is_found_all_the_same(sizes):
    data = f"first\n{SUCCESS}\n".encode()
    offset, end, verdict = 0, 0, None
    for size in [*sizes, len(data)]:
        end = min(len(data), end + size)
        found = look(data[offset:end])
        offset += found.consumed
        verdict = found.verdict
        if verdict:
            break
    assert verdict == Verdict("read", SUCCESS, count=3)


def test_a_log_that_grew_is_the_same_log():
    position = position_at(6, b"first\n")
    assert not is_rotated(position, size=6, head=b"first\n")
    assert not is_rotated(position, size=99, head=b"first\nsecond\n")


def test_an_empty_log_that_grew_is_the_same_log():
    assert not is_rotated(position_at(0, b""), size=99, head=b"first\n")


def test_a_log_that_shrank_or_begins_differently_is_another_one():
    position = position_at(6, b"first\n")
    assert is_rotated(position, size=5, head=b"first")
    assert is_rotated(position, size=99, head=b"other\nfirst\n")


def test_only_what_was_read_is_compared():
    assert not is_rotated(position_at(3, b"first\n"), size=9, head=b"firmament")


@pytest.mark.parametrize(
    ("success", "failure", "encoding", "words"),
    [
        ("file=(?P<file>", "", "utf-8", "not a regular expression"),
        ("file=(?P<file>.*)", "", "utf-8", "named count"),
        ("file=.*", "", "utf-8", "named file and count"),
        ("(?P<file>.)(?P<count>.)", "broken", "utf-8", "named file"),
        ("(?P<file>.)(?P<count>.)", "", "klingon", "no encoding"),
        (r"(?P<file>(\S+)+)=(?P<count>.)", "", "utf-8", "a repetition within"),
        (r"(?P<file>.)(?P<count>(\d{1,20}x?){2,50})!", "", "utf-8", "a repetition within"),
        (r"(?P<file>(?:(?:a|ab)|b)*)=(?P<count>.)", "", "utf-8", "alternatives within"),
        (r"(?P<file>.).*.*?(?P<count>.)", "", "utf-8", "side by side"),
        ("(?P<file>.)(?P<count>.)", r"(?P<file>\S)(?=(\s*)*!)", "utf-8", "a repetition within"),
    ],
)
def test_patterns_that_cannot_work_are_refused_in_words(success, failure, encoding, words):
    with pytest.raises(ValueError, match=words):
        compile_patterns(success, failure, encoding)


@pytest.mark.parametrize(
    "success",
    [
        r"file=(?P<file>\S+) read=(?P<count>\d+)",
        r"^(?P<at>[\d.: -]+?)\s+file=(?P<file>\S+)\s+.*read=(?P<count>\d+)",
        r"(?:OK|DONE) (?:\d{1,3}\.){3}\d{1,3} (?P<file>[^|]*)\|(?P<count>\d{1,9})$",
    ],
)
def test_patterns_as_logs_need_them_are_taken_and_quick_over_a_line_that_almost_fits(success):
    patterns = compile_patterns(success)
    line = f"OK 10.0.0.1 file={'a' * 2000} read={'9' * 2000}x"
    began = time.perf_counter()
    assert judge(line, patterns, file="b") is None
    assert time.perf_counter() - began < 1


def test_a_line_too_long_for_one_search_is_found_through_all_the_same():
    padded = "x" * 2 * SHORT_LINE + SUCCESS
    assert judge(padded, PATTERNS, file=OURS) == Verdict("read", padded, count=3)
    assert judge("x" * 2 * SHORT_LINE, PATTERNS, file=OURS) is None
