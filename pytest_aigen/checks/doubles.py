"""The mocks of a candidate: which variables hold one, what they stand in for, and which of them the test itself calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from pytest_aigen.checks.reading import Function, dotted
from pytest_aigen.checks.variables import Variable, Variables
from pytest_aigen.trees import nodes

MAKERS = (
    "Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock", "PropertyMock", "create_autospec",
    "mock_open", "stub", "async_stub",
)  # fmt: skip
#: What a mock tells about its calls.
RECORDS = frozenset((
    "called", "call_count", "call_args", "call_args_list", "mock_calls", "method_calls", "awaited", "await_count",
    "await_args", "await_args_list",
))  # fmt: skip
#: What a test calls of a mock without calling the mock.
HANDLING = ("reset_mock", "configure_mock", "attach_mock", "mock_add_spec", "start", "stop")


class Doubles:
    """The mocks of one candidate."""

    def __init__(
        self, tree: ast.Module, test: Function, names: Mapping[str, str], variables: Variables
    ) -> None:
        self._names, self._variables = names, variables
        #: Fixtures that the candidate defines, by the name under which tests ask for them.
        self.fixtures = dict(_fixtures(tree, names))
        #: Calls that put something in the place of something else: ``patch(…)``.
        self.placements = [n for n in nodes(tree) if isinstance(n, ast.Call) and self.replaces(n)]
        #: Variables that hold a mock.
        self.variables: set[Variable] = set()
        #: Those of them that stand where the code under test may find them.
        self.placed: set[Variable] = set()
        self._decorated(test)
        self._collect()
        self._replaced = list(self._replacements(tree))
        self._called = {ast.dump(node.func) for node in self._own_calls(test)}

    def replaces(self, node: ast.Call) -> bool:
        """``patch``, ``patch.object``, ``mocker.patch``, ``patch.dict``, ``redirect_stdout``."""
        name = dotted(node.func, self._names)
        patches = {"unittest.mock.patch", "mock.patch", "mocker.patch"}
        redirects = ("contextlib.redirect_stdout", "contextlib.redirect_stderr")
        return name in patches or name.rpartition(".")[0] in patches or name in redirects

    def makes(self, node: ast.AST) -> bool:
        """A call that makes a mock: ``Mock()``, ``patch("a.b")`` with nothing else to stand there."""
        if not isinstance(node, ast.Call):
            return False
        owner, _, last = dotted(node.func, self._names).rpartition(".")
        if any(keyword.arg in ("wraps", "new") for keyword in node.keywords):
            return False
        if last in MAKERS:
            return owner in ("unittest.mock", "mock", "mocker")
        if not self.replaces(node) or last in ("dict", "redirect_stdout", "redirect_stderr"):
            return False
        new = node.args[2 if last == "object" else 1 :]
        return not new or self.makes(new[0]) or self.is_double(new[0])

    def is_double(self, node: ast.AST) -> bool:
        """A mock, or something of one."""
        while True:
            if self._variables.of(node) in self.variables:
                return True
            if isinstance(node, (ast.Attribute, ast.Subscript, ast.Await)):
                node = node.value
            elif isinstance(node, ast.Call) and not self.makes(node):
                node = node.func
            else:
                return self.makes(node)

    def is_called_by_test(self, double: ast.AST) -> bool:
        return ast.dump(double) in self._called

    def is_replaced(self, call: ast.Call) -> bool:
        """A call of what the test itself put there: ``cart.total()`` after ``patch("cart.total")``."""
        name = dotted(call.func, self._names)
        if not isinstance(call.func, ast.Attribute) or not name:
            return False
        spellings = {name, f"{self._class_of(call.func.value)}.{call.func.attr}"}
        return any(n in spellings and first <= call.lineno <= last for n, first, last in self._replaced)

    def _class_of(self, node: ast.expr) -> str:
        """The dotted name of the class that a variable is an instance of, as far as an assignment shows it."""
        variable = self._variables.of(node)
        for source in self._variables.sources.get(variable, ()) if variable else ():
            if isinstance(source, ast.Call):
                return dotted(source.func, self._names)
        return ""

    def _collect(self) -> None:
        """Variables into which only mocks are put; one may come from another."""
        sources = self._variables.sources
        while True:
            found = {
                variable
                for variable, values in sources.items()
                if variable not in self.variables and values and all(map(self._yields_double, values))
            }
            for name, fixture in self.fixtures.items():
                if self._yields_double(fixture):
                    found |= {v for v in self._variables.parameters if v[1] == name} - self.variables
            if not found:
                break
            self.variables |= found
        for variable in self.variables:
            values = sources.get(variable, [])
            if any(isinstance(v, ast.Call) and self.replaces(v) for v in values):
                self.placed.add(variable)
            fixtures = [
                v for v in (self.fixtures.get(variable[1]),) if variable in self._variables.parameters and v
            ]
            if any(self.replaces(n) for f in fixtures for n in ast.walk(f) if isinstance(n, ast.Call)):
                self.placed.add(variable)

    def _yields_double(self, node: ast.AST) -> bool:
        if isinstance(node, Function):
            given = [n.value for n in ast.walk(node) if isinstance(n, (ast.Return, ast.Yield)) and n.value]
            return node in self.fixtures.values() and bool(given) and all(map(self._yields_double, given))
        if any(isinstance(part, ast.Attribute) and part.attr in RECORDS for part in ast.walk(node)):
            return False
        if isinstance(node, (ast.Call, ast.Name, ast.Attribute)):
            told = isinstance(node, ast.Call) and not self.makes(node)
            called = node.func if isinstance(node, ast.Call) else None
            starts = isinstance(called, ast.Attribute) and called.attr in ("start", "__enter__")
            return (not told or starts) and self.is_double(node)
        return False

    def _decorated(self, test: Function) -> None:
        """The first parameters of a test below ``@patch("a.b")`` are mocks."""
        patches = [d for d in test.decorator_list if self.makes(d)]
        parameters = [arg.arg for arg in test.args.args if arg.arg != "self"]
        for name in parameters[: len(patches)]:
            variable = self._variables.parameter(test, name)
            self.variables.add(variable)
            self.placed.add(variable)

    def _replacements(self, tree: ast.Module) -> Iterator[tuple[str, int, int]]:
        """What is replaced, and the lines for which it is."""
        scoped = {
            id(item.context_expr): node
            for node in nodes(tree)
            if isinstance(node, (ast.With, ast.AsyncWith))
            for item in node.items
        }
        for node in nodes(tree):
            if isinstance(node, ast.Assign) and self.makes(node.value):
                for target in node.targets:
                    if isinstance(target, ast.Attribute) and dotted(target, self._names):
                        yield dotted(target, self._names), node.lineno, 1 << 30
            if not isinstance(node, ast.Call):
                continue
            name = dotted(node.func, self._names)
            sets = name == "monkeypatch.setattr" and self._is_double_or_plain(node)
            if not (sets or (self.replaces(node) and self.makes(node))):
                continue
            match node.args:
                case [ast.Constant(value=str(place)), *_]:
                    replaced = place
                case [owner, ast.Constant(value=str(attribute)), *_]:
                    replaced = f"{dotted(owner, self._names)}.{attribute}"
                case _:
                    continue
            lasts = scoped.get(id(node))
            yield replaced, lasts.lineno if lasts else 0, (lasts.end_lineno or 0) if lasts else 1 << 30

    def _is_double_or_plain(self, node: ast.Call) -> bool:
        """``monkeypatch.setattr(…, lambda: 5)``: what stands there then gives what the test says."""
        new = node.args[-1] if node.args else None
        if isinstance(new, ast.Lambda):
            return isinstance(new.body, ast.Constant)
        return new is not None and self.is_double(new)

    def _own_calls(self, test: Function) -> Iterator[ast.Call]:
        """Calls that the test itself makes, and not what it hands over."""
        nodes: list[ast.AST] = list(test.body)
        while nodes:
            node = nodes.pop()
            if isinstance(node, (Function, ast.Lambda)):
                continue
            nodes += ast.iter_child_nodes(node)
            if isinstance(node, ast.Call) and not self.makes(node):
                last = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                if not last.startswith("assert") and last not in HANDLING:
                    yield node


def _fixtures(tree: ast.Module, names: Mapping[str, str]) -> Iterator[tuple[str, Function]]:
    for node in nodes(tree):
        if not isinstance(node, Function):
            continue
        for decorator in node.decorator_list:
            call = decorator.func if isinstance(decorator, ast.Call) else decorator
            if dotted(call, names) in ("pytest.fixture", "pytest_asyncio.fixture"):
                told = decorator.keywords if isinstance(decorator, ast.Call) else []
                name = next((k.value for k in told if k.arg == "name"), None)
                yield str(name.value) if isinstance(name, ast.Constant) else node.name, node
