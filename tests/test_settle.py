"""What was settled before is not settled again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen import settle
from pytest_aigen.data import Candidate, Edit, Gap, Job, Reached, Refusal, Target, Trial

TEST, OTHER = Path("/p/test_a.py"), Path("/p/test_b.py")


def trial(name: str, path: Path, line: int) -> Trial:
    source = Path("/p/shop.py")
    target = Target(Gap(source, "price", 1, 9, frozenset({line})), "shop", path)
    code = f"def {name}(): pass\n"
    gained = {source: Reached(frozenset({line}))}
    return Trial(
        Candidate(target, name, code, "fake"),
        Edit(path, None, code, (name,)),
        Job(path, (name,)),
        gained=gained,
    )


class Settler:
    """Joins by adding, refuses tests of these names, and notes what it is asked."""

    def __init__(self, *bad: str) -> None:
        self.bad, self.joined, self.known = bad, list[str](), dict[Path, settle.Module]()

    def join(self, one: Trial, text: str | None) -> Trial:
        self.joined.append(one.candidate.name)
        return replace(one, edit=replace(one.edit, before=text, after=(text or "") + one.candidate.code))

    async def judge(self, whole: Trial) -> Refusal | tuple[()]:
        bad = tuple(test for test in whole.edit.tests if test in self.bad)
        return Refusal("stable", "", bad) if bad else ()

    def __call__(self, trials: Sequence[Trial], texts: dict[Path, str]) -> tuple[list[str], list[str]]:
        """The tests that are kept, and those that were joined for it."""
        self.joined.clear()
        done = asyncio.run(
            settle.settled(
                trials,
                read=texts.get,
                join=self.join,
                judge=self.judge,
                fold=lambda these: (),
                known=self.known,
            )
        )
        return [one.candidate.name for one in done.kept], list(self.joined)


@pytest.mark.parametrize(
    ("bad", "texts", "again"),
    [
        pytest.param((), {}, [], id="nothing changed"),
        pytest.param((), {TEST: "X = 1\n"}, ["test_one", "test_two"], id="a text changed"),
        pytest.param(("test_two",), {}, [], id="without what was refused"),
    ],
)
def test_again(bad: tuple[str, ...], texts: dict[Path, str], again: list[str]) -> None:
    settler = Settler(*bad)
    trials = [trial("test_one", TEST, 1), trial("test_two", TEST, 2), trial("test_three", OTHER, 3)]
    kept, joined = settler(trials, {})
    assert kept == [one.candidate.name for one in trials if one.candidate.name not in bad]
    assert set(joined) == {"test_one", "test_two", "test_three"}
    left = [one for one in trials if one.candidate.name in kept]
    assert settler(left, texts) == (kept, again)
