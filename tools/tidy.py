"""Small pre-commit checks: tidy text files of a sensible size, a subject that fits. Run as `python -m tools.tidy`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LARGEST_BYTES = 1_500_000
LONGEST_SUBJECT = 72


def untidy(path: Path) -> Iterator[str]:
    """What is wrong with a file."""
    content = path.read_bytes()
    if len(content) > LARGEST_BYTES:
        yield f"{path} has {len(content):,} bytes; what is made elsewhere does not belong here"
    if content and not content.endswith(b"\n"):
        yield f"{path} does not end with a newline"
    if path.suffix != ".md" and re.search(rb"[ \t]+$", content, re.MULTILINE) and b"\r" not in content:
        yield f"{path} has blanks at the end of a line"


def unfit(message: str) -> Iterator[str]:
    """What is wrong with a commit message."""
    lines = [line for line in message.splitlines() if not line.startswith("#")]
    subject = lines[0] if lines else ""
    if not 0 < len(subject) <= LONGEST_SUBJECT:
        yield f"the subject has {len(subject)} characters; 1 to {LONGEST_SUBJECT} are read everywhere"
    if subject.endswith("."):
        yield "the subject ends with a full stop"
    if subject[:1].islower():
        yield "the subject starts with a small letter; write it as an order: Add, Keep, Refuse"
    if len(lines) > 1 and lines[1].strip():
        yield "the line after the subject must be empty"


def main(words: Sequence[str]) -> int:
    """Exit code 1 and a line per finding."""
    if words[:1] == ["--message"]:
        found = list(unfit(Path(words[1]).read_text(encoding="utf-8")))
    else:
        paths = [Path(word) for word in words]
        found = [finding for path in paths if path.is_file() for finding in untidy(path)]
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
