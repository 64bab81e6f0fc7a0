"""Asks git about a folder.

The repository is the one that the folder lies in, whatever ``GIT_DIR`` and its relatives say: git sets them for its
hooks.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

#: What would make git look elsewhere, or write something else; where the configuration is, it may say.
_STEERING = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_IMPLICIT_WORK_TREE", "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
)  # fmt: skip


def asked(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """What git says there, and its exit status. Raises OSError where it cannot be started."""
    environ = {name: value for name, value in os.environ.items() if name not in _STEERING}
    # Looking must not write an index, nor wait for one who does.
    environ |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
