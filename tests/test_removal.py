"""Taking tests out: every golden case of merging undone, and tables of what goes and what stays."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pytest_aigen.merge import marked, remove, without_leftovers
from tests.additions import lines_of
from tests.running import passed
from tests.test_merge import ACCEPTED, Case, lay_out
from tests.test_removal_properties import is_part

#: Where a helper or an import of the candidate's stays: it may be another's, or be needed.
STAYS = {
    "autouse_is_asked_for",
    "fixture_is_renamed",
    "import_comment_in_brackets_stays",
    "import_isort_off_holds_future",
    "import_rows_grow",
    "import_submodules",
    "import_try_block_comes_along",
    "import_type_checking_is_no_import",
    "import_type_checking_kept_beside",
    "import_unsorted_grows_at_end",
    "mutual_recursion",
    "new_module_future",
    "unpacked_constants",
}
#: Where something that was there goes as well, as only the test used it.
GOES_TOO = {"async_beside_plain_test_case", "behind_what_it_needs", "no_row_for_another_function"}
#: Where only line breaks and commas are others.
FORM = {
    "import_backslash_grows",
    "import_too_long_is_wrapped",
    "row_behind_comments",
    "row_of_params_without_ids",
}


def cleaned(text: str, names: tuple[str, ...], keep: tuple[str, ...] = ()) -> str:
    done = remove(text, names, keep=keep)
    assert (set(done.removed), done.kept) == (set(names), {})
    return without_leftovers(text, done.text, done.removed, keep=keep)


def said(text: str) -> list[str]:
    return [line.strip() for line in lines_of(text) if line.strip()]


def words(lines: list[str]) -> list[str]:
    return [word for line in lines for word in line.replace(",", " ").split()]


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_was_merged_goes_again(name: str) -> None:
    case = Case(name)
    edit = case.merge(case.before)
    if not edit.tests:
        return
    text = cleaned(edit.after, edit.tests)
    old, new = said(case.before or ""), said(text)
    if name in FORM:
        assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(case.before or ""))
    elif name in STAYS:
        assert is_part(words(old), words(new))
        assert old != new
    elif name in GOES_TOO:
        assert is_part(words(new), words(old))
        assert old != new
    else:
        assert new == old


def test_what_is_left_runs(tmp_path: Path) -> None:
    """Without the new tests, every module passes as it did before them."""
    lay_out(tmp_path)
    gone: set[str] = set()
    for name in ACCEPTED:
        case = Case(name)
        edit = case.merge(case.before)
        text = cleaned(edit.after, edit.tests) if edit.tests else edit.after
        (tmp_path / case.file).write_bytes(text.encode())
        gone.update(f"{case.file.as_posix()}::{test}" for test in edit.tests)
    assert not gone & passed(tmp_path)


# ---------------------------------------------------------------------------------------------- by hand

MODULE = """\
import json
import os  # for its side effects
from shop import clamp, label

LOW = 1


def make():
    return LOW


# aigen: shop:clamp
def test_a():
    assert clamp(make(), 2, 3) == json.loads("2")


# ---- the rest ----
# about b
# aigen: shop:label
@pytest.mark.parametrize(("a", "b"), [("x", "X"), ("yy", "YY")])
def test_b(a, b):
    assert label(a) == b


class TestC:
    def setup_method(self):
        self.c = 1

    # aigen: shop:label
    def test_c(self):
        os.getcwd()


class TestD:
    # aigen: shop:label
    def test_d(self):
        pass

    def test_e(self):
        pass


@pytest.mark.parametrize(
    "x",
    [
        1,
        2,  # aigen: shop:clamp
        # aigen: shop:label
        3,
    ],
)
def test_f(x):
    pass
