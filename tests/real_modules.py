"""Test modules of well-known packages, out of their source distributions.

An archive is fetched once, by pip, from the index that pip is configured for, and kept below ``.work/packages`` or in
the folder that AIGEN_TEST_PACKAGES names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

CACHE = Path(os.environ.get("AIGEN_TEST_PACKAGES") or Path(__file__).parent.parent / ".work" / "packages")
#: What pip says where there is no index, or none that answers.
_NO_INDEX = re.compile(
    r"No matching distribution|Connection|timed out|Name or service|name resolution|SSLError"
)

#: A release, and how many test modules it has.
PACKAGES = {
    "attrs==24.2.0": 25,
    "black==24.8.0": 10,
    "click==8.1.7": 20,
    "flask==3.0.3": 26,
    "httpx==0.27.2": 31,
    "jinja2==3.1.4": 22,
    "networkx==3.3": 258,
    "packaging==24.1": 11,
    "pluggy==1.5.0": 8,
    "pytest==8.3.3": 119,
    "requests==2.32.3": 9,
    "sphinx==8.0.2": 129,
    "starlette==0.41.2": 29,
    "tornado==6.4.1": 33,
    "trio==0.27.0": 51,
    "urllib3==2.2.3": 30,
    "werkzeug==3.0.4": 25,
}


def test_modules(requirement: str) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Path within the archive and bytes of each test module of a package; skips the test where no index answers."""
    with tarfile.open(_archive(requirement)) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if member.isfile() and re.fullmatch(r"test_\w+\.py|\w+_test\.py", path.name):
                file = archive.extractfile(member)
                assert file is not None
                yield path, file.read()


test_modules.__test__ = False  # type: ignore[attr-defined]


def _archive(requirement: str) -> Path:
    name, _, version = requirement.partition("==")
    kept = CACHE / f"{name}-{version}.tar.gz"
    if kept.exists():
        return kept
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        done = subprocess.run(
            [*pip, "--no-binary", name, "--dest", folder, requirement],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            if _NO_INDEX.search(done.stderr):
                pytest.skip(f"pip gets no {requirement}: the package index cannot be reached")
            pytest.fail(f"pip download {requirement}:\n{done.stderr}", pytrace=False)
        (archive,) = Path(folder).glob("*.tar.gz")
        # In one step, for another process may look for it.
        shutil.move(archive, Path(folder) / kept.name)
        os.replace(Path(folder) / kept.name, kept)
    return kept
