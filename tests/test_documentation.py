"""The documentation: its links hold, and the tutorial does what it says."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "changelog" / "README.md",
        *(p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts),
    ]
)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _tokens(page: Path) -> Iterator[Token]:
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(page.read_text("utf-8")):
        yield token
        yield from token.children or ()


def links(page: Path) -> list[str]:
    """Where a page leads to: links and pictures."""
    found = (token.attrs.get("href") or token.attrs.get("src") for token in _tokens(page))
    return [str(place) for place in found if place]


def anchors(page: Path) -> set[str]:
    """Headings as GitHub and MyST name them."""
    tokens = list(_tokens(page))
    titles = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def wrong(page: Path) -> Iterator[str]:
    """Links of a page that lead nowhere; of those that leave the project, those that are no addresses."""
    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            if parts.scheme not in ("https", "http") or not re.fullmatch(
                r"[\w.-]+\.\w+|localhost", parts.hostname or ""
            ):
                yield link
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if not target.exists() or not target.is_relative_to(ROOT):
            yield link
        elif parts.fragment and target.suffix == ".md" and parts.fragment not in anchors(target):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_somewhere(page: Path) -> None:
    assert list(wrong(page)) == []


@pytest.mark.parametrize(
    "link",
    [
        "no-page.md",
        "#no-such-heading",
        "other.md#nothing",
        "htps://example.org",
        "https://x y",
        "/etc/passwd",
        "../..",
    ],
)
def test_a_link_that_is_wrong(tmp_path: Path, link: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n[x](<{link}>)\n", "utf-8")
    (tmp_path / "other.md").write_text("# Other\n", "utf-8")
    assert list(wrong(page)) != []


def test_every_page_is_in_the_index() -> None:
    """Sphinx warns of one that is not; here it is seen without building."""
    index = (ROOT / "docs/index.md").read_text("utf-8")
    pages = [
        p.relative_to(ROOT / "docs").with_suffix("").as_posix()
        for p in PAGES
        if p.is_relative_to(ROOT / "docs")
    ]
    assert [
        page for page in pages if page != "index" and not re.search(rf"^{page}$", index, re.MULTILINE)
    ] == []


def test_the_picture_loads_nothing_and_shows_a_run() -> None:
    picture = (ROOT / "docs/_static/terminal.svg").read_text("utf-8")
    root = ElementTree.fromstring(picture)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} & {
        "script",
        "image",
        "foreignObject",
    } == set()
    assert set(re.findall(r"https?://[^\"' ]+", picture)) == {
        "http://www.w3.org/2000/svg",
        "https://www.textualize.io",
    }
    shown = unescape("".join(root.itertext())).replace("\xa0", " ")
    script = (ROOT / "scripts/picture.py").read_text("utf-8")
    command = " ".join(re.findall(r'"([^"]+)"', re.findall(r"^COMMAND = (.*)$", script, re.MULTILINE)[0]))
    assert f"$ {command}" in shown
    assert re.search(r"\d+ passed", shown)


# ----------------------------------------------------------------------------------------------- the tutorial

TUTORIAL = ROOT / "docs/tutorial.md"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None or sys.platform == "win32", reason="bash")
def test_the_tutorial(tmp_path: Path) -> None:
    """Its files and its commands, copied and pasted."""
    text = TUTORIAL.read_text("utf-8")
    for name, code in re.findall(
        r"`([\w/.]+\.py)`:\n\n```py(?:thon)?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, "utf-8")
    said: dict[str, str] = {}
    for command in re.findall(r"^\$ (.*)$", text, re.MULTILINE):
        if not command.startswith("pip "):
            said[command] = _shell(command, tmp_path)
            changed = _shell("git status --porcelain", tmp_path)
            assert ("test_prices" in changed) == ("pytest --ai-gen --ai-gen-engine=explore" in said), command
    plan, diff, write, shown, plain = (said[command] for command in list(said)[1:])
    assert "prices.py::shipping" in plan
    assert "+def test_" in diff
    assert re.search(r"^added \d+ tests", write, re.MULTILINE)
    assert "+def test_" in shown
    assert "-    assert discount(1000, 10) == 900" not in shown
    assert int(re.findall(r"(\d+) passed", plain)[0]) > 1


def _shell(command: str, folder: Path) -> str:
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("GIT_", "PYTEST_", "COVERAGE_", "COV_", "CI"))
    }
    who = {
        f"GIT_{role}_{what}": "a@b.invalid" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    addopts = "-p no:randomly -p no:sugar --basetemp=" + str(folder.parent / "temp")
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False,
        env={**kept, **who, "PATH": path, "PYTEST_ADDOPTS": addopts, "GIT_PAGER": "cat"},
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", ["options", "json-report"])
def test_tables_are_as_generated(page: str) -> None:
    """Where this fails: cog -r docs/reference/options.md docs/reference/json-report.md"""
    text = (ROOT / f"docs/reference/{page}.md").read_text("utf-8")
    [name] = re.findall(r"^from (\w+) import table$", text, re.MULTILINE)
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / f"{name}.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in text


# ---------------------------------------------------------------------------------------- the configurations

CONFIGURATIONS = ROOT / "docs/reference/configurations.md"
#: Where no other file is named.
USUAL_FILE = "tests/plugin/test_configurations.py"


def shown_by(page: str) -> list[str]:
    """The second cell of each row of its tables."""
    rows = re.findall(r"^\|[^|]+\| (.+) \|$", page, re.MULTILINE)
    return [cell for cell in rows if cell != "Shown by"]


def unknown(cell: str) -> Iterator[str]:
    """What a cell names that is not there: tests, their rows, environments; all of a cell that names nothing."""
    tox = (ROOT / "tox.ini").read_text("utf-8")
    named = re.findall(r"`([^`]+)`", cell)
    if not named and not cell.startswith("not tested"):
        yield cell
    for name in named:
        if test := re.fullmatch(r"(tests/\S+\.py)?::(\w+)(?:\[(.+)\])?", name):
            path = ROOT / (test[1] or USUAL_FILE)
            tree = ast.parse(path.read_text("utf-8")) if path.is_file() else ast.Module([], [])
            functions = {n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}
            texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
            if test[2] not in functions or (test[3] and test[3] not in texts):
                yield name
        elif environment := re.fullmatch(r"tox -e ([\w-]+)", name):
            of_all = re.sub(r"py3\d+-", "py3{10,11,12,13}-", environment[1])
            if f"    {of_all}\n" not in tox:
                yield name
        elif not cell.startswith("not tested") and not (ROOT / name).exists() and name != "fork":
            yield name


def test_each_configuration_names_its_test() -> None:
    cells = shown_by(CONFIGURATIONS.read_text("utf-8"))
    assert len(cells) > 50
    assert [name for cell in cells for name in unknown(cell)] == []


def test_each_repository_is_in_the_table() -> None:
    page = CONFIGURATIONS.read_text("utf-8")
    for name in (USUAL_FILE, "tests/plugin/test_real_plugins.py"):
        tables = [
            node.value
            for node in ast.parse((ROOT / name).read_text("utf-8")).body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        ]
        rows = [ast.literal_eval(key) for table in tables for key in table.keys if key is not None]
        assert rows
        assert [row for row in rows if f"[{row}]`" not in page] == []


@pytest.mark.parametrize(
    "cell",
    [
        "it works",
        "`::test_no_such`",
        "`tests/no_such.py::test_x`",
        "`::test_tests_are_added_and_the_suite_passes[no such row]`",
        "`tox -e no-such`",
        "`tests/no_such_folder`",
    ],
)
def test_a_cell_that_is_wrong(cell: str) -> None:
    assert list(unknown(cell)) != []
