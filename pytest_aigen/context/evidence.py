"""What the suite did with a function: the calls that it made, and how it came to the conditions before what is missing."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from pytest_aigen.context.source import conditions
from pytest_aigen.data import Gap, Observation

#: Calls of the function, and ways to make an object of its class, that are shown.
_CALLS, _OBJECTS = 4, 2
#: A value written in so few characters says nothing of where it comes from.
_SHORT = 3
_LONGEST_CONDITION = 80


def evidence(
    text: str, left: Gap, observations: Iterable[Observation], tests_on: Callable[[int], int]
) -> tuple[str, ...]:
    """Sentences about the scope of ``left``, given the calls in its file and how many tests reach a line of it."""
    seen = sorted(set(observations), key=lambda one: (len(one.text), one.text))
    calls = [one for one in seen if left.qualname and one.qualname == left.qualname]
    rows = [*_conditions(text, left, calls, tests_on)]
    rows += [f"the tests call it so: `{one.text}`" for one in calls[:_CALLS]]
    owner = left.qualname.rpartition(".")[0]
    if owner and not any(one.receiver for one in calls[:_CALLS]) and left.qualname != f"{owner}.__init__":
        made = [one for one in seen if one.qualname == f"{owner}.__init__"]
        rows += [f"the tests make `{owner}` so: `{one.text}`" for one in made[:_OBJECTS]]
    return tuple(rows)


def is_written_in(observation: Observation, texts: Sequence[str]) -> bool:
    """Whether each longer value of a call stands in one of these texts too.

    What does not may come from anywhere: a file that is private, the machine, the present time.

    >>> from pathlib import Path
    >>> seen = Observation(Path("a.py"), "f", 1, (("mode", "'read'"), ("n", "3")))
    >>> is_written_in(seen, ["f('read', 3)"]), is_written_in(seen, ["f(MODE, 3)"])
    (True, False)
    """
    try:
        tree = ast.parse(observation.text, mode="eval")
    except (SyntaxError, ValueError, RecursionError):
        return False
    return all(any(written in text for text in texts) for written in set(_long_values(tree)))


def _long_values(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool) and node.value is not None:
            value = repr(node.value)
            written = re.sub(r"\Ab?(['\"])(.*)\1\Z", r"\2", value, flags=re.S)
            if len(written) > _SHORT:
                yield written


def _conditions(
    text: str, left: Gap, calls: Sequence[Observation], tests_on: Callable[[int], int]
) -> Iterator[str]:
    """Of each executed condition before something missing: how many tests come to it, and what was the same each time."""
    starts = {start for start, _ in left.branches}
    for node in conditions(text).values():
        if not left.first <= node.lineno <= left.last:
            continue
        nexts = {block[0].lineno for block in (node.body, node.orelse) if block}
        tests = 0 if node.lineno in left.lines else tests_on(node.lineno)
        if not tests or not (node.lineno in starts or nexts & left.lines):
            continue
        condition = ast.unparse(node.test)
        if len(condition) > _LONGEST_CONDITION:
            condition = condition[: _LONGEST_CONDITION - 3] + "..."
        same = "".join(
            f"; `{name}` was {value} in each call that was noted"
            for name, value in _constant(calls)
            if name in {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
        )
        yield f"line {node.lineno}, `{condition}`: {tests} test{'s' if tests > 1 else ''} came here{same}"


def _constant(calls: Sequence[Observation]) -> Iterator[tuple[str, str]]:
    """Arguments that are the same in all of these calls."""
    for name, value in calls[0].arguments if calls else ():
        if all((name, value) in one.arguments for one in calls):
            yield name, value
