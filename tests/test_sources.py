"""Which files are sources, and under which name a test imports them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_aigen import sources
from pytest_aigen.errors import ConfigError


def tree(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", "utf-8")
    return root


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param(["pkg/__init__.py", "pkg/a.py", "tests/test_a.py"], ["pkg/__init__.py", "pkg/a.py"], id="flat"),
        pytest.param(["src/pkg/__init__.py", "src/pkg/a.py", "other/__init__.py"], ["src/pkg/__init__.py", "src/pkg/a.py"], id="src"),
        pytest.param(["src/ns/pkg/a.py"], ["src/ns/pkg/a.py"], id="namespace in src"),
        pytest.param(["mod.py", "setup.py", "conftest.py", "test_mod.py"], ["mod.py"], id="a single module"),
        pytest.param(["pkg/__init__.py", "pkg/tests/test_a.py", "pkg/tests/__init__.py"], ["pkg/__init__.py"], id="tests in the package"),
        pytest.param(["docs/conf.py", "build/lib/pkg/__init__.py", "examples/__init__.py"], [], id="nothing shipped"),
        pytest.param(["pkg/__init__.py", "env/pyvenv.cfg", "env/lib/x/__init__.py"], ["pkg/__init__.py"], id="an environment"),
        pytest.param(["my/pyvenv.cfg", "my/__init__.py", "a.py"], ["a.py"], id="an environment by its mark"),
        pytest.param(["pkg/__init__.py", "pkg/.hidden/a.py", "pkg/node_modules/x.py"], ["pkg/__init__.py"], id="hidden and foreign"),
        pytest.param(["loose/a.py"], [], id="a folder that is no package"),
        pytest.param(["ns/pkg/__init__.py", "ns/deep/er/__init__.py", "ns/loose.py"], ["ns/deep/er/__init__.py", "ns/pkg/__init__.py"], id="packages in a namespace"),
        pytest.param(["one/src/pkg/__init__.py", "one/setup.py", "one/tests/__init__.py"], ["one/src/pkg/__init__.py"], id="distributions in folders"),
    ],
)  # fmt: skip
def test_discover(tmp_path: Path, files: list[str], found: list[str]) -> None:
    root = tree(tmp_path, *files)
    assert [path.relative_to(root.resolve()).as_posix() for path in sources.discover(root)] == found


@pytest.mark.parametrize(
    ("mark", "found"),
    [
        pytest.param("pyproject.toml", ["pkg/__init__.py"], id="of-a-project"),
        pytest.param("notes.txt", ["tests/helper.py"], id="a-project-that-is-called-so"),
    ],
)
def test_discover_from_a_folder_of_tests_that_is_the_root(
    tmp_path: Path, mark: str, found: list[str]
) -> None:
    root = tree(tmp_path, mark, "pkg/__init__.py", "tests/helper.py", "tests/test_a.py", "tests/pytest.ini")
    discovered = sources.discover(root / "tests")
    assert [path.relative_to(root.resolve()).as_posix() for path in discovered] == found


def test_discover_below_pythonpath(tmp_path: Path) -> None:
    root = tree(
        tmp_path, "one/a.py", "one/test_a.py", "two/pkg/__init__.py", "tests/own/b.py", "c.py", "lib/d.py"
    )
    places = [root / "one", root / "two", root / "tests/own", root, tmp_path.parent]
    found = [path.relative_to(root.resolve()).as_posix() for path in sources.discover(root, places)]
    assert found == ["c.py", "two/pkg/__init__.py", "one/a.py"]


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        pytest.param(
            "pkg", ["pkg/__init__.py", "pkg/a.py", "pkg/sub/b.py"], id="a folder, without its tests"
        ),
        pytest.param("pkg/a.py", ["pkg/a.py"], id="a file"),
        pytest.param("pkg/tests/test_a.py", ["pkg/tests/test_a.py"], id="a test that is named is wanted"),
        pytest.param("inner", ["src/inner/__init__.py"], id="a package in src by its name"),
        pytest.param("pkg.a", ["pkg/a.py"], id="a module by its name"),
    ],
)
def test_named(tmp_path: Path, entry: str, found: list[str]) -> None:
    root = tree(
        tmp_path,
        "pkg/__init__.py",
        "pkg/a.py",
        "pkg/sub/b.py",
        "pkg/tests/test_a.py",
        "src/inner/__init__.py",
    )
    files = sources.source_files([entry], root=root, cwd=root, sys_path=[], option="--ai-gen-source")
    assert [path.relative_to(root.resolve()).as_posix() for path in files] == found


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        pytest.param(
            ["pkg", "nowhere", "src/gone"], ["pkg/__init__.py"], id="what is not there is passed over"
        ),
        pytest.param(["nowhere"], [], id="nothing is there"),
        pytest.param(["tests", "pkg"], ["pkg/__init__.py"], id="tests are no sources"),
        pytest.param(["test"], [], id="Python's own package of that name"),
        pytest.param(["README"], [], id="no Python file"),
    ],
)
def test_configured(tmp_path: Path, entries: list[str], found: list[str]) -> None:
    """As in coverage.py's configuration, where no entry is a mistake."""
    root = tree(tmp_path, "pkg/__init__.py", "tests/__init__.py", "tests/tools.py", "README")
    files = sources.source_files(entries, root=root, cwd=root, sys_path=[])
    assert [path.relative_to(root.resolve()).as_posix() for path in files] == found


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("nowhere", "--ai-gen-source: there is no file, folder or package 'nowhere'"),
        ("no/such.py", "there is no file, folder or package"),
        ("pkg.missing", "there is no file, folder or package"),
        ("notes.txt", "neither a folder nor a Python file"),
    ],
)
def test_named_refused(tmp_path: Path, entry: str, message: str) -> None:
    root = tree(tmp_path, "pkg/__init__.py", "notes.txt")
    with pytest.raises(ConfigError, match=message):
        sources.source_files([entry], root=root, cwd=root, sys_path=[], option="--ai-gen-source")


@pytest.mark.parametrize(
    ("files", "path", "on_path", "name"),
    [
        pytest.param(["pkg/__init__.py"], "pkg/a.py", ["."], "pkg.a", id="module"),
        pytest.param(["pkg/__init__.py"], "pkg/__init__.py", ["."], "pkg", id="package"),
        pytest.param(["src/pkg/__init__.py"], "src/pkg/a.py", [], "pkg.a", id="src that is not on the path"),
        pytest.param(["src/ns/pkg/__init__.py"], "src/ns/pkg/a.py", ["src"], "ns.pkg.a", id="namespace"),
        pytest.param(["a.py"], "a.py", [], "a", id="a single module"),
        pytest.param(
            ["my-dir/pkg/__init__.py"], "my-dir/pkg/a.py", ["."], "pkg.a", id="a folder that is no name"
        ),
    ],
)
def test_module_name(tmp_path: Path, files: list[str], path: str, on_path: list[str], name: str) -> None:
    root = tree(tmp_path.resolve(), *files, path)
    assert sources.module_name(root / path, [str(root / place) for place in on_path]) == name
