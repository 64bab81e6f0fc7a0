"""Set up and run the test suite, with the coverage of the package. Arguments are passed on to pytest.

python scripts/test.py                   all tests; fails below the coverage that pyproject.toml asks for
python scripts/test.py tests/test_data.py -k gain
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from environment import environment, run, say


def main(arguments: list[str]) -> int:
    python = environment("test", "-e .[test]", "coverage>=7.10")
    say("pytest " + " ".join(arguments))
    with tempfile.TemporaryDirectory() as folder:
        data = f"--data-file={Path(folder) / 'coverage'}"
        status = run(python, "-m", "coverage", "run", data, "-m", "pytest", *arguments)
        if status or arguments:
            return status
        say("Coverage of pytest_aigen by its own tests")
        return run(python, "-m", "coverage", "combine", "--quiet", data, folder) or run(
            python, "-m", "coverage", "report", data
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
