"""Rules that hold for the project as a whole."""

from __future__ import annotations

import ast
import doctest
import importlib
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_aigen
from pytest_aigen import settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "pytest_aigen"
MODULES = sorted(PACKAGE.rglob("*.py"))
PAGES = sorted([ROOT / "README.md", *(p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts)])


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ---------------------------------------------------------------------------------------------- the tree


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_is_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 350


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "common", "base", "helpers", "helper", "misc"}
    assert [relative(p) for p in MODULES if {p.stem.strip("_"), p.parent.name} & empty] == []


@pytest.mark.parametrize("path", [p for p in MODULES if p.read_text("utf-8").strip()], ids=relative)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


def test_only_sources_are_tracked() -> None:
    """No environment, cache, log or build result is part of the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    waste = re.compile(
        r"(^|/)(site-packages|__pycache__|\.?venv|\.tox|\.work)(/|$)|pyvenv\.cfg$|\.(log|pyc|so)$"
    )
    assert [name for name in listed.stdout.splitlines() if waste.search(name)][:10] == []


# --------------------------------------------------------------------------------------- public interface


@pytest.mark.parametrize("module", ["data", "errors", "protocols"])
def test_public_classes_are_exported(module: str) -> None:
    """What an extension may need comes from the package itself."""
    source = importlib.import_module(f"pytest_aigen.{module}")
    public = {
        name
        for name, value in vars(source).items()
        if isinstance(value, type) and value.__module__.startswith(source.__name__) and name[0] != "_"
    }
    assert sorted(public - set(pytest_aigen.__all__)) == []


def test_exported_names_exist() -> None:
    assert [name for name in pytest_aigen.__all__ if not hasattr(pytest_aigen, name)] == []
    assert len(set(pytest_aigen.__all__)) == len(pytest_aigen.__all__)


def test_idle_plugin_imports_nothing_heavy(tmp_path: Path) -> None:
    """A session without --ai-gen pays for the options and nothing else."""
    tmp_path.joinpath("test_idle.py").write_text(
        "import sys\n"
        "def test_idle(pytestconfig):\n"
        "    assert pytestconfig.pluginmanager.has_plugin('aigen')\n"
        "    heavy = {'openai', 'libcst', 'tiktoken', 'coverage', 'asyncio', 'sqlite3', 'httpx', 'jinja2', 'rich', 'crosshair', 'z3', 'distributed', 'dask'}\n"
        "    assert sorted(heavy & set(sys.modules)) == []\n"
        "    ours = {name for name in sys.modules if name.startswith('pytest_aigen')}\n"
        "    assert len(ours) <= 8, sorted(ours)\n",
        "utf-8",
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE_", "COV_CORE_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "aigen", "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=tmp_path,
        env={**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# ------------------------------------------------------------------------------------------ documentation


def test_every_option_is_documented() -> None:
    """Where this fails: cog -r docs/reference/options.md"""
    spec = importlib.util.spec_from_file_location("options_table", ROOT / "scripts" / "options_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / "reference" / "options.md").read_text("utf-8")
    assert module.table() in page
    assert [f.name for f in settings.options() if f.metadata["flag"] not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_flags_and_keys_in_a_page_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    known = {f.metadata["flag"] for f in settings.options()} | {"--ai-gen"}
    assert sorted(set(re.findall(r"--ai-gen[\w-]*|--cov-target", text)) - known) == []
    keys = {settings.key(f) for f in settings.options()}
    for table in re.findall(r"^\[tool\.pytest-aigen\]\n((?:.*=.*\n|#.*\n)+)", text, re.MULTILINE):
        used = set(re.findall(r"^([\w-]+) *=", table, re.MULTILINE))
        assert sorted(used - keys) == []


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(code, id=f"{relative(page)}-{number}")
        for page in PAGES
        for number, code in enumerate(_blocks(page, "python"), 1)
    ],
)
def test_python_in_a_page_can_be_imported(code: str) -> None:
    """Examples of extensions are whole modules."""
    exec(compile(code, "example", "exec"), {"__name__": "example"})


def test_the_two_commands_are_the_same_everywhere() -> None:
    """What the README tells a newcomer is what runs in continuous integration."""
    commands = ["python scripts/demo.py", "python scripts/test.py"]
    readme = [line for block in _blocks(ROOT / "README.md", "sh") for line in block.splitlines()]
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    for command in commands:
        assert command in readme
        assert re.search(rf"(^ *|step \S+ ){re.escape(command)}(?= |$)", script, re.MULTILINE)
        assert (ROOT / command.split()[1]).is_file()


def test_changelog_fragments_are_of_a_known_kind() -> None:
    kinds = {"feature", "bugfix", "removal", "doc", "misc"}
    fragments = [p for p in (ROOT / "changelog").iterdir() if p.name != "README.md"]
    assert [p.name for p in fragments if p.name.split(".")[-2] not in kinds or p.suffix != ".md"] == []


EXAMPLES = [path for path in MODULES if ">>> " in path.read_text("utf-8")]


@pytest.mark.parametrize("path", EXAMPLES, ids=relative)
def test_examples_in_docstrings(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    done = doctest.testmod(importlib.import_module(name))
    assert done.attempted
    assert not done.failed
