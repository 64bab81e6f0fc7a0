"""Merging random candidates into random modules."""

from __future__ import annotations

import ast
import os
import re
import warnings
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_aigen.data import Candidate, Edit, Gap, Target
from pytest_aigen.errors import MergeError
from pytest_aigen.merge import merge
from tests.additions import unchanged, without_additions

SOURCE = Path("/project/shop/basket.py")
PATH = Path("/project/tests/test_basket.py")
QUICK = settings(
    max_examples=int(os.environ.get("AIGEN_EXAMPLES", "100")),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)

# Few names, so that they clash; some of them are builtins, fixtures of pytest, or both.
NAMES = st.sampled_from(["make", "make_2", "data", "sum", "tmp_path", "Row", "json", "test_a", "test_b", "x"])
TEST_NAMES = st.sampled_from(["test_a", "test_b", "test_a_2", "test_c"])
CLASS_NAMES = st.sampled_from(["TestA", "TestA_2", "TestB"])
IMPORTS = st.sampled_from(
    [
        "import json",
        "import json as x",
        "import os.path",
        "import os",
        "from json import loads as make",
        "from json import loads, dumps",
        "from json import (\n    dumps,\n    loads as data,\n)",
        "from collections import Counter as Row",
        "from pathlib import *",
        "import pytest; import sys",
    ]
)
COMMENTS = st.sampled_from(["", "\n", "# comment\n", "\n# comment\n\n", "\f\n", "# aigen: shop.basket:old\n"])


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    """Expressions in which a name may be a global, a local, an attribute, a keyword or part of a string."""
    name = draw(NAMES)
    if depth == 0:
        return name
    inner = draw(expressions(depth - 1))
    form = draw(
        st.sampled_from(
            [
                "{n}",
                "{n}.{n}",
                "dict({n}={i})",
                "[{i} for {n} in {i}]",
                "(lambda {n}={i}: {n})",
                "f'{{{i}}} {n}'",
                "({n} := {i})",
                "{{{i}: {n} for x in [{i}] if {n}}}",
                "'{n}'",
                "({i}, {n}, 1)",
            ]
        )
    )
    if ":=" in form and re.search(r"\bfor\b|lambda", inner):
        form = "{n}"
    return form.format(n=name, i=inner)


@st.composite
def bodies(draw: st.DrawFn, indent: str = "    ") -> str:
    """The body of a function."""
    forms = [
        "assert {e}",
        "{n} = {e}",
        "for {n} in {e}:\n{t}{t}pass",
        "with {e} as {n}:\n{t}{t}{e}",
        "del {n}",
        "def {n}({n}):\n{t}{t}return {e}",
        "import {m}",
        "match {e}:\n{t}{t}case [{n}, *x]:\n{t}{t}{t}{e}",
        "try:\n{t}{t}{e}\n{t}except ValueError as {n}:\n{t}{t}pass",
        "class {n}:\n{t}{t}{n} = {e}",
        "text = '''\n  {n}\n'''",
        "return {e}",
        "{e}  # {n}",
        "assert {e} == {e}, 'text'",
        "assert not isinstance({n}, {e})",
        "with pytest.raises({n}, match={e}) as {n}:\n{t}{t}assert {n}.value is None",
        "asyncio.run({n}({e}))",
    ]
    lines = []
    for form in draw(st.lists(st.sampled_from(forms), min_size=1, max_size=4)):
        filled = form.format(n=draw(NAMES), e=draw(expressions(1)), m="json", t=indent)
        lines.append(f"{indent}{filled}\n")
    if draw(st.booleans()):
        lines.insert(0, f"{indent}global {draw(NAMES)}\n")
    return "".join(lines)


