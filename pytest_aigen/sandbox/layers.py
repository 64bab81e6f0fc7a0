"""Which layers of the sandbox this machine offers, for who runs nothing: a plan."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_SCRIPT = """\
import sys
sys.path.append(sys.argv[1])
from pathlib import Path
from pytest_aigen.sandbox.allowances import parse
from pytest_aigen.sandbox.enter import Sandbox
print(*Sandbox(parse(sys.argv[3:], Path(sys.argv[2]))).layers, sep=chr(10))
"""


def layers_here(allow: Sequence[str], cwd: Path) -> tuple[str, ...]:
    """Their names; found out in an interpreter of its own, because that takes forks. Empty where it cannot be started."""
    command = [sys.executable, "-W", "ignore", "-c", _SCRIPT, str(_ROOT), str(cwd), *allow]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(done.stdout.splitlines())
