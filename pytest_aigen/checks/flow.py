"""What in a candidate depends on what the code under test does: a light data-flow analysis.

A value depends on the code if it came from it, through any chain of variables, calls and helpers, or if it was handed to
it, since the code may have changed it. The order of statements is not looked at. In doubt a value depends on the code:
names that nothing binds here, unknown fixtures, modules that are neither in the standard library nor test libraries.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterator

from pytest_aigen.checks.doubles import RECORDS, Doubles
from pytest_aigen.checks.reading import Function, dotted, imported
from pytest_aigen.checks.variables import Variable, Variables
from pytest_aigen.trees import nodes

#: Libraries by which tests are written; never the code under test, unless they are the target themselves.
LIBRARIES = frozenset((
    "pytest", "_pytest", "mock", "pytest_mock", "pytest_asyncio", "numpy", "pandas", "hypothesis", "freezegun",
    "time_machine", "faker", "typing_extensions", "dateutil", "pytz",
))  # fmt: skip
#: What of the standard library may show what the code did to the process, to files or to registries.
WORLD = frozenset((
    "os", "sys", "pathlib", "shutil", "logging", "warnings", "sqlite3", "tempfile", "glob", "signal", "threading",
    "multiprocessing", "socket", "gc", "locale", "codecs", "builtins", "linecache", "weakref", "contextvars", "time",
    "random", "atexit", "faulthandler", "asyncio", "inspect", "tracemalloc", "traceback", "resource", "io", "copyreg", "fileinput",
))  # fmt: skip
#: Of those, what says nothing about the code.
STILL = (
    "os.path.join", "os.path.basename", "os.path.dirname", "os.path.splitext", "os.sep", "os.linesep", "os.name",
    "os.pathsep", "os.fspath", "sys.platform", "sys.version_info", "sys.executable", "sys.maxsize", "time.sleep",
    "random.seed", "asyncio.run", "asyncio.iscoroutinefunction",
)  # fmt: skip
#: Runs code that is not seen.
UNSEEN = (
    "exec", "eval", "__import__", "globals", "locals", "importlib.", "runpy.", "subprocess.", "pkgutil.",
    "os.system", "compile",
)  # fmt: skip
#: Fixtures of pytest that show what the code did.
SHOWING = frozenset((
    "tmp_path", "tmp_path_factory", "tmpdir", "tmpdir_factory", "capsys", "capsysbinary", "capfd", "capfdbinary",
    "caplog", "recwarn", "cache", "monkeypatch",
))  # fmt: skip
STILL_FIXTURES = frozenset(("mocker", "class_mocker", "module_mocker", "session_mocker", "self", "cls"))
CODECS = ("utf-8", "utf8", "ascii", "latin-1", "latin1", "utf-16", "cp1252", "utf-8-sig")


class Flow:
    """The analysis of one candidate: ask `depends`."""

    def __init__(self, tree: ast.Module, test: Function, module: str) -> None:
        """``module`` is the dotted name of the module under test."""
        self._tree, self._test, self._module = tree, test, module
        self.names = imported(tree)
        self.variables = Variables(tree)
        self._relative = {
            alias.asname or alias.name
            for node in nodes(tree)
            if isinstance(node, ast.ImportFrom) and node.level
            for alias in node.names
        }
        self._depending: set[Variable] = set()
        self._handed: set[Variable] = set()
        #: The candidate comes to use the code under test at all.
        self.reached = False
        self.doubles = Doubles(tree, test, self.names, self.variables)
        self._fixtures()
        self._follow()

    def depends(self, node: ast.AST) -> bool:
        """The value of an expression, or what a statement does, may depend on the code under test."""
        match node:
            case ast.Constant() | ast.Import() | ast.ImportFrom():
                return False
            case ast.Name(ctx=ast.Load()):
                return self._name(node)
            case ast.Name():
                return False
            case ast.Call():
                return self._call(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return any(map(self.depends, (*node.body, *node.decorator_list)))
            case ast.AugAssign(target=target, value=value):
                variable = self.variables.base(target)
                return variable in self._depending or self.depends(value)
            case ast.AnnAssign():
                return node.value is not None and self.depends(node.value)
        return any(map(self.depends, ast.iter_child_nodes(node)))

    def is_code(self, name: str) -> bool:
        """A dotted name is one of the code under test, or may be."""
        top, _, _ = name.partition(".")
        if top == self._module.partition(".")[0]:
            return True
        return top not in LIBRARIES and top not in sys.stdlib_module_names

    def is_handed(self, node: ast.AST) -> bool:
        """The code under test was given this, or something of it."""
        variable = self.variables.base(node)
        if variable is None or variable in self._handed:
            return variable is not None
        of = self.variables.sources.get(variable, ()) if variable in self.doubles.variables else ()
        return any(map(self.is_handed, of))

    # -------------------------------------------------------------------------------------------- expressions

    def _name(self, node: ast.Name) -> bool:
        variable = self.variables.of(node)
        if variable in self.doubles.variables:
            return self.is_handed(node)
        if variable is not None:
            return variable in self._depending
        if node.id in self._relative:
            return True
        if node.id in self.names:
            return self.is_code(self.names[node.id])
        return not hasattr(builtins, node.id)

    def _attribute(self, node: ast.Attribute) -> bool:
        if self.doubles.is_double(node):
            return self._of_double(node)
        variable = self.variables.of(node)
        if self.variables.is_self(node.value):
            known = variable is not None and variable in self.variables.sources
            return variable in self._depending if known else self._inherits(node)
        if variable in self._depending:
            return True
        if dotted(node, self.names) in STILL:
            return False
        return self.reached if self._is_world(node) else self.depends(node.value)

    def _inherits(self, node: ast.Attribute) -> bool:
        """An attribute that nothing here sets may come from a base class, or a decorator, of the project."""
        owner = self.variables.scope(node).owner
        made = owner.node if owner else None
        if owner is not None and node.attr in owner.bound:
            return True  # only declared here: what inherits from this class sets it
        return isinstance(made, ast.ClassDef) and any(map(self.depends, (*made.bases, *made.decorator_list)))

    def _call(self, node: ast.Call) -> bool:
        name = dotted(node.func, self.names)
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        match name, node.args:
            case "isinstance" | "issubclass", [value, *_]:
                return self.depends(value)
            case "callable" | "hasattr", [ast.Name(id=id), *_] if id in self.names:
                return False
        if self.doubles.makes(node):
            behind = [k.value for k in node.keywords if k.arg in ("wraps", "side_effect")]
            return any(map(self.depends, behind))
        if self.doubles.is_double(node):
            return self._of_double(node)
        if self.doubles.is_replaced(node):
            return False
        if name in ("pytest.raises", "pytest.warns"):
            return any(map(self.depends, node.args[1:]))
        if any(name.startswith(one) if one.endswith(".") else name == one for one in UNSEEN):
            return True
        if self._is_world(node.func) and self.reached:
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("encode", "decode"):
            codecs = [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)]
            if codecs and codecs[0] not in CODECS and self.reached:
                return True
        return self.depends(node.func) or any(map(self.depends, given))

    def _of_double(self, node: ast.Attribute | ast.Call) -> bool:
        """What a mock recorded depends on the code if the code had the mock; what the test told it does not."""
        part: ast.AST = node
        while isinstance(part, (ast.Attribute, ast.Call, ast.Subscript, ast.Await)):
            if isinstance(part, ast.Attribute) and part.attr in RECORDS:
                return self.recorded(part.value)
            part = part.func if isinstance(part, ast.Call) else part.value
        if isinstance(node, ast.Call) or node.attr in ("return_value", "side_effect"):
            return False
        return self.is_handed(node)

    def recorded(self, double: ast.AST) -> bool:
        """The calls that a mock recorded are an effect of the code under test."""
        return self.is_handed(double) and not self.doubles.is_called_by_test(double)

    def _is_world(self, node: ast.expr) -> bool:
        """Something of the standard library that may show what the code did."""
        name = dotted(node, self.names)
        if name == "open":
            return True
        if "." not in name or name.partition(".")[0] not in WORLD or name in STILL:
            return False
        return self.variables.base(node) is None

    # ------------------------------------------------------------------------------------------------- fixpoint

    def _fixtures(self) -> None:
        """What the parameters of tests and fixtures stand for."""
        fixtures = self.doubles.fixtures
        for variable, function in self.variables.parameters.items():
            if not isinstance(function, Function):
                continue
            name = variable[1]
            is_test = function is self._test or function in fixtures.values()
            rows = [value for d in function.decorator_list for value in _rows(d, name)]
            if rows:
                self.variables.sources[variable] += rows
            elif name in fixtures and fixtures[name] is not function:
                self.variables.sources[variable].append(fixtures[name])
            elif is_test and not self._is_known(variable, function):
                self._depending.add(variable)

    def _is_known(self, variable: Variable, function: ast.AST) -> bool:
        name = variable[1]
        return name in SHOWING or name in STILL_FIXTURES or variable in self.doubles.variables

    def _follow(self) -> None:
        while True:
            before = len(self._depending), len(self._handed), self.reached
            self._round()
            if before == (len(self._depending), len(self._handed), self.reached):
                return

    def _round(self) -> None:
        running = [s for s in self._tree.body if not _is_other_test(s, self._test)]
        self.reached = self.reached or any(map(self.depends, running))
        if self.reached:
            self._depending |= {v for v in self.variables.parameters if v[1] in SHOWING}
            self._handed |= self.doubles.placed
            for call in self.doubles.placements:
                for value in (*call.args, *(keyword.value for keyword in call.keywords)):
                    self._hand_over(value)
        for put in (self.variables.sources, self.variables.parts):
            for variable, sources in put.items():
                if variable not in self._depending and variable not in self.doubles.variables:
                    if any(map(self.depends, sources)):
                        self._depending.add(variable)
        for node in nodes(self._tree):
            if isinstance(node, ast.Call):
                self._follow_call(node)
            elif isinstance(node, ast.Assign):
                held = [t for t in node.targets if isinstance(t, (ast.Attribute, ast.Subscript))]
                if any(self.depends(t.value) for t in held):
                    self._hand_over(node.value)
            elif isinstance(node, (Function, ast.ClassDef)):
                around = [*node.decorator_list, *(node.bases if isinstance(node, ast.ClassDef) else ())]
                if any(map(self.depends, around)) and node is not self._test:
                    self._hand_over(node)
        for variable, function in self.variables.parameters.items():
            if self._is_called_back(function):
                self._depending.add(variable)

    def _follow_call(self, node: ast.Call) -> None:
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if self.doubles.makes(node) or self.doubles.is_replaced(node):
            return
        if self.depends(node.func):
            for value in given:
                self._hand_over(value)
        if not any(map(self.depends, given)):
            return
        if isinstance(node.func, ast.Attribute):
            receiver = self.variables.base(node.func.value)
            if receiver is not None and not self.variables.is_fixed(receiver):
                self._depending.add(receiver)
        called = self.variables.of(node.func)
        for source in self.variables.sources.get(called, ()) if called else ():
            if isinstance(source, Function):
                self._depending |= {v for v, f in self.variables.parameters.items() if f is source}

    def _hand_over(self, node: ast.AST) -> None:
        for variable in self.variables.within(node):
            if variable in self._handed or self.variables.is_fixed(variable):
                continue
            if variable in self.variables.parameters and variable[1] in STILL_FIXTURES:
                continue
            self._handed.add(variable)
            sources = [*self.variables.sources.get(variable, ()), *self.variables.parts.get(variable, ())]
            if not any(isinstance(source, Function) for source in sources):
                self._depending.add(variable)
            for source in sources:
                self._hand_over(source)

    def _is_called_back(self, function: ast.AST) -> bool:
        """The code under test has this function, and calls it perhaps; or it is a method of what the code has."""
        if function is self._test or function in self.doubles.fixtures.values():
            return False
        if isinstance(function, ast.Lambda):
            return self.reached
        scope = self.variables.scope(function)
        names = [(scope.number, function.name)]  # type: ignore[attr-defined]
        if isinstance(scope.node, ast.ClassDef):
            outer = self.variables.scope(scope.node)
            names.append((outer.number, scope.node.name))
        return any(name in self._handed for name in names)


def _rows(decorator: ast.expr, name: str) -> Iterator[ast.expr]:
    """The values that ``@pytest.mark.parametrize("a, b", …)`` has for one of these names."""
    if not isinstance(decorator, ast.Call) or not ast.unparse(decorator.func).endswith("parametrize"):
        return
    told = [*decorator.args, *(k.value for k in decorator.keywords if k.arg in ("argnames", "argvalues"))]
    if len(told) < 2 or name not in re.findall(r"\w+", ast.unparse(told[0])):
        return
    for row in told[1].elts if isinstance(told[1], (ast.List, ast.Tuple)) else [told[1]]:
        is_param = isinstance(row, ast.Call) and ast.unparse(row.func).endswith("param")
        yield from row.args if is_param else [row]  # type: ignore[attr-defined]


def _is_other_test(statement: ast.stmt, test: Function) -> bool:
    return isinstance(statement, Function) and statement.name.startswith("test") and statement is not test
