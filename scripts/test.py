"""Set up and run the test suite, with the coverage of the package. Arguments are passed on to pytest.

python scripts/test.py                   all tests; fails below the coverage that pyproject.toml asks for
python scripts/test.py tests/test_data.py -k gain
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from environment import ROOT, environment, run, say

#: Slow tests stand together: by halves, one worker would have most of them.
SHARED = ("-n", "auto", "--dist", "worksteal")
CHILDREN = ROOT / "scripts" / "child_coverage.py"


def main(arguments: list[str]) -> int:
    python = environment("test", "-e .[test]", "coverage>=7.10")
    say(" ".join(["pytest", *arguments]))
    if arguments:
        return run(python, "-m", "pytest", *arguments)
    with tempfile.TemporaryDirectory() as folder:
        data, recorded = Path(folder) / "coverage", Path(folder) / "recorded"
        run(python, CHILDREN, "install")
        os.environ["AIGEN_TESTS_COVERAGE"] = str(recorded)
        status = run(python, "-m", "coverage", "run", f"--data-file={data}", "-m", "pytest", *SHARED)
        if status:
            return status
        say("Coverage of pytest_aigen by its own tests")
        run(python, CHILDREN, recorded, f"{data}.children")
        return run(python, "-m", "coverage", "combine", "--quiet", f"--data-file={data}", folder) or run(
            python, "-m", "coverage", "report", f"--data-file={data}"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
