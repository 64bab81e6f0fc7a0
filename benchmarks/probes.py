"""How many calls a second the offline engine's search makes of small pure functions, on one core, with tracing on.

python benchmarks/probes.py [--calls 6000] [--repeat 3]
"""

from __future__ import annotations

import argparse
import ast
import importlib
import sys
import tempfile
import time
from pathlib import Path

from pytest_aigen.data import Reached
from pytest_aigen.explore.finds import Limits
from pytest_aigen.explore.probe import Brief, explore

MODULE = "small_functions"
SOURCE = """\
def initial(text: str) -> str:
    if not text:
        return ""
    if text[0] == "q":
        return "Q"
    return text[:3]


def clamp(value: int, low: int, high: int) -> int:
    if value < low:
        return low
    if value > high:
        return high
    return value


def words(text: str, length: int = 3) -> list[str]:
    found = []
    for word in text.split():
        if len(word) >= length:
            found.append(word)
    return found
"""
#: A line that no call reaches, so that a search goes on to the last of its calls.
NEVER = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=6000, help="calls of a search")
    parser.add_argument("--repeat", type=int, default=3, help="searches of a function; the fastest counts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder).resolve() / f"{MODULE}.py"
        path.write_text(SOURCE)
        sys.path.insert(0, str(path.parent))
        importlib.import_module(MODULE)
        print(f"{'':12}{'calls':>8}{'a second of processor time':>30}")
        for node in ast.parse(SOURCE).body:
            assert isinstance(node, ast.FunctionDef)
            brief = brief_of(path, node, options.calls)
            fastest = min(seconds(brief) for _ in range(options.repeat))
            print(f"{node.name:12}{options.calls:>8}{options.calls / fastest:>30.0f}", flush=True)


def brief_of(path: Path, function: ast.FunctionDef, calls: int) -> Brief:
    """A search that ends after so many calls, without simplifying what it found."""
    lines = {node.lineno for node in ast.walk(function) if isinstance(node, ast.stmt)} - {function.lineno}
    endless = sys.maxsize
    limits = Limits(calls=calls, steps=endless, stale=endless, after=endless, shrink=0, seconds=600)
    goals = Reached(frozenset({*lines, NEVER}), frozenset())
    return Brief(MODULE, path, function.name, function.lineno, goals, limits=limits)


def seconds(brief: Brief) -> float:
    """Processor time of one search, reading the module included."""
    begun = time.process_time()
    for _ in explore(brief):
        pass
    return time.process_time() - begun


if __name__ == "__main__":
    main()
