"""The words of a report: numbers, amounts, places, and text that is safe to show."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pytest_aigen.data import Demand, Gap, Obstacle, Reached
from pytest_aigen.data.coverage import cut_off

#: How lines begin that hold a command.
_COMMANDS = ("next: ", "run: ")
#: Where a test failed, after the word that says so, in pytest's short style.
_FAILED_AT = re.compile(r"((?:\w+: )*\w+:) \S.*:\d+: in \S+$")


class Said(NamedTuple):
    """A line, and the colour it has on a terminal."""

    text: str
    colour: str = ""
    #: Whether it must not be broken, as a line of a patch.
    whole: bool = False


def broken(line: Said, width: int) -> list[str]:
    """The rows that a line has on a terminal: broken between words, and further in from the second on.

    A command to be copied is left to the terminal, as is a line where no width is given.

    >>> broken(Said("  one two three"), 10)
    ['  one two', '    three']
    """
    text = line.text
    if not width or len(text) <= width or line.whole or text.lstrip().startswith(_COMMANDS):
        return [text]
    inner = " " * (len(text) - len(text.lstrip()) + 2)
    return textwrap.wrap(
        text,
        width,
        subsequent_indent=inner,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
        drop_whitespace=True,
    ) or [text]


def percent(value: float) -> str:
    """One decimal, cut off and not rounded: what is not whole never reads 100.

    >>> percent(99.98)
    '99.9%'
    """
    return f"{cut_off(value):.1f}%"


def count(number: int, noun: str, plural: str = "") -> str:
    """
    >>> count(1, "branch", "branches"), count(1200, "line")
    ('1 branch', '1,200 lines')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def amount(reached: Iterable[Reached]) -> str:
    """``3 lines, 1 branch``"""
    parts = list(reached)
    numbers = (
        (sum(len(part.lines) for part in parts), "line", "lines"),
        (sum(len(part.branches) for part in parts), "branch", "branches"),
    )
    return ", ".join(count(*number) for number in numbers if number[0]) or "nothing"


def plain(text: str, width: int = 0) -> str:
    """The first line that says something, without control characters, cut to a width.

    ``why:`` says nothing yet, nor does the place where a test failed: the line that pytest marks with an E does.

    >>> plain("\\n  a\\x1b[1m b\\nc")
    'a?[1m b'
    >>> plain("fails: a.py:3: in test_a\\n    assert f() == 1\\nE   assert 2 == 1")
    'fails: assert 2 == 1'
    """
    said = [line.strip() for line in text.splitlines() if line.strip()]
    first = " ".join(said[:2] if said and said[0].endswith(":") else said[:1])
    if (failed := _FAILED_AT.match(first)) and (
        marked := [line[1:] for line in said if line.startswith("E ")]
    ):
        first = f"{failed[1]} {marked[0].strip()}"
    first = visible(first)
    return first if not width or len(first) <= width else f"{first[: width - 3]}..."


def obstacle_words(obstacle: Obstacle, width: int = 0) -> str:
    """Why something is left, in one line, with details cut to a width."""
    detail = plain(obstacle.detail, width)
    return f"{obstacle.hurdle.value}{f' ({detail})' if detail else ''}"


def asked(demand: Demand) -> str:
    """``4 first requests, 3,120 prompt tokens, replies of at most 8,000 tokens, at most $0.0100``"""
    cost = "" if demand.cost is None else f", at most ${demand.cost:.4f}"
    return (
        f"{count(demand.requests, 'first request')}, {count(demand.prompt_tokens, 'prompt token')}, "
        f"replies of at most {count(demand.reply_tokens, 'token')}{cost}"
    )


def visible(row: str) -> str:
    """Without control characters, which could do things to a terminal."""
    return row if row.isprintable() else "".join(c if c.isprintable() else "?" for c in row)


def relative(path: Path, root: Path) -> str:
    try:
        return plain(Path(os.path.relpath(path, root)).as_posix())
    except ValueError:
        return plain(str(path))


def command(path: Path, root: Path) -> str:
    """A path to be typed where the root is: short below it, else whole."""
    return relative(path, root) if path.is_relative_to(root) else plain(str(path))


def place(gap: Gap, root: Path) -> str:
    path = relative(gap.path, root)
    return f"{path} (module body)" if gap.is_module_body else f"{path}::{plain(gap.qualname)}"
