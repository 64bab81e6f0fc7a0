"""What ``--ai-gen`` costs where there is nothing to do: a suite that is at its target, beside ``--cov --cov-branch``.

python benchmarks/overhead.py [--tests 4000] [--rounds 5]

Runs both in turn on a generated project, and prints medians of processor time and of time by the clock, with their ratios.
Needs pytest-cov.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

MODULE = """\
def price(amount, member=False):
    if amount < {number}:
        raise ValueError("too little")
    if member:
        amount -= {number}
    return sum(amount * part // 7 for part in range(400))
"""
TEST = """

def test_price_{number}():
    assert price_{module}({module} + {number}, True) == sum({number} * part // 7 for part in range(400))
    with pytest.raises(ValueError):
        price_{module}(-1)
    assert price_{module}(10 ** 6)
"""
OF_A_MODULE = 100
#: As users write it; and with the package named and without a report, the least that pytest-cov does.
COVERAGE = ("--cov", "--cov-branch")
ALONE = ("--cov=shop", "--cov-branch", "--cov-report=")
OURS = ("--ai-gen", "--ai-gen-engine=explore", "--cov-target=90")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tests", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), chosen.tests)
        took: dict[tuple[str, ...], list[tuple[float, float]]] = {COVERAGE: [], ALONE: [], OURS: []}
        for _ in range(chosen.rounds):
            for options, seconds in took.items():
                seconds.append(timed(folder, *options))
    print("| | processor time | by the clock |")
    print("|---|---|---|")
    medians = {options: [median(each) for each in zip(*took[options], strict=True)] for options in took}
    for options, (cpu, wall) in medians.items():
        print(f"| `pytest {' '.join(options)}` | {cpu:.1f} s | {wall:.1f} s |")
    our_cpu, our_wall = medians[OURS]
    for options in (COVERAGE, ALONE):
        cpu, wall = medians[options]
        print(f"| ratio to `pytest {' '.join(options)}` | {our_cpu / cpu:.3f} | {our_wall / wall:.3f} |")


def make(folder: Path, tests: int) -> None:
    """Modules of one function each, and tests that cover all of it many times."""
    for name in ("shop", "tests"):
        (folder / name).mkdir()
    (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n', "utf-8")
    (folder / "shop" / "__init__.py").write_text("", "utf-8")
    for module in range(0, tests, OF_A_MODULE):
        (folder / "shop" / f"prices_{module}.py").write_text(MODULE.format(number=module), "utf-8")
        head = f"import pytest\nfrom shop.prices_{module} import price as price_{module}\n"
        body = (TEST.format(module=module, number=module + each) for each in range(OF_A_MODULE))
        (folder / "tests" / f"test_prices_{module}.py").write_text(head + "".join(body), "utf-8")


def timed(folder: str, *options: str) -> tuple[float, float]:
    """Seconds of processor time of the process and its children, and by the clock."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - begun


if __name__ == "__main__":
    main()
