"""What a passing test says of the code as it is."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import indent

import pytest

from pytest_aigen.data import Candidate, Gap, Target
from pytest_aigen.suspects import origin
from pytest_aigen.suspects.failing import Failure

TARGET = Target(Gap(Path("/p/a.py"), "f", 1, 9, frozenset({2})), "a", Path("/p/test_a.py"))
SOURCE = '''
def f(a: int, b: int = 1) -> int:
    """Return 0 if b is zero. The sum is 7 if a is 6.

    >>> f(1)
    2
    """
    return a + b


def g(name: str) -> str:
    """
    >>> g("")
    ''
    """
'''


def candidate(body: str, name: str = "test_f") -> Candidate:
    code = f"import pytest\nimport a\nfrom a import f, g\n\n\ndef {name}():\n{indent(body, '    ')}\n"
    return Candidate(TARGET, name, code, "llm")


def call(text: str) -> ast.Call:
    node = ast.parse(text, mode="eval").body
    assert isinstance(node, ast.Call)
    return node


COMPARED = Failure("compare", call("f(1)"), "==", "3", "2")
RAISED = Failure("raises", call("f(1)"), "ValueError", "ValueError", "nothing was raised")
MATCHED = Failure("match", call("f(1)"), "ValueError", "'one (1)'", "'two (%r)'")


@pytest.mark.parametrize(
    ("failure", "body", "expected"),
    [
        pytest.param(COMPARED, "assert f(1) == 2", True, id="what was observed"),
        pytest.param(COMPARED, "assert 2 == f(1)", True, id="mirrored"),
        pytest.param(COMPARED, "assert a.f(1) == 2", True, id="by another import"),
        pytest.param(COMPARED, "x = f(1)\nassert x == 2", True, id="through a variable"),
        pytest.param(COMPARED, "assert f(3) == 4\nassert f(1) == 2", True, id="among others"),
        pytest.param(COMPARED, "assert f(1) == 3", False, id="what was expected"),
        pytest.param(COMPARED, "assert f(2) == 2", False, id="another call"),
        pytest.param(COMPARED, "assert f(1) != 3", False, id="another operator"),
        pytest.param(COMPARED, "assert f(1)", False, id="no value"),
        pytest.param(RAISED, "assert f(1) == 2", True, id="a value where an error was expected"),
        pytest.param(RAISED, "with pytest.raises(ValueError):\n    f(1)", False, id="the error still"),
        pytest.param(MATCHED, "with pytest.raises(ValueError, match=r'two \\(%r\\)'):\n    f(1)", True, id="the message"),
        pytest.param(MATCHED, "with pytest.raises(ValueError):\n    f(1)", False, id="no message"),
    ],
)  # fmt: skip
def test_pasted(failure: Failure, body: str, expected: bool) -> None:
    assert (origin.pasted(candidate(body), [failure]) is failure) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("assert f(1) == 2", True, id="the example"),
        pytest.param("assert f(a=1) == 2", True, id="the example by keyword"),
        pytest.param("assert f(1) == 2\nassert g('') == ''", True, id="two examples"),
        pytest.param("assert f(1) == 2\nassert f(5) == 6", False, id="an example and more"),
        pytest.param("assert f(5) == 6", False, id="no example"),
        pytest.param("assert len('a') == 1", False, id="someone else's function"),
        pytest.param("assert True", False, id="nothing plain"),
    ],
)
def test_follows_contract(body: str, expected: bool) -> None:
    assert origin.follows_contract(candidate(body), SOURCE) is expected


@pytest.mark.parametrize(
    ("body", "instead"),
    [
        pytest.param("assert f(1) == 3", "assert f(1) == 2", id="another value than the example"),
        pytest.param("assert f(5, 0) == 5", "assert f(5, 0) == 0", id="another value than for the condition"),
        pytest.param("assert f(5) is None", "assert isinstance(f(5), int)", id="no value"),
        pytest.param("assert g('a') is None", "assert isinstance(g('a'), str)", id="None for a string"),
        pytest.param("assert f(1) == 2", None, id="the example"),
        pytest.param("assert f(5) == 'x'", None, id="a type of another kind, as of loose annotations"),
        pytest.param("assert f(5) == 7", None, id="nothing is promised"),
        pytest.param("assert f('5') is None", None, id="an argument of a wrong type"),
        pytest.param("assert f(6) == 8", None, id="a sentence that is not about what is returned"),
        pytest.param("assert f(5, 0) == 0", None, id="the value for the condition"),
    ],
)
def test_contradicted(body: str, instead: str | None) -> None:
    found = origin.contradicted(candidate(body), SOURCE)
    how = "annotated" if "isinstance" in (instead or "") else "documented"
    function = "g" if "g(" in body else "f"
    expected = instead and candidate(instead, f"test_{function}_as_{how}").code
    assert (found and found.code) == expected


@pytest.mark.parametrize("code", ["", "def test_f(", "def test_g(): pass"])
def test_code_without_the_test(code: str) -> None:
    assert list(origin.assertions(code, "test_f")) == []
