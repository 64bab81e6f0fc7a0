"""The project's formatter and import sorter: whether they are asked, and what of their answers is taken."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_aigen import sorting
from pytest_aigen.formatting import Tool, formatted, tidied, tools

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BEFORE = """\
import os


def test_old():
    assert os.sep  == "/"
"""
TIDY = BEFORE.replace("  ==", " ==")
ADDED = """\


def test_new():
    assert json.loads( '[1]')==[1]
"""
ADDED_TIDY = """\


def test_new():
    assert json.loads("[1]") == [1]
"""


def merged(before: str) -> str:
    return before.replace("import os\n", "import json\nimport os\n") + ADDED


def project(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder / "tests" / "test_shop.py"


RUFF = {"pyproject.toml": "[tool.ruff]\nline-length = 100\n"}
BLACK = {"pyproject.toml": "[tool.black]\n"}
SORTED_TIDY = TIDY.replace("import os\n", "import json\nimport os\n") + ADDED_TIDY


@pytest.mark.parametrize(
    ("files", "before", "after"),
    [
        pytest.param(RUFF, TIDY, merged(TIDY)[: -len(ADDED)] + ADDED_TIDY, id="ruff"),
        pytest.param(
            {"ruff.toml": "line-length = 100\n"},
            TIDY,
            merged(TIDY)[: -len(ADDED)] + ADDED_TIDY,
            id="ruff-toml",
        ),
        pytest.param(BLACK, TIDY, merged(TIDY)[: -len(ADDED)] + ADDED_TIDY, id="black"),
        pytest.param(
            {".pre-commit-config.yaml": "repos:\n- repo: local\n  hooks:\n  - id: ruff-format\n"},
            TIDY,
            merged(TIDY)[: -len(ADDED)] + ADDED_TIDY,
            id="ruff-in-pre-commit",
        ),
        pytest.param(
            {"pyproject.toml": '[tool.ruff.lint]\nselect = ["I"]\n'}, TIDY, SORTED_TIDY, id="ruff-sorts-too"
        ),
        pytest.param(
            {"pyproject.toml": '[tool.black]\n[tool.isort]\nprofile = "black"\n'},
            TIDY,
            SORTED_TIDY,
            id="isort",
        ),
        pytest.param(
            {**BLACK, "setup.cfg": "[isort]\nprofile = black\n"}, TIDY, SORTED_TIDY, id="isort-in-setup-cfg"
        ),
        pytest.param({**BLACK, ".isort.cfg": "[settings]\n"}, TIDY, SORTED_TIDY, id="isort-cfg"),
        pytest.param(RUFF, TIDY.replace("\n", "\r\n"), None, id="crlf-stays"),
        pytest.param(RUFF, BEFORE, merged(BEFORE), id="was-not-formatted"),
        pytest.param({}, TIDY, merged(TIDY), id="no-formatter-in-this-project"),
        pytest.param(
            {"pyproject.toml": '[tool.ruff]\nextend-exclude = ["tests"]\n'}, TIDY, merged(TIDY), id="excluded"
        ),
        pytest.param({"pyproject.toml": "[tool.ruff\n"}, TIDY, merged(TIDY), id="broken-configuration"),
        pytest.param(
            {"pyproject.toml": "[tool.ruff]\nno-such-key = 1\n"}, TIDY, merged(TIDY), id="the-tool-fails"
        ),
        pytest.param(
            {"pyproject.toml": '[tool.isort]\nprofile = "black"\n'},
            TIDY.replace("import os", "import os\nimport abc"),
            merged(TIDY.replace("import os", "import os\nimport abc")),
            id="was-not-sorted",
        ),
    ],
)
def test_real_tools(tmp_path: Path, files: dict[str, str], before: str, after: str | None) -> None:
    path = project(tmp_path, {**files, "tests/test_shop.py": before})
    given = merged(before.replace("\r\n", "\n"))
    if after is None:
        given, after = (
            given.replace("\n", "\r\n"),
            (merged(TIDY)[: -len(ADDED)] + ADDED_TIDY).replace("\n", "\r\n"),
        )
    assert formatted(path, before, given, root=tmp_path) == after
    assert path.read_bytes() == before.encode(), "the tools write nothing"
    assert sorted(p.name for p in tmp_path.rglob("*")) == sorted({"tests", path.name, *files})


def test_a_new_module_is_formatted(tmp_path: Path) -> None:
    path = project(tmp_path, {"pyproject.toml": '[tool.black]\n[tool.isort]\nprofile = "black"\n'})
    assert formatted(path, None, f"import os\nimport json\n{ADDED}", root=tmp_path) == (
        f"import json\nimport os\n{ADDED_TIDY}"
    )


def test_the_nearest_configuration_counts(tmp_path: Path) -> None:
    path = project(tmp_path, {**RUFF, "tests/pyproject.toml": "[tool.black]\n"})
    assert [Path(tool.command[0]).stem for tool in tools(path, tmp_path)] == ["black"]
    assert list(tools(path, tmp_path / "elsewhere")) == []


OLD = "import a\nfrom b import c\n\nx = [ 1]\n"
NEW = OLD + "y = [ 2]\n"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(NEW.replace("[ 1]", "[1]"), id="changes-an-old-line"),
        pytest.param(NEW.replace("x = [ 1]\n", ""), id="drops-an-old-line"),
        pytest.param(NEW.replace("2", "3"), id="changes-what-ours-means"),
        pytest.param(NEW.replace("import a\n", "import a\nimport d\n"), id="adds-an-import"),
        pytest.param(NEW.replace("from b import c\n", ""), id="drops-an-import"),
        pytest.param(NEW + "(", id="does-not-parse"),
        pytest.param(NEW.replace("\n", "\r\n"), id="other-newlines"),
        pytest.param(None, id="fails"),
    ],
)
def test_answers_not_taken(answer: str | None) -> None:
    assert tidied(OLD, NEW, [lambda text: OLD if text == OLD else answer]) == NEW


def test_an_answer_taken() -> None:
    better = NEW.replace("[ 2]", "[2]").replace("import c", "import (\n    c,\n)")
    assert tidied(OLD, NEW, [lambda text: OLD if text == OLD else better]) == better
    assert tidied("", NEW, [lambda text: NEW.replace("[ ", "[")]) == NEW.replace("[ ", "[")
    assert tidied(OLD, NEW, [lambda text: text.replace("[ ", "[")]) == NEW, "it was not so before"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("/no/such/program",), id="missing"),
        pytest.param(("sh", "-c", "cat; exit 1"), id="exit-status"),
        pytest.param(("sh", "-c", "cat >/dev/null"), id="prints-nothing"),
        pytest.param(("sh", "-c", "cat >/dev/null; printf '\\377'"), id="no-utf-8"),
    ],
)
def test_a_tool_that_fails(tmp_path: Path, command: tuple[str, ...]) -> None:
    assert Tool(command, tmp_path)("x = 1\n") is None


RUFF_SORTS = '[tool.ruff.lint]\nselect = ["I"]\n[tool.ruff.lint.isort]\n'


SORTS = [
    RUFF_SORTS + "force-single-line = true",
    RUFF_SORTS + "force-sort-within-sections = true",
    RUFF_SORTS + "combine-as-imports = true\nlines-after-imports = 2",
    RUFF_SORTS + 'known-first-party = ["requests"]\nlines-between-types = 1',
    "[tool.isort]\nforce_single_line = true",
    '[tool.isort]\nprofile = "google"',
    '[tool.isort]\nprofile = "black"\nforce_sort_within_sections = true\nknown_first_party = ["requests"]',
]


@pytest.mark.parametrize("settings", SORTS, ids=lambda settings: settings.splitlines()[-1])
def test_what_was_sorted_stays_sorted(tmp_path: Path, settings: str) -> None:
    path = project(tmp_path, {"pyproject.toml": settings, "tests/test_shop.py": ""})
    (sorter,) = [t for t in tools(path, tmp_path) if "format" not in t.command]
    before = sorter("import os\nfrom json import loads\nimport requests\n\n\ndef test_old():\n    pass\n")
    assert before is not None
    given = before.replace("import loads\n", "import loads, dumps as d\nfrom shop import a\nimport abc\n")
    after = formatted(path, before, given, root=tmp_path)
    assert sorter(before) == before
    assert after != given
    assert sorter(after) == after


@pytest.mark.parametrize("settings", SORTS, ids=lambda settings: settings.splitlines()[-1])
def test_where_the_sorter_is_not_installed(tmp_path: Path, settings: str) -> None:
    """What stands in for it leaves what the real one, which is installed here, has nothing against."""
    path = project(tmp_path, {"pyproject.toml": settings, "tests/test_shop.py": ""})
    (real,) = [t for t in tools(path, tmp_path) if "format" not in t.command]
    ruff = tomllib.loads(settings)["tool"].get("ruff")
    stands_in = (
        sorting.by_isort(tmp_path, tmp_path) if ruff is None else sorting.by_ruff(ruff, tmp_path, path)
    )
    before = real("import os\nfrom json import loads\nimport requests\n\n\ndef test_old():\n    pass\n")
    assert before is not None
    given = before.replace("import loads\n", "import loads, dumps as d\nfrom shop import a\nimport abc\n")
    after = tidied(before, given, [stands_in])
    assert after != given
    assert real(after) == after


def test_what_stands_in_for_ruff_knows_the_package_of_the_tests(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": RUFF_SORTS,
        "tests/test_all/__init__.py": "",
        "tests/test_all/test_shop.py": "",
    }
    path = project(tmp_path, files).parent / "test_all/test_shop.py"
    before = "import requests\n\nfrom test_all import helpers\n\nx = 1\n"
    real, stands_in = next(tools(path, tmp_path)), sorting.by_ruff({}, tmp_path, path)
    assert stands_in(before) == real(before) == before


@pytest.mark.parametrize(
    ("before", "added", "after"),
    [
        pytest.param(
            "import json\n\nimport pytest\n\nx = 1\n",
            "import json\n\nimport pytest\nfrom gettext import find\n\nx = 1\n",
            "import json\nfrom gettext import find\n\nimport pytest\n\nx = 1\n",
            id="sections",
        ),
        pytest.param(
            "from json import dumps\nfrom json import loads\n\nx = 1\n",
            "from json import JSONDecoder, dumps\nfrom json import loads\n\nx = 1\n",
            "from json import JSONDecoder\nfrom json import dumps\nfrom json import loads\n\nx = 1\n",
            id="a-name-a-line",
        ),
        pytest.param(
            "import pytest\nimport json\n\nx = 1\n",
            "import pytest\nimport json\nimport abc\n\nx = 1\n",
            "import pytest\nimport json\nimport abc\n\nx = 1\n",
            id="in-no-order",
        ),
    ],
)
def test_imports_stay_in_the_order_in_which_they_stand(
    tmp_path: Path, before: str, added: str, after: str
) -> None:
    path = project(tmp_path, {"tests/test_shop.py": before})
    assert formatted(path, before, added, root=tmp_path) == after
