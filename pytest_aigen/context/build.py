"""Builds the context of a target from the source files, the coverage and what the session knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pytest_aigen.context import definitions, examples, source
from pytest_aigen.context.suite import visible_fixtures
from pytest_aigen.data import Context, Coverage, Gap, Suite, Target


class Contexts:
    """Makes contexts; what all targets of one file share is made once."""

    def __init__(
        self,
        texts: Mapping[Path, str],
        modules: Mapping[str, Path],
        coverage: Coverage,
        suite: Suite,
        *,
        root: Path,
        read: Callable[[Path], str | None],
        nearest: Callable[[Coverage, Path, frozenset[int]], list[str]],
    ) -> None:
        """``texts`` of the source files, and ``modules``: their dotted names with their paths."""
        self._texts, self._modules, self._coverage, self._suite = texts, modules, coverage, suite
        self._root, self._read, self._nearest = root, read, nearest
        self._outlines: dict[Path, str] = {}
        self._names: dict[Path, Mapping[str, str]] = {}

    def __call__(self, target: Target, left: Gap) -> Context:
        gap, text = target.gap, self._texts[target.gap.path]
        if gap.path not in self._outlines:
            is_package = gap.path.name == "__init__.py"
            self._outlines[gap.path] = source.outline(text, target.module)
            self._names[gap.path] = source.importable_names(text, target.module, is_package=is_package)
        near = self._nearest(self._coverage, gap.path, frozenset(range(gap.first, gap.last + 1)))
        if not near:
            near = self._nearest(self._coverage, gap.path, self._coverage.files[gap.path].executed)
        return Context(
            target=target,
            left=left,
            relative=_relative(gap.path, self._root),
            outline=self._outlines[gap.path],
            source="\n".join([source.marked(text, left), *source.branches_in_words(text, left)]),
            names=self._names[gap.path],
            definitions=definitions.definitions(source.used_names(text, gap), target.module, self._text_of),
            examples=examples.examples(near, self._root, self._read),
            fixtures=visible_fixtures(self._suite, _relative(target.test_path, self._root)),
            tools=self._suite.tools,
        )

    def _text_of(self, module: str) -> str | None:
        path = self._modules.get(module)
        return self._texts.get(path) if path else None


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
