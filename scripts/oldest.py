"""Fail unless the oldest version that pyproject.toml allows of every dependency is what is installed: ``tox -e oldest``."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def newer(requirements: list[str]) -> list[str]:
    """What is wrong, a line for each requirement; those with a marker that does not hold here are passed over."""
    found = []
    for requirement in map(Requirement, requirements):
        if requirement.marker and not requirement.marker.evaluate():
            continue
        oldest = max(Version(part.version) for part in requirement.specifier if part.operator == ">=")
        installed = Version(version(requirement.name))
        if installed != oldest:
            found.append(f"{requirement.name} {installed} is installed, pyproject.toml allows {oldest}")
    return found


if __name__ == "__main__":
    wrong = newer(tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["dependencies"])
    sys.exit("\n".join(wrong) or None)
