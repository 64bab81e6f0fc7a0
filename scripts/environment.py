"""A virtual environment of this checkout under ``.work/``: made once, made again when pyproject.toml or Python changes.

For the other scripts. Standard library only; Python 3.10 or newer.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".work"

if sys.version_info < (3, 10):  # noqa: UP036
    sys.exit("pytest-aigen needs Python 3.10 or newer, this is " + sys.version.split()[0])


def say(text: str) -> None:
    print(f"\n==> {text}", flush=True)


def run(*command: str | Path, cwd: Path = ROOT) -> int:
    """Run a command in a clean environment; its exit status."""
    return subprocess.run([str(part) for part in command], cwd=cwd, env=clean(), check=False).returncode


def output(*command: str | Path, cwd: Path = ROOT) -> str:
    """What a command prints; the script ends where it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=clean(), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\n{' '.join(map(str, command))}: exit status {done.returncode}")
    return done.stdout


def environment(name: str, *requirements: str) -> Path:
    """The interpreter of the environment ``.work/NAME`` that has these requirements."""
    folder = WORK / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "made-from"
    pyproject = (ROOT / "pyproject.toml").read_bytes()
    wanted = hashlib.sha256(repr((sys.version, str(ROOT), requirements, pyproject)).encode()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text("ascii") == wanted:
        return python
    say(f"Making {folder.relative_to(ROOT)} with {', '.join(requirements)}")
    if run(sys.executable, "-m", "venv", "--clear", folder):
        sys.exit("This Python cannot make a virtual environment; on Debian and Ubuntu install python3-venv.")
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    if run(*pip, *(part for item in requirements for part in item.split())):
        sys.exit("Installing failed, see above.")
    stamp.write_text(wanted, "ascii")
    return python


#: What would steer Python or git. And without bytecode pytest rewrites the asserts of all plugins at each start.
_STEERING = (
    *("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONDONTWRITEBYTECODE"),
    *("VIRTUAL_ENV", "GIT_DIR", "GIT_WORK_TREE"),
)


def clean() -> dict[str, str]:
    """The environment without what would steer pytest, coverage or Python, and without keys of model providers."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "COVERAGE_", "OPENAI_", "AZURE_OPENAI_", "API_KEY"))
        and name not in _STEERING
    }
