"""Taking out what was merged into random modules."""

from __future__ import annotations

from hypothesis import given

from pytest_aigen.data import Candidate
from pytest_aigen.merge import marked, remove, without_leftovers
from tests.additions import lines_of
from tests.test_merge_properties import QUICK, attempt, candidates, classes, compiles, functions, modules


def said(text: str) -> list[str]:
    """Its lines without the blank ones."""
    return [line.rstrip("\r\n") for line in lines_of(text) if line.strip()]


def is_part(part: list[str], whole: list[str]) -> bool:
    """Whether the lines of one stand in the other, in this order."""
    rest = iter(whole)
    return all(line in rest for line in part)


@QUICK
@given(modules(), candidates())
def test_merge_and_removal_give_the_old_lines(before: str, candidate: Candidate) -> None:
    edit = attempt(before, candidate) if compiles(before) and compiles(candidate.code) else None
    if edit is None or not edit.tests:
        return
    done = remove(edit.after, edit.tests)
    assert compiles(done.text)
    if done.kept:
        assert done.text == edit.after
        return
    assert is_part(said(done.text), said(edit.after))
    clean = without_leftovers(edit.after, done.text, done.removed, keep=())
    assert compiles(clean)
    # A line of names to import may lose some of them.
    assert is_part([line for line in said(clean) if not line.startswith("from ")], said(done.text))
    assert remove(done.text, edit.tests).removed == ()


@QUICK
@given(modules(), classes(), functions())
def test_only_the_marked_test_goes(module: str, own: str, candidate: Candidate) -> None:
    newline = "\r\n" if "\r\n" in module else "\n"
    before = newline.join([module.rstrip(), "", "", *own.split("\n")])
    edit = attempt(before, candidate) if compiles(before) and compiles(candidate.code) else None
    if edit is None or not edit.tests:
        return
    assert edit.tests[0].partition("[")[0] in [found.name for found in marked(edit.after)]
    done = remove(edit.after, edit.tests)
    if not done.kept:
        assert is_part([line for line in said(before) if not line.startswith("from ")], said(done.text))


TIDY = """\
from zoo import Bear


def test_bear():
    assert Bear()


class TestBear:
    def test_paw(self):
        assert Bear().paw
"""


@QUICK
@given(functions())
def test_a_tidy_module_is_the_same_again(candidate: Candidate) -> None:
    """Byte for byte, where no helper or import has to stay."""
    edit = attempt(TIDY, candidate) if compiles(candidate.code) else None
    if edit is None or not edit.tests:
        return
    done = remove(edit.after, edit.tests)
    assert not done.kept
    clean = without_leftovers(edit.after, done.text, done.removed, keep=())
    assert is_part(said(TIDY), said(clean))
    if said(clean) == said(TIDY):
        assert clean == TIDY
