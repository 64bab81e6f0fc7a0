"""The command of a run, to be given again with other options."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Sequence

from pytest_aigen.reports.words import visible


def again(command: Sequence[str], *options: str, without: Collection[str] = ()) -> str:
    """The command as it was started, to be pasted into a shell: without some options, with others instead of their like.

    ``without`` are long names of options that take a value; an option in ``options`` replaces an earlier one of its name.

    >>> again(("pytest", "-q", "--ai-gen", "--ai-gen-mode", "diff"), without=["--ai-gen-mode"])
    'pytest -q --ai-gen'
    >>> again(("pytest", "--ai-gen", "--ai-gen-mode=diff", "a b"), "--ai-gen-mode=check")
    "pytest --ai-gen 'a b' --ai-gen-mode=check"
    """
    out = {*without, *(option.partition("=")[0] for option in options)}
    return visible(shlex.join([*_kept(command, out), *options]))


def _kept(words: Sequence[str], out: Collection[str]) -> Iterator[str]:
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in out:
            skip = True
        elif word.partition("=")[0] not in out:
            yield word
