"""The receiver's log: finding in it, bit by bit, the line that says what became of our file.

The log is read from a byte offset that was remembered before the upload, so that no older line can be taken for ours.
Only complete lines count: one that is still being written is looked at again with the next read. A rotated log is told
by its size or by its first bytes. The two patterns are the customer's, with named groups: `file` and `count` (records
read) in the success pattern; `file` and, if it has one, `error` in the failure pattern. Pure: bytes in, verdict out.
"""

from __future__ import annotations

import codecs
import hashlib
import importlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

PARSER: Any = importlib.import_module("re._parser")
"""Only the parser itself knows for sure what a quantifier is and what it applies to."""
MANY = 16
"""A quantifier that may repeat this often counts as one without an end."""
HEAD_BYTES = 256
LINE_LIMIT = 8192
SHORT_LINE = 512
"""Up to this length the search over all places of a line is one call, which notices an interruption late."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """The two compiled patterns and the log's encoding; made by `compile_patterns`."""

    success: re.Pattern[str]
    failure: re.Pattern[str] | None
    encoding: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the log says about our file: `read` with `count`, or `failed` with `error`; and the whole line."""

    kind: Literal["read", "failed"]
    line: str
    count: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """The answer of one read: how many bytes are done with, and the verdict when it was among them."""

    consumed: int
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """How far the log has been read, and the digest of its first bytes, by which another log is recognised."""

    offset: int
    head_size: int
    head_sha256: str


def compile_patterns(success: str, failure: str = "", encoding: str = "utf-8") -> Patterns:
    """Compile the customer's patterns.

    Raises:
        ValueError: not a regular expression, a named group is missing, or there is no such encoding.
    """
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise ValueError(f"there is no encoding {encoding!r}") from error
    return Patterns(
        success=_compile(success, "file", "count"),
        failure=_compile(failure, "file") if failure else None,
        encoding=encoding,
    )


def judge(line: str, patterns: Patterns, *, file: str) -> Verdict | None:
    """What one line says about `file`; None when it is about something else. A count that is no number says nothing."""
    success = _find(patterns.success, line)
    if success and success["file"] == file and (success["count"] or "").isdecimal():
        return Verdict("read", line, count=int(success["count"]))
    failure = _find(patterns.failure, line) if patterns.failure else None
    if failure and failure["file"] == file:
        return Verdict("failed", line, error=failure.groupdict().get("error") or line)
    return None


def _find(pattern: re.Pattern[str], line: str) -> re.Match[str] | None:
    """The first match, wherever it begins; between the places of a long line the search can be interrupted."""
    if len(line) <= SHORT_LINE:
        return pattern.search(line)
    return next((found for start in range(len(line) + 1) if (found := pattern.match(line, start))), None)


def scan(chunk: bytes, patterns: Patterns, *, file: str, limit: int) -> Scan:
    """Look through the complete lines of `chunk` for the first one that is about `file`.

    Args:
        chunk: what was read at the present offset, at most `limit` bytes.
        limit: a chunk of this size without a line end belongs to a line longer than any sensible one: passed over.
    """
    *lines, rest = chunk.split(b"\n")
    done = 0
    for raw in lines:
        done += len(raw) + 1
        text = raw[:LINE_LIMIT].decode(patterns.encoding, "replace").rstrip("\r")
        if verdict := judge(text, patterns, file=file):
            return Scan(done, verdict)
    return Scan(done if lines or len(rest) < limit else len(chunk))


def position_at(offset: int, head: bytes) -> Position:
    """The position `offset` in the log that begins with `head` (its first 256 bytes, or fewer when it is shorter)."""
    known = head[: min(HEAD_BYTES, offset)]
    return Position(offset, len(known), hashlib.sha256(known).hexdigest())


def is_rotated(position: Position, *, size: int, head: bytes) -> bool:
    """Whether the log is another one than the one that was read up to `position`: it shrank, or begins differently."""
    known = head[: position.head_size]
    return size < position.offset or hashlib.sha256(known).hexdigest() != position.head_sha256


def _compile(pattern: str, *groups: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    _refuse_explosive(PARSER.parse(pattern))
    if missing := [group for group in groups if group not in compiled.groupindex]:
        raise ValueError(f"the pattern needs a group named {' and '.join(missing)}, like (?P<{missing[0]}>…)")
    return compiled


def _refuse_explosive(items: Any, *, repeated: bool = False) -> None:
    """Refuse what can take longer than the universe over one line that almost fits: `(a+)+`, `(a|a)*`, `.*.*`.

    What is left can still be slow, `.+a*.+`; whoever scans a log bounds the time of that.

    Raises:
        ValueError: the sentence names what to write differently.
    """
    before = None
    for operation, given in items:
        name = str(operation)
        endless = name in {"MAX_REPEAT", "MIN_REPEAT"} and given[1] >= MANY
        if repeated and (endless or name == "BRANCH"):
            what = "alternatives" if name == "BRANCH" else "a repetition"
            raise ValueError(f"{what} within a repetition can take for ever: write it without the outer one")
        if endless and before is not None and str(before) == str(given[2]):
            raise ValueError("two repetitions of the same side by side can take for ever: one is enough")
        before = given[2] if endless else None
        for part in _parts(given):
            _refuse_explosive(part, repeated=repeated or endless)


def _parts(given: Any) -> Iterator[Any]:
    """The patterns within one item of a pattern, wherever it keeps them."""
    if isinstance(given, PARSER.SubPattern):
        yield given
    elif isinstance(given, (tuple, list)):
        for piece in given:
            yield from _parts(piece)
