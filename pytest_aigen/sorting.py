"""Imports in the order of the project where its own sorter is not at hand: isort as a library, with its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

#: What ruff and isort call alike, but for hyphens.
_ALIKE = (
    "case-sensitive",
    "combine-as-imports",
    "force-single-line",
    "force-sort-within-sections",
    "known-first-party",
    "known-local-folder",
    "known-third-party",
    "lines-after-imports",
    "lines-between-types",
    "no-sections",
    "order-by-type",
    "single-line-exclusions",
    "split-on-trailing-comma",
)
#: Forms in which the imports of a project without settings may stand.
_USUAL: tuple[Mapping[str, Any], ...] = (
    {"profile": "black"},
    {},
    {"profile": "black", "force_single_line": True},
    {"profile": "black", "force_sort_within_sections": True},
    {"profile": "google"},
)

Answer = Callable[[str], "str | None"]


def by_isort(folder: Path, root: Path) -> Answer:
    """As isort would with the settings that it finds in a folder."""
    return _sorter(root, settings_path=str(folder))


def by_ruff(settings: Mapping[str, Any], root: Path, path: Path) -> Answer:
    """As near as isort comes to ruff's rule I001 with ruff's settings, for a module at that path."""
    lint = settings.get("lint", {})
    own = {**settings.get("isort", {}), **lint.get("isort", {})}
    alike = {name.replace("-", "_"): own[name] for name in _ALIKE if name in own}
    sources = [str(root / place) for place in settings.get("src", (".", "src"))]
    # To ruff, what shares a module's outermost package is always the project's own.
    package = [folder.name for folder in path.parents if (folder / "__init__.py").is_file()]
    alike["known_first_party"] = [*alike.get("known_first_party", ()), *package[-1:]]
    width = settings.get("line-length", 88)
    return _sorter(root, profile="black", line_length=width, src_paths=tuple(sources), **alike)


def as_it_is(before: str, root: Path) -> Answer | None:
    """As the imports of a text stand already; None where they stand in no usual order."""
    return next((answer for answer in _usual(root) if answer(before) == before), None)


def _usual(root: Path) -> Iterator[Answer]:
    for settings in _USUAL:
        yield _sorter(root, **settings)


def _sorter(root: Path, **settings: Any) -> Answer:
    settings.setdefault("src_paths", (str(root), str(root / "src")))

    def answer(text: str) -> str | None:
        import isort

        try:
            config = isort.Config(**settings)
            return isort.code(text, config=config)
        except Exception:  # of a setting or a module that it does not take
            return None

    return answer
