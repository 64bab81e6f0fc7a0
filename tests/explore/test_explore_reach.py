"""What a search gets to, by what stands in its way."""

from __future__ import annotations

import ast
import sys
from itertools import count
from pathlib import Path

import pytest

from pytest_aigen.data import Reached
from pytest_aigen.explore import effects
from pytest_aigen.explore.finds import Find, Limits
from pytest_aigen.explore.objects import Module
from pytest_aigen.explore.probe import Brief, explore
from pytest_aigen.explore.recipes import resolve
from pytest_aigen.explore.search import Search
from pytest_aigen.explore.trace import Tracer, first_lines
from tests.explore.conftest import whole

OPTIONS = ", ".join(f"o{number}=0" for number in range(14))
KEPT = "; ".join(f"self.o{number} = int(o{number})" for number in range(14))
HARD = {
    "two options that go together, among many": (
        "apart",
        f"import datetime\ndef apart({OPTIONS}, one=None, other=None):\n"
        "    if one and other:\n"
        "        if not (isinstance(one, datetime.date) and isinstance(other, datetime.date)):\n"
        "            raise TypeError('dates only')\n"
        "        return (other - one).days\n"
        "    return o1 + o2\n",
    ),
    "the last of many options of a constructor": (
        "Options.told",
        f"class Options:\n    def __init__(self, {OPTIONS}, rule=None):\n        {KEPT}\n        self.rule = rule\n"
        "    def told(self):\n"
        "        if self.rule:\n"
        "            return 'ruled'\n"
        "        return 'free'\n",
    ),
    "two options of a constructor": (
        "Options.told",
        f"class Options:\n    def __init__(self, {OPTIONS}):\n        {KEPT}\n"
        "    def told(self):\n"
        "        if self.o3 and self.o12:\n"
        "            return 'both'\n"
        "        return 'free'\n",
    ),
    "an option that is not its default": (
        "Options.told",
        f"class Options:\n    def __init__(self, {OPTIONS}, last='x'):\n        {KEPT}\n        self.last = last\n"
        "    def told(self):\n"
        "        if self.o13 > 0:\n"
        "            return 'given'\n"
        "        return 'free'\n",
    ),
    "a date as mail has it, without a zone": (
        "read",
        "import email.utils\ndef read(value):\n"
        "    found = email.utils.parsedate_to_datetime(value)\n"
        "    if found.tzinfo is None:\n"
        "        return 'local'\n"
        "    return found.isoformat()\n",
    ),
    "a callback whose result is unpacked": (
        "pushed",
        "def pushed(item, processor=None):\n"
        "    if processor is not None:\n"
        "        result = processor(item, 1, 2)\n"
        "        if result is None:\n"
        "            return 'dropped'\n"
        "        key, data = result\n"
        "        return [key, data]\n"
        "    return item\n",
    ),
    "an iterator": (
        "first",
        "def first(rows):\n"
        "    if hasattr(rows, '__next__'):\n"
        "        return [next(rows)]\n"
        "    return list(rows)\n",
    ),
    "a generator": (
        "joined",
        "import inspect\ndef joined(source):\n"
        "    if inspect.isgenerator(source):\n"
        "        return '+'.join(map(str, source))\n"
        "    return str(source)\n",
    ),
}


@pytest.mark.parametrize(("qualname", "source"), HARD.values(), ids=HARD)
def test_every_line_is_reached(
    qualname: str, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # as a search sets it
    monkeypatch.delitem(sys.modules, "reach_sample", raising=False)
    resolve.cache_clear()
    path = tmp_path / "reach_sample.py"
    path.write_text(source)
    gap = whole(path, qualname)
    brief = Brief("reach_sample", path, qualname, gap.first, Reached(gap.lines))
    try:
        finds = [found for found in explore(brief) if isinstance(found, Find)]
    finally:
        sys.modules.pop("reach_sample", None)
        resolve.cache_clear()
    reached = {line for find in finds for line in find.reached.lines}
    assert gap.lines - reached == set(), ast.unparse(ast.parse(source))


LONG = """
def parsed(docstring):
    if " : int" not in docstring:
        return "untyped"
    return docstring
"""


def test_what_is_found_is_made_simple_where_the_time_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "long_sample", raising=False)
    resolve.cache_clear()
    (tmp_path / "long_sample.py").write_text(LONG)
    module = Module("long_sample", LONG)
    subject = module.subject("parsed", 2)
    assert subject is not None
    tracer = Tracer(module.filenames, first_lines(module.tree), effects.belt())
    looks = count()  # each at the clock takes a second
    # There is no end to what is asked for: only the clock ends it.
    goals, limits = Reached(frozenset({5, 99})), Limits(seconds=400.0)
    search = Search(
        subject, goals, tracer, lambda call, traced: 0.0,
        seed=0, limits=limits, clock=lambda: float(next(looks)),
    )  # fmt: skip
    with tracer.quiet():
        finds = [find for find in search.run() if isinstance(find, Find)]
    assert finds
    assert search.current is not None, "the plainest call, of those that were tried in the end"
