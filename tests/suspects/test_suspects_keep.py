"""Suspects as files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.data import Candidate, Contract, Gap, Refusal, Rejected, Suspect, Target
from pytest_aigen.suspects import keep

CODE = "from pkg.a import f\n\n\ndef test_f():\n    assert f(1) == 2\n"


def suspect(root: Path, code: str = CODE, name: str = "test_f", text: str = "Twice.") -> Suspect:
    gap = Gap(root / "src/pkg/a.py", "f", 1, 9, frozenset({2}))
    target = Target(gap, "pkg.a", root / "tests/unit/test_a.py")
    rejected = Rejected(Candidate(target, name, code, "llm"), Refusal("suspect", "no"))
    return Suspect(rejected, Contract("docstring", text), "2", "3", None, "f(1)")


def test_the_whole_file(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    given = suspect(tmp_path, f"from __future__ import annotations\n{CODE}", text=">>> f(1)\n2\x1b[1m")
    ((kept,), notes) = keep.kept([replace(given, said="it is\nwrong")], root=tmp_path)
    assert notes == []
    assert kept.path == tmp_path / ".pytest_aigen/suspects/suspect_pkg_a_f_test_f.py"
    golden("suspects/file.py", kept.path.read_text("utf-8"))


def test_it_finds_the_project_and_its_fixtures(tmp_path: Path) -> None:
    for name, text in {
        "src/pkg/__init__.py": "",
        "src/pkg/a.py": "def f(x):\n    return x + x + 1\n",
        "tests/conftest.py": "import pytest\n\n@pytest.fixture\ndef one():\n    return 1\n",
        "tests/unit/conftest.py": "import pytest\n\n@pytest.fixture\ndef two():\n    return 2\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    code = CODE.replace("test_f()", "test_f(one, two)").replace("f(1) == 2", "f(one) == two")
    ((kept,), _) = keep.kept([suspect(tmp_path, code)], root=tmp_path)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--rootdir={tmp_path}"]
    done = subprocess.run([*command, str(kept.path)], cwd=tmp_path, capture_output=True, text=True)
    assert "assert 3 == 2" in done.stdout
    done = subprocess.run([*command, "-o", "norecursedirs=x"], cwd=tmp_path, capture_output=True, text=True)
    assert "no tests ran" in done.stdout


def test_names(tmp_path: Path) -> None:
    several = [
        suspect(tmp_path),
        suspect(tmp_path),
        suspect(tmp_path, name="TestA::test_b"),
        suspect(tmp_path, name="test_" + "x" * 300),
        suspect(tmp_path, name="test_ä"),
    ]
    found, _ = keep.kept(several, root=tmp_path)
    names = [one.path.name for one in found if one.path]
    assert names[:3] == ["suspect_pkg_a_f_test_f.py", "suspect_pkg_a_f_test_f_2.py", "suspect_pkg_a_f_TestA_test_b.py"]  # fmt: skip
    assert len(names[3]) < 130
    assert len(set(names)) == 5
    again, _ = keep.kept(several, root=tmp_path)
    assert [one.path for one in again] == [one.path for one in found]
    assert sorted(p.name for p in (tmp_path / ".pytest_aigen/suspects").iterdir()) == sorted(names)


def test_the_same_again_is_not_written_again(tmp_path: Path) -> None:
    ((kept,), _) = keep.kept([suspect(tmp_path)], root=tmp_path)
    assert kept.path is not None
    before = kept.path.stat().st_ino
    keep.kept([suspect(tmp_path)], root=tmp_path)
    assert kept.path.stat().st_ino == before
    keep.kept([suspect(tmp_path, text="Thrice.")], root=tmp_path)
    assert "Thrice." in kept.path.read_text("utf-8")


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / ".pytest_aigen").write_text("a file", "utf-8")
    ((kept,), notes) = keep.kept([suspect(tmp_path)], root=tmp_path)
    assert kept.path is None
    assert len(notes) == 1
    assert notes[0].startswith("the suspect test_f could not be kept: ")


@pytest.mark.parametrize("text", ["a\u2028import os", "a\x0cimport os", "a\rimport os"])
def test_no_words_become_code(tmp_path: Path, text: str) -> None:
    given = suspect(tmp_path, text=text)
    source = keep.text(given, tmp_path / ".pytest_aigen/suspects/x.py", tmp_path)
    head = source.partition("\nimport sys")[0]
    assert all(not row or row.startswith("#") for row in head.split("\n"))
    assert "\nimport os" not in source
