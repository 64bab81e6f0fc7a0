"""Builds the context of a target from the source files, the coverage and what the session knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from pytest_aigen.context import definitions, evidence, examples, source
from pytest_aigen.context.suite import own_fixtures, visible_fixtures
from pytest_aigen.data import Context, Coverage, Gap, Observation, Suite, Target
from pytest_aigen.errors import WriteError


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
        is_private: Callable[[Path], bool] = lambda path: False,
        redacted: Callable[[str, str], str] = lambda text, place: text,
    ) -> None:
        """``texts`` of the source files, and ``modules``: their dotted names with their paths.

        Of private files nothing is shown, but of the target itself. ``redacted`` takes the secrets out of a text, given
        with its place: here no secret is cut in two yet.
        """
        self._is_private, self._redacted = is_private, redacted
        self._shown: dict[Path, str] = {}
        #: Test modules, as they are and as they are shown.
        self._tests: dict[Path, tuple[str, str]] = {}
        self._texts, self._modules, self._coverage, self._suite = texts, modules, coverage, suite
        self._root, self._read, self._nearest = root, read, nearest
        self._outlines: dict[Path, str] = {}
        self._names: dict[Path, Mapping[str, str]] = {}
        self._written: tuple[str, ...] | None = None
        #: Calls of the functions of a file, and those of them that may be told.
        self._seen: dict[Path, tuple[Observation, ...]] = {}
        self._told: dict[Path, tuple[Observation, ...]] = {}

    def __call__(self, target: Target, left: Gap) -> Context:
        gap, text = target.gap, self._text(target.gap.path)
        if gap.path not in self._outlines:
            is_package = gap.path.name == "__init__.py"
            self._outlines[gap.path] = source.outline(text, target.module, is_package=is_package)
            self._names[gap.path] = source.importable_names(text, target.module, is_package=is_package)
        near = self._nearest(self._coverage, gap.path, frozenset(range(gap.first, gap.last + 1)))
        if not near:
            near = self._nearest(self._coverage, gap.path, self._coverage.files[gap.path].executed)
        if gap.path not in self._seen:
            self._seen[gap.path] = seen = self._observations(gap.path)
            self._told[gap.path] = tuple(
                one for one in seen if evidence.is_written_in(one, self._all_written())
            )
        return Context(
            target=target,
            left=left,
            relative=_relative(gap.path, self._root),
            outline=self._outlines[gap.path],
            source="\n".join([source.marked(text, left), *source.branches_in_words(text, left)]),
            names=self._names[gap.path],
            definitions=definitions.definitions(
                [*source.used_names(text, gap), *source.used_attributes(text, gap)],
                target.module,
                self._text_of,
                is_package=self._is_package,
            ),
            examples=examples.examples(near, self._root, self._test_text),
            fixtures=tuple(
                fixture
                for fixture in visible_fixtures(self._suite, _relative(target.test_path, self._root))
                if not self._is_private(self._root / fixture.where)
            ),
            own_fixtures=own_fixtures(self._suite, _relative(target.test_path, self._root)),
            tools=self._suite.tools,
            evidence=evidence.evidence(
                text,
                left,
                self._told[gap.path],
                lambda line: self._tests_on(gap.path, line),
            ),
            observations=self._seen[gap.path],
        )

    def _observations(self, path: Path) -> tuple[Observation, ...]:
        """Calls of the functions of a file, but those with a secret."""
        seen = (one for one in self._suite.observations if one.path == path)
        return tuple(one for one in seen if self._redacted(one.text, "") == one.text)

    def _tests_on(self, path: Path, line: int) -> int:
        return sum(line in lines for lines in self._coverage.contexts.get(path, {}).values())

    def _all_written(self) -> tuple[str, ...]:
        """The sources, the test modules and their conftest files, without secrets and what is private."""
        if self._written is None:
            sources = [self._text(path) for path in self._texts if not self._is_private(path)]
            conftests = {path.with_name("conftest.py") for path in self._suite.modules}
            tests: list[str] = []
            for path in sorted({*self._suite.modules, *conftests}):
                with suppress(WriteError):
                    tests.append(self._test_text(path) or "")
            self._written = (*sources, *tests)
        return self._written

    def _text_of(self, module: str) -> str | None:
        path = self._modules.get(module)
        if path is None or path not in self._texts or self._is_private(path):
            return None
        return self._text(path)

    def _is_package(self, module: str) -> bool:
        path = self._modules.get(module)
        return path is not None and path.name == "__init__.py"

    def _text(self, path: Path) -> str:
        """A source file without its secrets; as it is where it would not be the same code without them."""
        if path not in self._shown:
            text = self._texts[path]
            shown = self._redacted(text, _relative(path, self._root))
            self._shown[path] = shown if shown == text or source.is_like(shown, text) else text
        return self._shown[path]

    def _test_text(self, path: Path) -> str | None:
        text = None if self._is_private(path) else self._read(path)
        if text is None:
            return None
        if self._tests.get(path, ("", ""))[0] != text:
            self._tests[path] = text, self._redacted(text, _relative(path, self._root))
        return self._tests[path][1]


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
