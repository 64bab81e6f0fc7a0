"""What is left of a failing test."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from pytest_aigen.data import Candidate, Gap, Target
from pytest_aigen.salvage import before_failure

TARGET = Target(Gap(Path("/p/a.py"), "f", 1, 2, frozenset({2})), "a", Path("/p/test_a.py"))
CODE = dedent(
    """\
    import pytest
    from a import f

    def helper():
        return 1

    def test_f(tmp_path):
        x = f(1)
        assert x == 1
        # a comment
        y = f(2)
        with pytest.raises(ValueError):
            f(3)
        z = f(4)
        assert z == 5
        assert f(6) == 6

    class TestF:
        def test_g(self):
            self.assertEqual(f(1), 1); f(2)
            assert f(3) == 4

        def test_h(self):
            mock.assert_called_once()
            assert f(3) == 4
    """
)


def cut(name: str, line: int, text: str = CODE, code: str = CODE) -> str | None:
    found = before_failure(Candidate(TARGET, name, code, "llm"), text, name, line)
    return None if found is None else found.code


@pytest.mark.parametrize(
    ("name", "line", "last", "gone"),
    [
        pytest.param("test_f", 15, "        f(3)\n", "z = f(4)", id="back to the last assertion, not the last statement"),
        pytest.param("test_f", 16, "    assert z == 5\n", "f(6)", id="one assertion less"),
        pytest.param("test_f", 13, "    assert x == 1\n", "a comment", id="inside a with statement: all of it goes"),
        pytest.param("test_f", 11, "    assert x == 1\n", "y = f(2)", id="an error before the next assertion"),
        pytest.param("TestF::test_h", 25, "        mock.assert_called_once()\n", "f(3) == 4\n    ", id="a mock's assertion"),
    ],
)  # fmt: skip
def test_cut(name: str, line: int, last: str, gone: str) -> None:
    code = cut(name, line)
    assert code is not None
    assert last in code
    assert gone not in code
    compile(code, "test", "exec")
    assert "def helper" in code


@pytest.mark.parametrize(
    ("name", "line"),
    [
        pytest.param("test_f", 8, id="nothing before it"),
        pytest.param("test_f", 9, id="the first assertion"),
        pytest.param("test_f", 99, id="no line of the test"),
        pytest.param("test_gone", 9, id="no such test"),
        pytest.param("TestF", 21, id="no function"),
        pytest.param("TestF::test_g", 21, id="two statements in one line"),
    ],
)
def test_not_cut(name: str, line: int) -> None:
    assert cut(name, line) is None


def test_lines_are_those_of_the_module_in_which_it_ran() -> None:
    moved = "# moved\n" * 30 + CODE.replace("def test_f", "def test_f_2")
    found = before_failure(Candidate(TARGET, "test_f", CODE, "llm"), moved, "test_f_2", 46)
    assert found is not None
    assert (found.name, found.origin) == ("test_f", "llm, cut before what failed")
    assert "f(6)" not in found.code


@pytest.mark.parametrize("text", ["def (", "def test_f():\n    pass\n"], ids=["no module", "another test"])
def test_a_text_that_does_not_fit(text: str) -> None:
    assert cut("test_f", 2, text=text) is None
