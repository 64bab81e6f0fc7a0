"""Which test module the tests of a source file go to: a table for each rule, with real folders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen import placement
from pytest_aigen.data import Coverage, FileCoverage
from pytest_aigen.uses import uses

PKG = ("pkg/__init__.py", "pkg/core.py", "pkg/util.py", "pkg/a/__init__.py", "pkg/a/b.py", "pkg/a/c.py", "pkg/x/__init__.py", "pkg/x/b.py", "pkg/x/y/z.py", "pkg/build/tool.py", "pkg/_hidden.py")  # fmt: skip


class Layout:
    """A folder with these files; those with the name of a test module are its tests, the others its sources."""

    def __init__(self, root: Path, files: list[str] | dict[str, str], **options: Any) -> None:
        self.root = root
        texts = dict.fromkeys((*PKG, *files), "")
        texts.update(files if isinstance(files, dict) else {})
        for name, text in texts.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        reach = options.pop("reach", {})
        pattern = options.pop("is_test", r"(test_.*|.*_test|check_.*)\.py")
        tests = [root / n for n in texts if re.fullmatch(pattern, Path(n).name)]
        sources = {root / n: n.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".") for n in texts if n.startswith(("pkg", "src", "other")) and root / n not in tests}  # fmt: skip
        self.sources = {path: name for path, name in sources.items() if "test" not in name}
        folder = placement.tests_folder(tests, given=(), testpaths=options.get("testpaths", ()), root=root)
        there = placement.Repository(
            root=root, sources=self.sources, tests=tests, sys_path=[str(root)],
            read=lambda path: path.read_text() if path.exists() else None,
            **{"folder": folder, **options},
        )  # fmt: skip
        contexts: dict[Path, dict[str, frozenset[int]]] = {}
        for test, lines in reach.items():
            for name, number in lines.items():
                contexts.setdefault(root / name, {})[f"{test}::test"] = frozenset(range(number))
        files_ = {path: FileCoverage(path, frozenset(range(20)), frozenset()) for path in self.sources}
        self.choose = placement.TestModules(there, Coverage(files_, contexts))

    def place(self, name: str) -> str:
        path = self.root / name
        return self.choose(path, self.sources[path]).relative_to(self.root).as_posix()

    def packages(self, name: str) -> list[str]:
        self.place(name)
        folders = self.choose.packages.get(self.choose(self.root / name, ""), ())
        return [folder.relative_to(self.root).as_posix() for folder in folders]


# ------------------------------------------------------------------------------------------------- that is there


@pytest.mark.parametrize(
    ("files", "reach", "expected"),
    [
        pytest.param(["tests/test_x.py"], {"tests/test_x.py": {"pkg/a/b.py": 5}}, "tests/test_x.py", id="the one that reaches it"),
        pytest.param(["tests/test_all.py", "tests/test_x.py"], {"tests/test_all.py": {"pkg/a/b.py": 6, "pkg/core.py": 20, "pkg/util.py": 20}, "tests/test_x.py": {"pkg/a/b.py": 5}}, "tests/test_x.py", id="not the one that reaches everything"),
        pytest.param(["tests/test_all.py"], {"tests/test_all.py": {"pkg/a/b.py": 15, "pkg/core.py": 20, "pkg/util.py": 20, "pkg/x/b.py": 20}}, "tests/test_all.py", id="that one, if it reaches most of the file"),
        pytest.param(["tests/test_core.py"], {"tests/test_core.py": {"pkg/a/b.py": 2, "pkg/core.py": 20}}, "tests/a/test_b.py", id="not one that comes by"),
        pytest.param(["tests/test_x.py", "tests/a/test_b.py"], {"tests/test_x.py": {"pkg/a/b.py": 15}}, "tests/test_x.py", id="before the one with its name"),
        pytest.param(["tests/a/test_b.py"], {}, "tests/a/test_b.py", id="the one with its name"),
        pytest.param(["tests/test_b.py", "tests/x/test_b.py"], {}, "tests/test_b.py", id="the other b has its own"),
        pytest.param(["tests/x/test_b.py"], {}, "tests/a/test_a_b.py", id="not that of another b"),
        pytest.param(["tests/deep/er/test_a_b.py"], {}, "tests/deep/er/test_a_b.py", id="further down"),
        pytest.param(["one/a/test_b.py", "two/a/test_b.py"], {}, "one/a/test_a_b.py", id="two of that name: neither"),
        pytest.param(["tests/unit/a/test_b.py", "tests/integration/a/test_b.py"], {}, "tests/unit/a/test_b.py", id="two of that name: the unit tests"),
    ],
)  # fmt: skip
def test_existing(tmp_path: Path, files: list[str], reach: dict[str, Any], expected: str) -> None:
    assert Layout(tmp_path, files, reach=reach).place("pkg/a/b.py") == expected


IMPORTS = "from pkg.a import b\nb.f(b.g())\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"tests/test_x.py": IMPORTS}, "tests/test_x.py", id="a module"),
        pytest.param({"tests/test_x.py": "from pkg.a.b import f\nf(1)\n"}, "tests/test_x.py", id="names of it"),
        pytest.param({"tests/test_x.py": "import pkg.a.b\npkg.a.b.f()\n"}, "tests/test_x.py", id="by its whole name"),
        pytest.param({"tests/test_x.py": "import pkg.a.b as it\nit.f()\n"}, "tests/test_x.py", id="by another name"),
        pytest.param({"tests/test_x.py": "def test():\n    from pkg.a.b import f\n    f()\n"}, "tests/test_x.py", id="within a test"),
        pytest.param({"pkg/a/test_x.py": "from .b import f\nf()\n"}, "pkg/a/test_x.py", id="relative"),
        pytest.param({"tests/test_x.py": "from pkg.a import b\n"}, "tests/a/test_b.py", id="not one that never uses it"),
        pytest.param({"tests/test_x.py": IMPORTS + "from pkg import core\n" + "core.f()\n" * 9}, "tests/a/test_b.py", id="not one that uses it by the way"),
        pytest.param({"tests/test_x.py": "import ("}, "tests/a/test_b.py", id="not one that Python cannot read"),
    ],
)  # fmt: skip
def test_without_contexts_imports_tell(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert Layout(tmp_path, files).place("pkg/a/b.py") == expected


@pytest.mark.parametrize(
    ("text", "mode", "expected"),
    [
        pytest.param("x = 1\n", 0o644, "tests/a/test_b.py", id="an ordinary one"),
        pytest.param("# Generated by tool. DO NOT EDIT.\n", 0o644, "tests/a/test_a_b.py", id="generated"),
        pytest.param("# @generated\n", 0o644, "tests/a/test_a_b.py", id="marked as generated"),
        pytest.param("x = 'do not edit'\n", 0o644, "tests/a/test_b.py", id="words in code"),
        pytest.param("x = 1\n", 0o444, "tests/a/test_a_b.py", id="read-only"),
    ],
)
def test_what_is_not_edited_is_not_chosen(tmp_path: Path, text: str, mode: int, expected: str) -> None:
    layout = Layout(tmp_path, {"tests/a/test_b.py": text})
    (tmp_path / "tests/a/test_b.py").chmod(mode)
    again = placement.TestModules(layout.choose.repository, layout.choose.coverage)
    found = again(tmp_path / "pkg/a/b.py", "pkg.a.b")
    assert found.relative_to(tmp_path).as_posix() == expected


def test_a_conftest_file_is_not_chosen(tmp_path: Path) -> None:
    layout = Layout(tmp_path, {"tests/conftest.py": IMPORTS}, is_test=r"conftest\.py")
    assert layout.place("pkg/a/b.py") == "tests/a/test_b.py"


# ------------------------------------------------------------------------------------------------- that is new


@pytest.mark.parametrize(
    ("files", "source", "expected"),
    [
        pytest.param([], "pkg/a/b.py", "tests/a/test_b.py", id="the first of all: mirrored"),
        pytest.param([], "pkg/core.py", "tests/test_core.py", id="the first of all, at the top"),
        pytest.param([], "pkg/__init__.py", "tests/test_pkg.py", id="a package"),
        pytest.param([], "pkg/_hidden.py", "tests/test_hidden.py", id="a private module"),
        pytest.param(["src/other/a/b.py"], "src/other/a/b.py", "tests/a/test_b.py", id="src layout"),
        pytest.param(["tests/test_core.py"], "pkg/a/b.py", "tests/a/test_b.py", id="nothing says flat"),
        pytest.param(["tests/a/test_c.py"], "pkg/a/b.py", "tests/a/test_b.py", id="mirrored"),
        pytest.param(["tests/a/test_c.py"], "pkg/x/y/z.py", "tests/x/y/test_z.py", id="mirrored, deep"),
        pytest.param(["tests/pkg/a/test_c.py"], "pkg/x/y/z.py", "tests/pkg/x/y/test_z.py", id="mirrored with the package"),
        pytest.param(["tests/unit/a/test_c.py"], "pkg/x/y/z.py", "tests/unit/x/y/test_z.py", id="mirrored below unit"),
        pytest.param(["tests/test_c.py"], "pkg/x/y/z.py", "tests/test_z.py", id="flat"),
        pytest.param(["tests/test_a_c.py"], "pkg/x/y/z.py", "tests/test_x_y_z.py", id="flat with folders in the name"),
        pytest.param(["tests/test_pkg_a_c.py"], "pkg/x/y/z.py", "tests/test_pkg_x_y_z.py", id="flat with the package in the name"),
        pytest.param(["pkg/a/tests/test_c.py"], "pkg/x/y/z.py", "pkg/x/y/tests/test_z.py", id="a folder within each package"),
        pytest.param(["pkg/a/test/test_c.py"], "pkg/x/y/z.py", "pkg/x/y/test/test_z.py", id="of the other name"),
        pytest.param(["pkg/tests/a/test_c.py"], "pkg/x/y/z.py", "pkg/tests/x/y/test_z.py", id="mirrored within the package"),
        pytest.param(["pkg/a/test_c.py"], "pkg/x/y/z.py", "pkg/x/y/test_z.py", id="beside the source"),
        pytest.param(["tests/a/c_test.py"], "pkg/a/b.py", "tests/a/b_test.py", id="names with _test"),
        pytest.param(["tests/unit/test_core.py", "tests/integration/test_core.py"], "pkg/util.py", "tests/unit/test_util.py", id="unit before integration"),
        pytest.param(["tests/integration/test_flow.py", "tests/unit/test_odd.py"], "pkg/util.py", "tests/unit/test_util.py", id="unit, where no name tells"),
        pytest.param(["tests/integration/test_core.py", "tests/integration/a/test_c.py", "tests/unit/test_odd.py"], "pkg/util.py", "tests/integration/test_util.py", id="what most tests do"),
        pytest.param(["tests/test_everything.py"], "pkg/a/b.py", "tests/a/test_b.py", id="a name that says nothing"),
        pytest.param(["one/test_core.py", "src/other/m.py", "two/test_m.py"], "pkg/util.py", "one/test_util.py", id="as the same package does"),
    ],
)  # fmt: skip
def test_new(tmp_path: Path, files: list[str], source: str, expected: str) -> None:
    assert Layout(tmp_path, files).place(source) == expected


@pytest.mark.parametrize(
    ("files", "options", "source", "expected"),
    [
        pytest.param([], {"patterns": ["check_*.py"]}, "pkg/a/b.py", "tests/a/check_b.py", id="python_files of its own"),
        pytest.param([], {"patterns": ["*_test.py"]}, "pkg/a/b.py", "tests/a/b_test.py", id="python_files without test_"),
        pytest.param(["tests/check_core.py"], {"patterns": ["test_*.py", "check_*.py"]}, "pkg/util.py", "tests/check_util.py", id="the pattern that is used"),
        pytest.param(["tests/a/test_c.py"], {"norecurse": ["build"]}, "pkg/build/tool.py", "tests/test_tool.py", id="a folder that pytest passes by"),
        pytest.param(["tests/a/test_c.py"], {}, "pkg/build/tool.py", "tests/build/test_tool.py", id="one that it does not pass by"),
        pytest.param(["tests/x/test_b.py"], {}, "pkg/a/b.py", "tests/a/test_a_b.py", id="prepend: a name only once"),
        pytest.param(["tests/x/test_b.py"], {"import_mode": "importlib"}, "pkg/a/b.py", "tests/a/test_b.py", id="importlib: a name in each folder"),
        pytest.param(["tests/__init__.py", "tests/x/__init__.py", "tests/x/test_b.py"], {}, "pkg/a/b.py", "tests/a/test_b.py", id="packages: a name in each folder"),
        pytest.param(["tests/test_b.py", "tests/test_z.py"], {}, "pkg/x/b.py", "tests/test_x_b.py", id="flat: the name is taken"),
    ],
)  # fmt: skip
def test_new_as_pytest_wants_it(
    tmp_path: Path, files: list[str], options: dict[str, Any], source: str, expected: str
) -> None:
    assert Layout(tmp_path, files, **options).place(source) == expected


def test_only_within_the_folders_on_the_command_line(tmp_path: Path) -> None:
    """A package that ships tests of its own, which the command line leaves out."""
    files = [
        "pkg/one.py",
        "pkg/two.py",
        "pkg/tests/__init__.py",
        "pkg/tests/test_one.py",
        "pkg/tests/test_two.py",
    ]
    (tmp_path / "tests").mkdir()
    given = Layout(tmp_path, files, given=[tmp_path / "tests"], folder=tmp_path / "tests")
    assert [given.place("pkg/one.py"), given.place("pkg/two.py")] == [
        "tests/test_one.py",
        "tests/test_two.py",
    ]
    assert Layout(tmp_path, files).place("pkg/one.py") == "pkg/tests/test_one.py"


def test_new_within_testpaths(tmp_path: Path) -> None:
    files = ["pkg/a/tests/test_c.py"]
    inside = Layout(tmp_path, files, testpaths=[tmp_path / "checks"], folder=tmp_path / "checks")
    assert inside.place("pkg/x/y/z.py") == "checks/x/y/test_z.py"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param([], "mine/a/test_b.py", id="mirrored"),
        pytest.param(["tests/test_z.py"], "mine/test_b.py", id="flat, as the repository is"),
        pytest.param(["pkg/a/tests/test_c.py"], "mine/a/test_b.py", id="not within the package"),
        pytest.param(["tests/a/test_b.py"], "tests/a/test_b.py", id="one that exists comes first"),
    ],
)
def test_a_folder_that_the_user_named(tmp_path: Path, files: list[str], expected: str) -> None:
    assert Layout(tmp_path, files, folder=tmp_path / "mine", fixed=True).place("pkg/a/b.py") == expected


@pytest.mark.parametrize(
    ("files", "source", "expected"),
    [
        pytest.param(["tests/x/test_b.py"], "pkg/a/c.py", [], id="no package anywhere"),
        pytest.param(["tests/__init__.py", "tests/x/__init__.py", "tests/x/test_b.py"], "pkg/a/c.py", ["tests/a"], id="as the folder beside it"),
        pytest.param(["tests/__init__.py", "tests/x/test_b.py"], "pkg/a/c.py", [], id="not if the folder beside it is none"),
        pytest.param(["tests/__init__.py", "tests/test_core.py", "tests/x/__init__.py", "tests/x/test_b.py"], "pkg/x/y/z.py", ["tests/x/y"], id="as the folder above it"),
        pytest.param(["tests/__init__.py", "tests/a/__init__.py", "tests/a/test_b.py"], "pkg/x/y/z.py", ["tests/x", "tests/x/y"], id="each on the way"),
        pytest.param(["pkg/a/tests/__init__.py", "pkg/a/tests/test_b.py"], "pkg/x/b.py", ["pkg/x/tests"], id="within the package"),
        pytest.param(["tests/__init__.py", "tests/test_core.py"], "pkg/util.py", [], id="a folder that is there"),
    ],
)  # fmt: skip
def test_new_packages(tmp_path: Path, files: list[str], source: str, expected: list[str]) -> None:
    assert Layout(tmp_path, files).packages(source) == expected


@pytest.mark.parametrize(
    ("files", "source", "expected"),
    [
        pytest.param([], "pkg/util.py", ["tests"], id="the folder of the first tests"),
        pytest.param([], "pkg/x/y/z.py", ["tests", "tests/x", "tests/x/y"], id="each on the way"),
        pytest.param(["tests/data.txt"], "pkg/util.py", ["tests"], id="a folder that is there"),
        pytest.param(["tests/__init__.py"], "pkg/util.py", [], id="a package that is there"),
    ],
)
def test_new_packages_where_pytest_would_not_find_the_code(
    tmp_path: Path, files: list[str], source: str, expected: list[str]
) -> None:
    assert Layout(tmp_path, files, packaged=True).packages(source) == expected


def test_the_module_of_a_package_itself_where_its_name_is_taken(tmp_path: Path) -> None:
    there = Layout(tmp_path, ["other/__init__.py", "other/other.py"])
    assert [there.place(name) for name in ("other/other.py", "other/__init__.py")] == [
        "tests/test_other.py",
        "tests/test_other_init.py",
    ]


def test_two_new_modules_never_share_a_name(tmp_path: Path) -> None:
    layout = Layout(tmp_path, [])
    assert [layout.place(name) for name in ("pkg/a/b.py", "pkg/x/b.py", "pkg/a/b.py")] == [
        "tests/a/test_b.py", "tests/x/test_x_b.py", "tests/a/test_b.py",
    ]  # fmt: skip


def test_a_file_that_is_there_is_not_taken(tmp_path: Path) -> None:
    layout = Layout(tmp_path, ["tests/a/test_b.py"], is_test="none")
    assert layout.place("pkg/a/b.py") == "tests/a/test_a_b.py"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("from pkg.a.b import f as g\ng(g)", 2),
        ("from ..a.b import f\nf", 1),
        ("from .b import f\nf", 0),
        ("import pkg\npkg.a.b.f", 0),
    ],
)
def test_uses(text: str, count: int) -> None:
    assert uses(text, "pkg.tests.test_x", {"pkg.a.b": Path("b.py")})[Path("b.py")] == count


@pytest.mark.parametrize(
    ("existing", "folders", "given", "testpaths", "chosen"),
    [
        pytest.param(
            ["t/test_a.py", "t/deep/test_b.py"], [], [], [], "t", id="where tests are, the upper one"
        ),
        pytest.param([], ["tests"], ["tests"], [], "tests", id="given on the command line"),
        pytest.param([], ["checks", "tests"], [], ["checks"], "checks", id="testpaths"),
        pytest.param([], ["test"], [], [], "test", id="a folder by its name"),
        pytest.param(
            [], ["pkg"], ["pkg"], [], "tests", id="a package on the command line is no tests folder"
        ),
        pytest.param([], [], [], [], "tests", id="none yet"),
    ],
)
def test_folder(
    tmp_path: Path,
    existing: list[str],
    folders: list[str],
    given: list[str],
    testpaths: list[str],
    chosen: str,
) -> None:
    root = tmp_path
    for name in folders:
        (root / name).mkdir()
    found = placement.tests_folder(
        [root / e for e in existing],
        given=[root / g for g in given],
        testpaths=[root / t for t in testpaths],
        root=root,
    )
    assert found == root / chosen
