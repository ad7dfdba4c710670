"""Untidy files and unfit subjects are told before they are committed."""

from __future__ import annotations

import pytest

from tools.tidy import main, unfit, untidy


@pytest.mark.parametrize(
    ("content", "finding"),
    [("a", "newline"), ("a \n", "blanks"), ("x" * 1_500_001 + "\n", "bytes")],
)
def test_an_untidy_file_is_told(content, finding, tmp_path):
    path = tmp_path / "file.py"
    path.write_text(content)
    assert any(finding in line for line in untidy(path))
    assert main([str(path)]) == 1


def test_a_tidy_file_passes(tmp_path):
    path = tmp_path / "file.py"
    path.write_text("a\n\nb\n")
    assert main([str(path)]) == 0


@pytest.mark.parametrize(
    ("message", "finding"),
    [
        ("", "0 characters"),
        ("A" * 73, "73 characters"),
        ("Add.", "full stop"),
        ("add", "small letter"),
        ("Add\nb", "must be empty"),
    ],
)
def test_an_unfit_message_is_told(message, finding):
    assert finding in " ".join(unfit(message))


def test_a_fit_message_passes():
    assert not list(unfit("Add a thing\n\nBecause it was missing.\n# a comment of git\n"))
