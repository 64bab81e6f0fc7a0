"""Builds the context of a target from the source files, the coverage and what the session knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import ModuleType

from pytest_aigen.context import around, definitions, evidence, examples, info, installed, live, source, web
from pytest_aigen.context.suite import own_fixtures, visible_fixtures
from pytest_aigen.data import Context, Coverage, Fixture, Gap, Observation, Suite, Target
from pytest_aigen.errors import WriteError

#: Functions of the project, which tests and fixtures call, that are shown beside what the target itself calls.
_SET_UP = 3


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
        loaded: Mapping[str, ModuleType] | None = None,
        is_installed: Callable[[str], bool] = lambda package: True,
    ) -> None:
        """``texts`` of the source files, and ``modules``: their dotted names with their paths. ``loaded`` modules are
        asked where the sources do not tell where a name comes from, and for signatures of libraries.

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
        self._loaded = {} if loaded is None else loaded
        self._is_installed = is_installed
        self._project = definitions.Project(
            self._text_of, self._is_package, lambda module, name: live.origin(self._loaded, module, name)
        )
        self._packages = {module.partition(".")[0] for module in modules}
        self._handlers: web.Handlers | None = None
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
        words = self._words(text, target)
        undecided = [word for word in words if word in source.undecided(text)]
        near_by = examples.examples(near, self._root, self._test_text)
        near_tests = tuple(near_by)
        test_module = _relative(target.test_path, self._root)
        fixtures = tuple(
            fixture
            for fixture in visible_fixtures(self._suite, _relative(target.test_path, self._root))
            if not self._is_private(self._root / fixture.where)
        )
        read = around.relative_reader(self._root, self._test_text)
        mentions = [gap.qualname.partition(".")[0], target.module.rpartition(".")[2]]
        fixture_code = around.fixture_code(fixtures, near_tests, mentions, read)
        return Context(
            target=target,
            left=left,
            relative=_relative(gap.path, self._root),
            outline=self._outlines[gap.path],
            source="\n".join([source.marked(text, left), *source.branches_in_words(text, left)]),
            names=self._names[gap.path],
            definitions=self._definitions(
                text, target, words, self._set_up(target, near_tests, fixture_code, fixtures)
            ),
            examples=near_tests,
            fixtures=fixtures,
            own_fixtures=own_fixtures(self._suite, _relative(target.test_path, self._root)),
            tools=self._suite.tools,
            evidence=(
                *(
                    f"`{package}` is not installed"
                    for package in source.imported_packages(text)
                    if not self._is_installed(package)
                ),
                *live.states(self._loaded, target.module, undecided),
                *evidence.evidence(
                    text,
                    left,
                    self._told[gap.path],
                    lambda line: self._tests_on(gap.path, line),
                ),
            ),
            observations=self._seen[gap.path],
            test_module=test_module,
            helpers=tuple(self._helpers(near_by, test_module)),
            at_hand=around.at_hand(self._existing(target.test_path), near_tests),
            beside=self._existing(target.test_path),
            fixture_code=fixture_code,
            libraries=live.signatures(self._loaded, target.module, words, self._is_own)
            if target.module in self._loaded
            else installed.signatures(target.module, words, self._project, self._is_own),
            routes=self._routes(target, fixtures),
            markers=self._suite.markers,
            plugin_fixtures=self._suite.plugin_fixtures,
            look_up=partial(
                info.info,
                module=target.module,
                project=self._project,
                loaded=self._loaded,
                is_own=self._is_own,
            ),
        )

    def _is_own(self, module: str) -> bool:
        return module.partition(".")[0] in self._packages

    def _words(self, text: str, target: Target) -> list[str]:
        """What the function refers to; what the missing lines refer to comes first."""
        gap = target.gap
        missing = source.names_on(text, gap.lines | {branch[0] for branch in gap.branches})
        if gap.is_module_body:
            return sorted(missing)
        every = [
            *source.used_names(text, gap),
            *source.used_attributes(text, gap),
            *source.names_to_construct(text, gap),
        ]
        return sorted(dict.fromkeys(every), key=lambda name: name not in missing)

    def _helpers(self, examples: Mapping[str, str], test_module: str) -> Iterator[str]:
        """Of each module but the test's own that has examples, what these use of it."""
        for where in dict.fromkeys(examples.values()):
            if where != test_module:
                tests = [test for test, place in examples.items() if place == where]
                if rows := around.helpers(self._existing(self._root / where), tests):
                    yield f"# {where}\n{rows}"

    def _set_up(
        self, target: Target, tests: Sequence[str], code: Sequence[str], fixtures: Sequence[Fixture]
    ) -> Iterator[tuple[str, str]]:
        """What of the project the code of fixtures, and of tests in the module, uses, as module and name."""
        for where in dict.fromkeys(fixture.where for fixture in fixtures):
            pieces = [piece for piece in code if piece.startswith(f"# {where}\n")]
            yield from around.imported(self._existing(self._root / where), pieces)
        yield from around.imported(self._existing(target.test_path), tests)

    def _definitions(
        self, text: str, target: Target, words: list[str], more: Iterable[tuple[str, str]]
    ) -> tuple[str, ...]:
        """Of what the function refers to, and of ``more``, as far as it is more than an outline would say."""
        gap = target.gap
        calls = definitions.callers(text, target.module, gap.qualname)
        used = source.attribute_names(text, gap) - calls.keys()

        def defined(names: list[str], module: str, outlined: str) -> tuple[str, ...]:
            return definitions.definitions(
                names, module, self._project, used=used, outlined=outlined, target=gap.qualname
            )

        found = defined(words, target.module, target.module)
        heads = {_head(text) for text in found}
        set_up = [text for module, name in more for text in defined([name], module, module)]
        set_up = [text for text in set_up if _head(text) not in heads]
        return tuple(dict.fromkeys([*calls.values(), *found, *set_up[:_SET_UP]]))

    def _routes(self, target: Target, fixtures: tuple[Fixture, ...]) -> tuple[str, ...]:
        if self._handlers is None:
            shown = {module: text for module in self._modules if (text := self._text_of(module)) is not None}
            self._handlers = web.Handlers(shown, filter(self._is_package, shown))
        plugins = [name for names in self._suite.plugin_fixtures.values() for name in names]
        return self._handlers.sentences(target.module, target.gap.qualname, fixtures, plugins)

    def _existing(self, path: Path) -> str:
        """The test module as it is; nothing where it is not there, or cannot be read."""
        with suppress(WriteError):
            return self._test_text(path) or ""
        return ""

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


def _head(definition: str) -> tuple[str, ...]:
    """What a definition is of: its module, and the first line of its code."""
    return tuple(definition.split("\n")[:2])


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
