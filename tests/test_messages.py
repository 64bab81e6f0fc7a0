"""``match=`` as a whole message of the source."""

from __future__ import annotations

import re

import pytest

from pytest_aigen.merge import whole_messages

SOURCE = """
def f(x):
    if x:
        raise ValueError("f() takes no x (yet).")
    if x is None:
        raise OSError("gone", 2)
    warnings.warn("f is " "old", DeprecationWarning)
    raise KeyError(f"no {x}")
"""
HEAD = "def test_f():\n    with pytest.raises(ValueError, "
TAIL = "):\n        f(1)\n"

ANCHORED = [
    pytest.param('match="f() takes no x (yet)."', r'match=r"^f\(\) takes no x \(yet\)\.$"', id="not escaped"),
    pytest.param(
        r"match=r'f\(\) takes no x \(yet\)\.'", r'match=r"^f\(\) takes no x \(yet\)\.$"', id="escaped"
    ),
    pytest.param(
        r"match='f\\(\\) takes no x \(yet\).'".replace(r"\(yet\)", r"\\(yet\\)"),
        r'match=r"^f\(\) takes no x \(yet\)\.$"',
        id="escaped in part",
    ),
    pytest.param("match='f is old'", 'match="^f is old$"', id="of a warning"),
]


@pytest.mark.parametrize(("given", "expected"), ANCHORED)
def test_a_whole_message_is_anchored(given: str, expected: str) -> None:
    assert whole_messages(HEAD + given + TAIL, SOURCE) == HEAD + expected + TAIL


AS_IT_IS = [
    pytest.param('match="takes no x"', id="a part of a message"),
    pytest.param('match="^f is old$"', id="anchored already"),
    pytest.param('match="gone"', id="not all that is raised"),
    pytest.param('match="no 1"', id="made when it is raised"),
    pytest.param("match=MESSAGE", id="a name"),
    pytest.param('"f is old"', id="not match"),
]


@pytest.mark.parametrize("given", AS_IT_IS)
def test_what_is_left(given: str) -> None:
    assert whole_messages(HEAD + given + TAIL, SOURCE) == HEAD + given + TAIL


@pytest.mark.parametrize(("code", "source"), [("match=(", SOURCE), (HEAD + "match='a'" + TAIL, "raise (")])
def test_what_does_not_parse_is_left(code: str, source: str) -> None:
    assert whole_messages(code, source) == code


def test_another_function_with_that_argument_is_left() -> None:
    assert whole_messages("search(text, match='f is old')", SOURCE) == "search(text, match='f is old')"


@pytest.mark.parametrize("message", ["a+b*[c]{d}|^$?\\\\e", "a \"b\" 'c'", "one\ntwo", "über – 5 %", "a # b"])
def test_any_message_matches_itself_and_nothing_longer(message: str) -> None:
    changed = whole_messages(f"raises(E, match={message!r})", f"raise E({message!r})")
    pattern = eval(changed.removeprefix("raises(E, match=").removesuffix(")"))
    assert re.search(pattern, message)
    assert not re.search(pattern, f"XX{message}XX")
