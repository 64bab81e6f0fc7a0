"""Characters that hide are shown; text that does not hide anything stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_aigen.privacy.hidden import plain, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a\tb\n", "a\tb\n", id="tabs and newlines stay"),
        pytest.param("naïve 日本語 😀 ❤️", "naïve 日本語 😀 ❤️", id="letters of any script stay, and emoji"),
        pytest.param("a\r\nb", "a\nb", id="CRLF is a newline"),
        pytest.param("a\rb", "a\\x0db", id="a lone CR, which hides what stood before"),
        pytest.param("\x1b[2K\x00\x7f\x9b", "\\x1b[2K\\x00\\x7f\\x9b", id="controls"),
        pytest.param("\u202e\u2066\u200f", "\\u202e\\u2066\\u200f", id="bidirectional overrides"),
        pytest.param("x\u200by\u2060\ufeff\u00ad", "x\\u200by\\u2060\\ufeff\\xad", id="zero width"),
        pytest.param("\U000e0041\U000e0042", "\\U000e0041\\U000e0042", id="tags, which spell words"),
        pytest.param("\U000e0101\ufe00", "\\U000e0101\\ufe00", id="variation selectors, which spell bytes"),
        pytest.param("\u2028\x0c", "\\u2028\\x0c", id="other ends of lines"),
        pytest.param("\ud800", "\\ud800", id="half of a pair, which cannot be encoded"),
        pytest.param("\u3164", "\\u3164", id="a filler"),
    ],
)
def test_shown(text: str, expected: str) -> None:
    assert shown(text) == expected
    assert eval(f"'''{expected}'''") == text.replace("\r\n", "\n"), "as a string of Python it is the same"


@given(st.text())
def test_nothing_hides(text: str) -> None:
    done = shown(text)
    assert shown(done) == done
    done.encode("utf-8")


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x9b31mred", "red"),
        ("no escape [31m", "no escape [31m"),
    ],
)
def test_terminal_sequences_are_taken_out(output: str, expected: str) -> None:
    assert plain(output) == expected
