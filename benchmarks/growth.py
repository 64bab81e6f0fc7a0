"""How a run grows with the number of gaps: planning, memory, and when the first test is accepted.

python benchmarks/growth.py [--gaps 200 2000 20000]

Generates a project of that many gaps (functions that nothing tests, 20 in a module), measures ``--ai-gen-mode=plan`` beside
the suite alone, and runs the offline engine for a few seconds. Memory is that of the largest process, on Unix.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

FUNCTION = """
    def price_{number}(amount, member=False):
        if amount < {number}:
            raise ValueError("too little")
        if member:
            amount -= {number}
        return amount
    """
IN_A_MODULE = 20
STOPWATCH = """
import time


class Stopwatch:
    def __init__(self):
        self.begun, self.first = None, None

    def show(self, progress):
        self.begun = self.begun or time.monotonic()
        if self.first is None and progress.accepted:
            self.first = time.monotonic() - self.begun

    def close(self):
        if self.first is not None:
            print(f"first after {self.first:.1f}")


class Generating:
    # When the suite is over: from here on planning counts.
    def pytest_sessionfinish(self):
        watch.begun = time.monotonic()


watch = Stopwatch()


def pytest_configure(config):
    config.pluginmanager.register(Generating())


def pytest_aigen_watcher():
    return watch
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gaps", type=int, nargs="+", default=[200, 2000, 20000])
    parser.add_argument("--seconds", type=int, default=20, help="of the run that looks for the first test")
    chosen = parser.parse_args()
    print("| gaps | suite alone | plan | memory of the plan | first test accepted | memory of the run |")
    print("|---|---|---|---|---|---|")
    for gaps in chosen.gaps:
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder), gaps)
            suite, _, _ = timed(folder, "--cov=shop", "--cov-branch")
            plan, planned, out = timed(folder, "--ai-gen", "--ai-gen-mode=plan", "--ai-gen-engine=explore")
            assert "price_" in out, out
            first, most = first_test(folder, chosen.seconds)
        print(
            f"| {gaps:,} | {suite:.1f} s | {plan:.1f} s | {planned:.0f} MB | {first} | {most:.0f} MB |",
            flush=True,
        )


def make(folder: Path, gaps: int) -> None:
    """A package of modules, and a test that imports all of them."""
    package, tests = folder / "shop", folder / "tests"
    package.mkdir()
    tests.mkdir()
    (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n', "utf-8")
    (package / "__init__.py").write_text("", "utf-8")
    modules = []
    for first in range(0, gaps, IN_A_MODULE):
        functions = (FUNCTION.format(number=n) for n in range(first, min(first + IN_A_MODULE, gaps)))
        modules.append(f"prices_{first}")
        (package / f"{modules[-1]}.py").write_text("\n\n".join(map(textwrap.dedent, functions)), "utf-8")
    imports = "".join(f"import shop.{name}\n" for name in modules)
    (tests / "test_shop.py").write_text(f"{imports}\n\ndef test_shop():\n    assert shop\n", "utf-8")


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]


def timed(folder: str, *options: str) -> tuple[float, float, str]:
    """Seconds, megabytes of the largest process, and what was printed."""
    begun = time.monotonic()
    with subprocess.Popen(
        command(*options), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        out = process.stdout.read()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return time.monotonic() - begun, usage.ru_maxrss / 1024, out


def first_test(folder: str, seconds: int) -> tuple[str, float]:
    """How long after the suite the first test was accepted, and the megabytes of the largest process."""
    (Path(folder) / "stopwatch.py").write_text(STOPWATCH, "utf-8")
    limit = f"--ai-gen-max-time={seconds}"
    _, most, out = timed(folder, "-p", "stopwatch", "--ai-gen", "--ai-gen-engine=explore", limit)
    found = re.search(r"first after ([\d.]+)", out)
    return f"{found[1]} s" if found else f"none in {seconds} s", most


if __name__ == "__main__":
    main()