@st.composite
def helpers(draw: st.DrawFn) -> str:
    name, other = draw(NAMES), draw(NAMES)
    form = draw(
        st.sampled_from(
            [
                "{n} = {e}\n",
                "{n}, {o} = {e}, 2\n",
                "def {n}({o}=1):\n{b}",
                "class {n}:\n    {o} = {e}\n",
                "import pytest\n\n@pytest.fixture\ndef {n}({o}):\n{b}",
                "{n}: int = {e}\n",
                "import pytest\n\n@pytest.fixture(name='{o}', autouse=True)\ndef {n}():\n{b}",
                "try:\n    import json as {n}\nexcept ImportError:\n    {n} = {e}\n",
                "if TYPE_CHECKING:\n    from json import loads as {n}\n",
            ]
        )
    )
    return form.format(n=name, o=other, e=draw(expressions(1)), b=draw(bodies()))


@st.composite
def nodes(draw: st.DrawFn) -> tuple[str, str]:
    """A node id and its code: a function or a method, with what its class has besides."""
    name = draw(TEST_NAMES)
    if draw(st.booleans()):
        params = ", ".join(draw(st.lists(NAMES, unique=True, max_size=2)))
        marks = draw(
            st.sampled_from(["", "@pytest.mark.usefixtures('make', 'data')\n", "@pytest.mark.skip\n"])
        )
        kind = draw(st.sampled_from(["def", "def", "async def", "@pytest.mark.asyncio\nasync def"]))
        return name, f"{marks}{kind} {name}({params}):\n{draw(bodies())}"
    owner = draw(CLASS_NAMES)
    base = draw(st.sampled_from(["", "(object)", "(TestCase)", "(json.IsolatedAsyncioTestCase)"]))
    unit = draw(st.sampled_from(["  ", "    ", "\t"]))
    rest = draw(
        st.sampled_from(["", f"{unit}x = 1\n", f"{unit}def setup_method(self):\n{unit}{unit}pass\n\n"])
    )
    inner = "".join(f"{unit}{line}" for line in draw(bodies(unit)).splitlines(keepends=True))
    return f"{owner}::{name}", f"class {owner}{base}:\n{rest}{unit}def {name}(self):\n{inner}"


@st.composite
def modules(draw: st.DrawFn) -> str:
    """A test module, in any state that Python accepts."""
    parts = [
        draw(
            st.sampled_from(
                ["", '"""Docs."""\n', "# coding: utf-8\n", "from __future__ import annotations\n"]
            )
        )
    ]
    parts += [f"{line}\n" for line in draw(st.lists(IMPORTS, max_size=3))]
    pieces = st.one_of(helpers(), nodes().map(lambda test: test[1]))
    for piece in draw(st.lists(pieces, max_size=5)):
        parts += [draw(COMMENTS), piece]
    if draw(st.booleans()):
        parts.append("if __name__ == '__main__':\n    x\n")
    text = "".join([*parts, draw(COMMENTS)])
    text = draw(st.sampled_from(["\n", "\r\n"])).join(text.split("\n"))
    return text.rstrip() if draw(st.booleans()) else text


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    name, code = draw(nodes())
    parts = [f"{line}\n" for line in draw(st.lists(IMPORTS, max_size=2))]
    parts += draw(st.lists(helpers(), max_size=3))
    subject = draw(st.sampled_from(["make", "Row.data", ""]))
    target = Target(Gap(SOURCE, subject, 1, 2, frozenset({1})), "shop.basket", PATH)
    return Candidate(target, name, "\n".join([*parts, code]), "explore")


