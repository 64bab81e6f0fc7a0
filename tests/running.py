"""Runs what was generated, in a pytest of its own that knows nothing of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def passed(folder: Path) -> set[str]:
    """Node ids of the tests of a folder, all of which pass; AssertionError with what pytest says if one does not."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-rA",
        "-q",
        "-c",
        "/dev/null",
        "--rootdir",
        str(folder),
        str(folder),
    ]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-p", "no:aigen"],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {line.removeprefix("PASSED ") for line in done.stdout.splitlines() if line.startswith("PASSED ")}
