"""What is installed, and in what two machines differ.

Runs as a script, too, in the interpreter that candidates would have: prints the inventory. Standard library only.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any, TypedDict

#: They install packages, and nothing imports them.
_INSTALLERS = ("pip", "uv", "wheel")
#: Of a project that is installed in editable mode: its code comes from the working tree.
EDITABLE = "editable"


class Inventory(TypedDict):
    python: str
    system: str
    #: Name of a distribution -> its version.
    packages: dict[str, str]


def here() -> Inventory:
    """That of this interpreter, by its path."""
    packages: dict[str, str] = {}
    for found in metadata.distributions():
        name = re.sub(r"[-_.]+", "-", str(found.metadata["Name"] or "")).lower()
        if name and name not in _INSTALLERS:
            packages.setdefault(name, EDITABLE if _is_editable(found) else found.version)
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "packages": packages,
    }


def of_candidates() -> Inventory:
    """That of the interpreters that this process would start for candidates."""
    done = subprocess.run(
        [sys.executable, __file__], stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    found: Inventory = json.loads(done.stdout.splitlines()[-1])
    return found


def differences(mine: Inventory, theirs: Inventory) -> list[str]:
    """In what they differ, in words; the Python first.

    >>> one = {"python": "CPython 3.12.1", "system": "Linux x86_64", "packages": {"attrs": "25.1", "six": "1.17"}}
    >>> differences(one, {**one, "python": "CPython 3.11.8"})
    ['CPython 3.12.1 here, CPython 3.11.8 there']
    >>> differences(one, {**one, "packages": {"attrs": "24.2", "tox": "4.1"}})
    ['attrs 25.1 here, 24.2 there', 'six 1.17 here, not there', 'tox 4.1 there, not here']
    """
    return [*_unlike(mine, theirs, ("python", "system")), *_packages(mine["packages"], theirs["packages"])]


def _unlike(mine: Mapping[str, Any], theirs: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    return [f"{mine[key]} here, {theirs[key]} there" for key in keys if mine[key] != theirs[key]]


def _packages(mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    found = []
    for name in sorted({*mine, *theirs}):
        one, other = mine.get(name), theirs.get(name)
        if one is None:
            found.append(f"{name} {other} there, not here")
        elif other is None:
            found.append(f"{name} {one} here, not there")
        elif one != other and EDITABLE not in (one, other):
            found.append(f"{name} {one} here, {other} there")
    return found


def _is_editable(found: metadata.Distribution) -> bool:
    try:
        told = json.loads(found.read_text("direct_url.json") or "{}")
        return bool(told.get("dir_info", {}).get("editable"))
    except (ValueError, AttributeError):
        return False


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file
    print(json.dumps(here()))