"""


@pytest.mark.parametrize(
    ("names", "gone", "there"),
    [
        pytest.param(["test_a"], ["import json", "clamp,", "LOW", "make", "test_a"], ["label", "# ----"], id="helpers-and-imports"),
        pytest.param(["test_b"], ["about b", "test_b", "parametrize(("], ["# ---- the rest", "make", "clamp"], id="comments-but-no-ruler"),
        pytest.param(["test_b[x-X]"], ['("x", "X")'], ["test_b", '("yy", "YY")', "label"], id="row-in-one-line"),
        pytest.param(["test_b[x-X]", "test_b[yy-YY]"], ["test_b", "yy"], ["# ----"], id="all-rows-of-our-table"),
        pytest.param(["TestC::test_c"], ["TestC", "setup_method"], ["import os  # for its side effects"], id="class-with-nothing-but-setup"),
        pytest.param(["TestD::test_d"], ["test_d"], ["class TestD:\n    def test_e"], id="method-beside-another"),
        pytest.param(["test_f[2]"], ["2,  # aigen"], ["        1,\n", "        3,\n", "shop:label\n        3"], id="row-with-comment"),
        pytest.param(["test_f[3]"], ["3,\n    ]", "shop:label\n        3"], ["2,  # aigen: shop:clamp\n    ]"], id="row-with-comment-above"),
        pytest.param(["test_f[2]", "test_f[3]"], ["2,  #"], ["        1,\n    ],\n"], id="all-of-our-rows"),
    ],
)  # fmt: skip
def test_goes(names: list[str], gone: list[str], there: list[str]) -> None:
    text = cleaned(MODULE, tuple(names))
    assert [word for word in gone if word in text] == []
    assert [word for word in there if word not in text] == []
    left = [line for line in lines_of(text) if "import clamp" not in line and "import label" not in line]
    assert is_part(left, lines_of(MODULE)) or names == ["test_b[x-X]"]


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        pytest.param("x = 1\n", "test_a", "nowhere", id="not-there"),
        pytest.param("def test_a(): pass\ndef test_a(): pass\n", "test_a", "twice", id="twice"),
        pytest.param("class T:\n    def test_a(self): pass\nclass U(T): pass\n", "T::test_a", "used elsewhere", id="class-that-is-a-base"),
        pytest.param('import pytest\n@pytest.mark.parametrize("x", [1])\ndef test_f(x): pass\n', "test_f[1]", "no other row", id="last-row-of-another-table"),
        pytest.param('import pytest\n@pytest.mark.parametrize("x", [1, 2])\ndef test_f(x): pass\n', "test_f[3]", "cannot be told", id="no-such-row"),
        pytest.param('import pytest\n@pytest.mark.parametrize("x", ((1), (2)))\ndef test_f(x): pass\n', "test_f[2]", "cannot be taken out", id="tuple-that-would-be-none"),
        pytest.param("class T: test_a = lambda s: 1\n", "T::test_a", "nowhere", id="no-function"),
    ],
)  # fmt: skip
def test_stays(text: str, name: str, why: str) -> None:
    done = remove(text, [name])
    assert done.text == text
    assert why in done.kept[name]


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("__all__ = ['make']\n", id="exported"),
        pytest.param("# make is for others\n", id="mentioned"),
        pytest.param("def other():\n    return make()\n", id="used"),
    ],
)
def test_helpers_stay(before: str) -> None:
    text = f"{before}\n\ndef make():\n    pass\n\n\n# aigen: shop:clamp\ndef test_a():\n    make()\n"
    assert cleaned(text, ("test_a",)) == text[: text.index("\n\n\n# aigen") + 1]


@pytest.mark.parametrize(
    "line",
    [
        "from shop import clamp as clamp",
        "from shop import clamp  # noqa: F401",
        "from shop import *; from shop import clamp",
        "try:\n    from shop import clamp\nexcept ImportError:\n    clamp = None",
        "if TYPE_CHECKING:\n    from shop import clamp",
        "from shop import clamp\n__all__ = ['clamp']",
        "# isort: off\nfrom shop import clamp\n# isort: on",
    ],
)
def test_imports_stay(line: str) -> None:
    text = f"{line}\n\n\n# aigen: shop:clamp\ndef test_a():\n    clamp()\n"
    assert cleaned(text, ("test_a",)) == f"{line}\n"


def test_names_to_keep_stay() -> None:
    text = "from shop import clamp\n\n\ndef make():\n    pass\n\n\n# aigen: shop:clamp\ndef test_a():\n    clamp(make())\n"
    assert cleaned(text, ("test_a",)) == ""
    assert cleaned(text, ("test_a",), ("make",)).strip() == "def make():\n    pass"
    assert cleaned(text, ("test_a",), ("make", "clamp")) == text[: text.index("\n\n\n# aigen") + 1]


# ------------------------------------------------------------------------------------------------- marks


def test_marks() -> None:
    found = {
        test.name: (test.subjects, [(row.id, *row.subjects) for row in test.rows]) for test in marked(MODULE)
    }
    assert found == {
        "test_a": (("shop:clamp",), []),
        "test_b": (("shop:label",), [("x-X", "shop:label"), ("yy-YY", "shop:label")]),
        "TestC::test_c": (("shop:label",), []),
        "TestD::test_d": (("shop:label",), []),
        "test_f": ((), [("2", "shop:clamp"), ("3", "shop:label")]),
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("# aigen: a:b\n# more\ndef test_x(): pass\n", ("a:b",), id="a-comment-between"),
        pytest.param("# aigen: a:b\n# aigen: a:c\ndef test_x(): pass\n", ("a:b", "a:c"), id="two"),
        pytest.param("\ufeff# aigen: a\r\ndef test_x(): pass", ("a",), id="module-body-crlf-mark"),
        pytest.param("# aigen: a:b\n\ndef test_x(): pass\n", None, id="apart"),
        pytest.param("# see aigen: a:b\ndef test_x(): pass\n", None, id="said-in-passing"),
        pytest.param("x = '''\n# aigen: a:b\n'''\ndef test_x(): pass\n", None, id="in-a-string"),
    ],
)
def test_comment(text: str, found: tuple[str, ...] | None) -> None:
    assert [test.subjects for test in marked(text)] == ([] if found is None else [found])
