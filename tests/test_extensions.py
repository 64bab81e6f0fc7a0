"""What is registered at the start, and what is imported when."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest_aigen
from pytest_aigen.extensions import MODULES

PACKAGE = Path(pytest_aigen.__file__).parent
LATER = """
import sys
import pluggy, pytest
import pytest_aigen.session
from pytest_aigen.extensions import register_extensions
register_extensions(pluggy.PluginManager("pytest"))
before = set(sys.modules)
import pytest_aigen.generation
planned = set(sys.modules) - before
import pytest_aigen.explore.generator, pytest_aigen.generators.llm
from pytest_aigen import formatting, hurdles, pipeline, plan, running
later = set(sys.modules) - before
print("pytest_aigen.pipeline" in planned, "pytest_aigen.pipeline" in later)
print(*(name for name in later & sys.stdlib_module_names if not name.startswith("_")))
"""


def test_all_that_implement_a_hook_are_registered() -> None:
    modules = {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
        for path in PACKAGE.rglob("*.py")
        if re.search(r"^def pytest_aigen_", path.read_text("utf-8"), re.M) and path.stem != "hookspecs"
    }
    assert sorted(MODULES) == sorted(modules)


def test_what_is_imported_after_the_suite() -> None:
    """Where there is work only; and none of Python's own modules, whose names the project may have by then."""
    command = [sys.executable, "-c", LATER]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert output.splitlines() == ["False True", ""]