def compiles(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<test>", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def attempt(before: str, candidate: Candidate) -> Edit | None:
    try:
        return merge(before, candidate, path=PATH, reserved=["tmp_path"])
    except MergeError:
        return None


def definitions(text: str) -> dict[str, str]:
    """Name at the top -> the code that binds it last."""
    return {getattr(s, "name", ""): ast.dump(s) for s in ast.parse(text).body if hasattr(s, "name")}


@QUICK
@given(modules(), candidates())
def test_adds_and_changes_nothing(before: str, candidate: Candidate) -> None:
    if not compiles(before) or not compiles(candidate.code):
        return
    edit = attempt(before, candidate)
    if edit is None:
        return
    assert compiles(edit.after)
    unchanged(before, edit.after)
    assert without_additions(before, edit.after) == before
    old, new = definitions(before), definitions(edit.after)
    for name, code in old.items():
        if edit.tests and edit.tests[0].startswith(f"{name}::"):
            continue
        assert new[name] == code, "what a name stood for it stands for"
    if not before.endswith(("\n", "\r")) and edit.after != before and before:
        assert not edit.after.endswith(("\n", "\r"))
    if "\r\n" in before:
        assert not re.search(r"(?<!\r)\n", edit.after)


@QUICK
@given(modules(), candidates())
def test_again_changes_nothing(before: str, candidate: Candidate) -> None:
    if not compiles(before) or not compiles(candidate.code):
        return
    first = attempt(before, candidate)
    if first is None:
        return
    again = attempt(first.after, candidate)
    assert again is not None
    assert again.after == first.after
    assert again.tests == ()


@QUICK
@given(st.lists(candidates(), min_size=2, max_size=4))
def test_one_after_another(several: list[Candidate]) -> None:
    """Tests that were added stay found under the names that merge told."""
    text = ""
    found: list[str] = []
    for candidate in several:
        edit = attempt(text, candidate) if compiles(candidate.code) else None
        if edit is not None:
            text = edit.after
            found += edit.tests
    assert len(set(found)) == len(found)
    top = {s.name: s for s in ast.parse(text).body if isinstance(s, (ast.FunctionDef, ast.ClassDef))}
    for name in found:
        owner, _, method = name.partition("::")
        assert not method or any(getattr(s, "name", "") == method for s in getattr(top[owner], "body", []))


@st.composite
def functions(draw: st.DrawFn) -> Candidate:
    """A candidate that is a plain function about ``make``."""
    name = draw(TEST_NAMES)
    kind = draw(
        st.sampled_from(["def", "async def", "@pytest.mark.asyncio\nasync def", "@pytest.mark.slow\ndef"])
    )
    params = draw(st.sampled_from(["", "", "tmp_path", "data, x=1"]))
    parts = [f"{line}\n" for line in draw(st.lists(IMPORTS, max_size=2))]
    parts += draw(st.lists(helpers(), max_size=2))
    code = "\n".join([*parts, f"{kind} {name}({params}):\n{draw(bodies())}"])
    target = Target(Gap(SOURCE, "make", 1, 2, frozenset({1})), "shop.basket", PATH)
    return Candidate(target, name, code, "explore")


@st.composite
def classes(draw: st.DrawFn) -> str:
    """A class of tests about ``make``, of each kind."""
    base = draw(st.sampled_from(["", "(TestCase)", "(unittest.IsolatedAsyncioTestCase)", "(Base)"]))
    unit = draw(st.sampled_from(["  ", "    ", "\t"]))
    more = draw(
        st.sampled_from(["", f"\n{unit}async def test_z(self):\n{unit}{unit}pass\n", f"{unit}# end\n"])
    )
    mark = draw(st.sampled_from(["", "@pytest.mark.asyncio\n"]))
    end = draw(st.sampled_from(["", "\n\nasync def test_last():\n    x\n"]))
    return f"{mark}class TestMake{base}:\n{unit}def test_a(self):\n{unit}{unit}make\n{more}{end}"


@QUICK
@given(modules(), classes(), functions())
def test_in_the_style_of_a_class(module: str, own: str, candidate: Candidate) -> None:
    """A function may become a method: nothing old changes, it is found where merge told, and once is enough."""
    newline = "\r\n" if "\r\n" in module else "\n"
    before = newline.join([module.rstrip(), "", "", *own.split("\n")])
    if not compiles(before) or not compiles(candidate.code):
        return
    edit = attempt(before, candidate)
    if edit is None or not edit.tests:
        return
    assert without_additions(before, edit.after) == before
    owner, _, method = edit.tests[0].rpartition("::")
    scope: list[ast.stmt] = ast.parse(edit.after).body
    if owner:
        assert owner == "TestMake"
        scope = next(s for s in scope if isinstance(s, ast.ClassDef) and s.name == owner).body
    assert method in [getattr(s, "name", "") for s in scope]
    again = attempt(edit.after, candidate)
    assert again is not None
    assert (again.after, again.tests) == (edit.after, ())
