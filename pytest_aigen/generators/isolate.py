"""Each test of a module alone: with the helpers, fixtures, constants and imports that it needs, and no others."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pytest_aigen.generators import scope
from pytest_aigen.generators.reply import parses

#: How to import a name that the reply left unbound, given the attributes taken of it; None where nobody can tell.
Bind = Callable[[str, frozenset[str]], "str | None"]
#: pytest calls these by their names.
_MODULE_SETUP = {
    "setup_module",
    "teardown_module",
    "setup_function",
    "teardown_function",
    "setUpModule",
    "tearDownModule",
}
_CLASS_SETUP = {
    "setup_method", "teardown_method", "setup_class", "teardown_class", "setup", "teardown", "setUp", "tearDown",
    "setUpClass", "tearDownClass", "asyncSetUp", "asyncTearDown", "__init__", "__new__", "__slots__", "pytestmark",
    "__test__",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A top-level statement of a reply."""

    node: ast.stmt
    text: str
    #: Which of the reply's source texts it stands in.
    part: int


@dataclass
class Module:
    """What the source texts of a reply define, by name."""

    pieces: list[Piece] = field(default_factory=list)
    imports: dict[str, list[str]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    futures: list[str] = field(default_factory=list)
    #: name -> statements that bind it, in order.
    defined: dict[str, list[Piece]] = field(default_factory=dict)
    fixtures: dict[str, list[Piece]] = field(default_factory=dict)
    always: list[Piece] = field(default_factory=list)
    #: Definitions that the reply uses and does not repeat, of the module that its tests go to.
    lent: list[Piece] = field(default_factory=list)


def tests(sources: Sequence[str], bind: Bind, beside: str) -> Iterator[tuple[str, str]]:
    """``(node id within its module, source)`` of each test, in the order of the reply.

    What the reply does not define comes from ``beside``, the module that the tests go to, before it is left to ``bind``.
    """
    module = _read(sources)
    _lend(_read([beside] if parses(beside) else []), module)
    for piece in module.pieces:
        if scope.is_test(piece.node) and isinstance(piece.node, scope.FUNCTION):
            yield piece.node.name, _assembled(module, piece, piece.text, bind)
        elif isinstance(piece.node, ast.ClassDef):
            for chain, text in _methods(piece.node, piece.text):
                yield "::".join(chain), _assembled(module, piece, text, bind)


def joined(codes: Sequence[str]) -> str:
    """One module from several: their imports first, and each statement once."""
    imports: dict[str, None] = {}
    rest: dict[str, None] = {}
    for code in codes:
        lines = code.split("\n")
        for node in ast.parse(code).body:
            where = imports if isinstance(node, (ast.Import, ast.ImportFrom)) else rest
            where["\n".join(lines[_first(node) - 1 : node.end_lineno])] = None
    return "\n\n".join(part for part in ("\n".join(imports), "\n\n".join(rest)) if part) + "\n"


def _first(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


# -------------------------------------------------------------------------------------------------- reading


def _read(sources: Sequence[str]) -> Module:
    module = Module()
    for part, source in enumerate(sources):
        lines = source.split("\n")
        for node in ast.parse(source).body:
            _sort_in(module, node, lines, part)
    return module


def _lend(lender: Module, module: Module) -> None:
    """Adds the imports, definitions and fixtures of a module under names that are not taken."""
    taken = {*module.imports, *module.defined}
    module.lent += [piece for piece in lender.pieces if not scope.is_test(piece.node)]
    module.imports.update({k: v for k, v in lender.imports.items() if k not in taken})
    module.defined.update({k: v for k, v in lender.defined.items() if k not in taken})
    module.fixtures.update({k: v for k, v in lender.fixtures.items() if k not in module.fixtures})


def _sort_in(module: Module, node: ast.stmt, lines: list[str], part: int) -> None:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        _sort_in_import(module, node)
    elif isinstance(node, (ast.If, ast.Try)) and "__main__" not in ast.unparse(
        getattr(node, "test", ast.Pass())
    ):
        for inner in node.body:
            if isinstance(inner, (ast.Import, ast.ImportFrom)):
                _sort_in_import(module, inner)
    elif isinstance(node, (*scope.FUNCTION, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.AugAssign)):
        piece = Piece(node, _slice(node, lines), part)
        module.pieces.append(piece)
        for name in scope.bound(node):
            module.defined.setdefault(name, []).append(piece)
            if name in _MODULE_SETUP:
                module.always.append(piece)
        if fixture := scope.fixture_name(node):
            module.fixtures.setdefault(fixture, []).append(piece)


def _sort_in_import(module: Module, node: ast.Import | ast.ImportFrom) -> None:
    for alias in node.names:
        target = alias.name + (f" as {alias.asname}" if alias.asname and alias.asname != alias.name else "")
        if isinstance(node, ast.Import):
            module.imports.setdefault(alias.asname or alias.name.partition(".")[0], []).append(
                f"import {target}"
            )
        elif node.module == "__future__":
            module.futures.append(f"from __future__ import {target}")
        else:
            text = f"from {'.' * node.level}{node.module or ''} import {target}"
            if alias.name == "*":
                module.stars.append(text)
            else:
                module.imports[alias.asname or alias.name] = [text]


def _slice(node: ast.stmt, lines: list[str]) -> str:
    """The lines of a statement, a comment behind it included; only its own text where it shares a line."""
    first, last = _first(node), node.end_lineno or node.lineno
    tail = lines[last - 1].encode()[node.end_col_offset or 0 :].decode().strip()
    if node.col_offset == 0 and (not tail or tail.startswith("#")):
        return "\n".join(lines[first - 1 : last])
    return ast.unparse(node)


def _methods(node: ast.ClassDef, text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each test method of a class, with as much of its class as it needs."""
    lines = text.split("\n")
    shift = _first(node) - 1
    for member in node.body:
        if scope.is_test(member) and isinstance(member, scope.FUNCTION):
            yield (node.name, member.name), _class_with(node, lines, shift, member, None)
        elif isinstance(member, ast.ClassDef) and scope.is_test_class(member):
            first, last = _first(member) - 1 - shift, (member.end_lineno or 0) - shift
            for chain, inner in _methods(member, "\n".join(lines[first:last])):
                yield (node.name, *chain), _class_with(node, lines, shift, member, inner)


def _class_with(
    node: ast.ClassDef, lines: list[str], shift: int, wanted: ast.stmt, instead: str | None
) -> str:
    """The class with one member, or with ``instead`` in its place, and with what that member needs."""

    def text(member: ast.stmt) -> str:
        return "\n".join(lines[_first(member) - 1 - shift : (member.end_lineno or 0) - shift])

    if node.body[0].lineno == node.lineno:
        return "\n".join(lines)
    words = _words(wanted)
    kept: set[int] = {id(wanted)}
    others = [m for m in node.body if m is not wanted and not scope.is_test(m) and not scope.is_test_class(m)]
    grew = True
    while grew:
        grew = False
        for member in others:
            if id(member) not in kept and (_is_setup(member) or words & set(_member_names(member))):
                kept.add(id(member))
                words |= _words(member)
                grew = True
    header = "\n".join(lines[: _first(node.body[0]) - 1 - shift])
    body = [instead if m is wanted and instead else text(m) for m in node.body if id(m) in kept]
    return "\n".join([header.rstrip(), "\n\n".join(body)])


def _member_names(member: ast.stmt) -> Iterator[str]:
    yield from scope.bound(member)
    if name := scope.fixture_name(member):
        yield name


def _is_setup(member: ast.stmt) -> bool:
    decorator = scope.fixture_decorator(member)
    return any(name in _CLASS_SETUP for name in scope.bound(member)) or (
        isinstance(decorator, ast.Call) and any(k.arg == "autouse" for k in decorator.keywords)
    )


def _words(node: ast.AST) -> set[str]:
    """Names, attributes, parameters and string constants: all that may ask for a member of a class or a fixture."""
    words: set[str] = set()
    for n in ast.walk(node):
        if isinstance(n, ast.Name):
            words.add(n.id)
        elif isinstance(n, ast.Attribute):
            words.add(n.attr)
        elif isinstance(n, ast.arg):
            words.add(n.arg)
        elif isinstance(n, ast.Constant) and isinstance(n.value, str):
            words.add(n.value)
    return words


# ----------------------------------------------------------------------------------------------- assembling


def _assembled(module: Module, test: Piece, text: str, bind: Bind) -> str:
    """A module of one test."""
    imports: dict[str, None] = {}
    included: dict[int, tuple[int, str]] = {}
    unbound: set[str] = set()
    done: set[str] = set()
    order = {id(piece): i for i, piece in enumerate([*module.lent, *module.pieces])}
    pending: list[tuple[Piece, str]] = [(test, text), *((piece, piece.text) for piece in module.always)]
    while pending:
        piece, source = pending.pop()
        if id(piece) in included:
            continue
        included[id(piece)] = (order[id(piece)], source)
        for name in sorted(scope.needs(source) - done):
            done.add(name)
            if found := _definitions(module, name, test.part):
                pending += [(p, _helper_text(p)) for p in found]
            elif name in module.imports:
                imports.update(dict.fromkeys(module.imports[name]))
            elif name not in scope.BUILTINS:
                unbound.add(name)
        for word in sorted(_words(ast.parse(source)) & module.fixtures.keys()):
            fixture = _nearest(module.fixtures[word], test.part)
            pending.append((fixture, fixture.text))
    body = [source for _, source in sorted(included.values())]
    whole = "\n".join(body)
    left = False
    for name in sorted(unbound):
        if statement := bind(name, scope.attributes(whole, name)):
            imports[statement] = None
        else:
            left = True
    if left:
        imports.update(dict.fromkeys(module.stars))
    futures = dict.fromkeys(f for f in module.futures if "annotations" in f)
    return _laid_out([*futures, *sorted(imports, key=_import_order)], body)


def _import_order(statement: str) -> tuple[bool, bool, str]:
    """The standard library before others, ``import`` before ``from``."""
    top = re.split(r"[\s.]", statement, maxsplit=2)[1]
    return top not in sys.stdlib_module_names, statement.startswith("from"), statement


def _definitions(module: Module, name: str, part: int) -> list[Piece]:
    """The statements that give a name its value: the last definition, and what is added to it afterwards."""
    found = module.defined.get(name, [])
    if not found:
        return []
    own = [p for p in found if p.part == part] or [p for p in found if p.part < part] or found
    last = max((i for i, p in enumerate(own) if not isinstance(p.node, ast.AugAssign)), default=0)
    return [p for p in own[last:] if not scope.is_test(p.node)]


def _nearest(pieces: list[Piece], part: int) -> Piece:
    return ([p for p in pieces if p.part == part] or pieces)[-1]


def _helper_text(piece: Piece) -> str:
    """A definition as a helper: a class of tests without them, or they would run too."""
    node = piece.node
    if not isinstance(node, ast.ClassDef) or not scope.is_test_class(node):
        return piece.text
    bare = ast.parse(piece.text).body[0]
    assert isinstance(bare, ast.ClassDef)
    bare.body = [m for m in bare.body if not scope.is_test(m)] or [ast.Pass()]
    return ast.unparse(bare)


def _laid_out(imports: list[str], body: list[str]) -> str:
    """Imports, then the statements: two blank lines round definitions, none between constants."""
    text = "\n".join(imports)
    previous = "import"
    for source in body:
        kind = "definition" if source.startswith(("def ", "class ", "async ", "@")) else "constant"
        gap = "\n" if previous == kind == "constant" else "\n\n" if kind == "constant" else "\n\n\n"
        text += (gap if text else "") + source
        previous = kind
    return text + "\n"
