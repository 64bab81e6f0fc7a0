"""Whether Python imports a source file from where it stands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_aigen.data import Hurdle
from pytest_aigen.sources import module_name
from pytest_aigen.whereabouts import hindrances


def made(root: Path, *files: str) -> None:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


@pytest.mark.parametrize(
    ("files", "on_path", "source", "hurdle"),
    [
        pytest.param(["here/afoot/__init__.py", "here/afoot/a.py"], ["here"], "here/afoot/a.py", None, id="package"),
        pytest.param(["here/afoot/__init__.py"], ["here"], "here/afoot/__init__.py", None, id="package itself"),
        pytest.param(["here/afoot_alone.py"], ["here"], "here/afoot_alone.py", None, id="module"),
        pytest.param(["here/afoot_space/b/__init__.py", "here/afoot_space/b/a.py"], ["here"], "here/afoot_space/b/a.py", None, id="namespace"),
        pytest.param(["here/afoot/__init__.py"], [], "here/afoot/__init__.py", Hurdle.NOT_FOUND, id="not on the path"),
        pytest.param(["src/afoot/__init__.py", "src/afoot/a.py"], ["."], "src/afoot/a.py", Hurdle.NOT_FOUND, id="src"),
        pytest.param(["here/afoot/a.py", "here/afoot/__init__.py", "other/afoot/__init__.py"], ["other", "here"], "here/afoot/a.py", Hurdle.ELSEWHERE, id="another copy"),
        pytest.param(["here/afoot_alone.py", "other/afoot_alone.py"], ["other", "here"], "here/afoot_alone.py", Hurdle.ELSEWHERE, id="another module"),
        pytest.param(["here/afoot/__init__.py", "other/afoot/__init__.py"], ["here", "other"], "here/afoot/__init__.py", None, id="this one first"),
        pytest.param(["here/afoot_space/b.py", "other/afoot_space/c.py"], ["other", "here"], "here/afoot_space/b.py", None, id="a namespace in two places"),
    ],
)  # fmt: skip
def test_hindrances(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: list[str],
    on_path: list[str],
    source: str,
    hurdle: Hurdle | None,
) -> None:
    made(tmp_path, *files)
    entries = [str((tmp_path / entry).resolve()) for entry in on_path]
    monkeypatch.setattr(sys, "path", [*entries, *sys.path])
    path = tmp_path / source
    found = hindrances({path: module_name(path, sys.path)})
    assert {place: obstacle.hurdle for place, obstacle in found.items()} == ({path: hurdle} if hurdle else {})


def test_what_is_imported_instead_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, "here/afoot/__init__.py", "other/afoot/__init__.py")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "other"), *sys.path])
    path = tmp_path / "here/afoot/__init__.py"
    assert hindrances({path: "afoot"})[path].detail == f"from {(tmp_path / 'other/afoot').resolve()}"


def test_a_name_that_a_finder_cannot_bear_is_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Finder:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> None:
            if name == "afoot_unbearable":
                raise RuntimeError(name)

    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    path = tmp_path / "afoot_unbearable.py"
    assert hindrances({path: "afoot_unbearable"}) == {}
